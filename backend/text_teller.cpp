#include "backend/text_teller.hpp"

#include "backend/python_text.hpp"
#include "ipc/stream_io.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace axle::backend {

using ipc::Event;
using ipc::SourceId;

namespace {

constexpr int out = 0;
constexpr int err = 1;

/// A reader who is slow must not hold up the host; a file is written directly.
bool has_reader(int fd) {
  struct stat status{};
  const bool stream =
      fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
  return stream || isatty(fd) != 0;
}

}  // namespace

Result<std::unique_ptr<TextTeller>> TextTeller::create(EventPump& pump) {
  std::unique_ptr<TextTeller> teller(new TextTeller(pump));
  for (int index : {out, err}) {
    Stream& stream = teller->streams_[static_cast<std::size_t>(index)];
    stream.real = index + 1;
    TRY(auto pipe, ipc::make_pipe());
    stream.write_end = std::move(pipe.write_end);
    stream.hooks = pump.loop().watch_bytes(std::move(pipe.read_end));
    if (has_reader(stream.real)) {
      ipc::UniqueFd own = ipc::reopen_writable(stream.real);
      if (!own) return fail_errno(errc::io_error, "cannot duplicate a descriptor", errno);
      stream.writer = pump.loop().watch_writer(std::move(own));
    }
  }
  return teller;
}

void TextTeller::write(Stream& stream, std::string_view bytes) {
  if (bytes.empty() || stream.reader_gone) return;
  if (stream.writer == SourceId::none) {
    ipc::write_all(stream.real, bytes);
    return;
  }
  stream.spool.put(bytes);
  advance(stream);
}

void TextTeller::advance(Stream& stream) {
  if (!stream.pending && !stream.spool.empty()) {
    stream.pending = true;
    pump_.loop().send(stream.writer, stream.spool.take());
  }
  if (stream.spool.full()) {
    pump_.loop().pause(stream.hooks);
  } else {
    pump_.loop().resume(stream.hooks);
  }
}

void TextTeller::say(int stream, std::string line) {
  line += '\n';
  write(streams_[static_cast<std::size_t>(stream)], line);
}

bool TextTeller::take(const Event& event) {
  for (Stream& stream : streams_) {
    if (event.source == stream.hooks) {
      if (event.kind == Event::Kind::bytes) write(stream, stream.scrubber.feed(event.data));
      return true;
    }
    if (event.source == stream.writer && event.source != SourceId::none) {
      stream.pending = false;
      if (event.kind == Event::Kind::send_failed) {
        stream.reader_gone = true;
        stream.spool.clear();
      }
      advance(stream);
      return true;
    }
  }
  return false;
}

void TextTeller::relay_rest() {
  for (Stream& stream : streams_) {
    for (const Event& event : pump_.loop().drain(stream.hooks)) take(event);
    write(stream, stream.scrubber.flush());
  }
}

void TextTeller::flush(std::chrono::milliseconds patience) {
  relay_rest();
  // What a hook has left running may print for ever.
  for (const Stream& stream : streams_) pump_.loop().remove(stream.hooks);
  auto deadline = ipc::deadline_in(patience);
  while (streams_[out].pending || streams_[err].pending) {
    const Event event = pump_.loop().next_event(deadline);
    if (event.kind == Event::Kind::deadline || event.kind == Event::Kind::signal) return;
    if (take(event)) deadline = ipc::deadline_in(patience);
  }
}

void TextTeller::started(const BackendInfo& info) {
  relay_rest();
  if (!info.notice.empty()) notice(info.notice);
  MarkerScrubber scrubber;
  std::string description = scrubber.feed(python_plain(info.description));
  description += scrubber.flush();
  say(out, "started backend " + description);
}

void TextTeller::failed_to_start(const Error& error) {
  relay_rest();
  say(err, "failed to start backend");
  if (error.hook_failure && !error.hook_failure->traceback.empty()) {
    std::string traceback = error.hook_failure->traceback;
    while (traceback.ends_with('\n')) traceback.pop_back();
    say(err, std::move(traceback));
  } else {
    say(err, error.message);
  }
}

void TextTeller::notice(const std::string& text) {
  say(err, "Backend: " + text);
}

void TextTeller::rejected(const ipc::BadCommand& bad,
                          std::string_view line,
                          const std::optional<ipc::Outcome>& outcome,
                          const std::string& trouble) {
  say(err, fmt::format("Backend: incorrect request to backend: {}", python_bytearray(line)));
  if (bad.result && outcome) say_response(*bad.result, *outcome, trouble);
}

void TextTeller::accepted(const ipc::Command& command) {
  say(out,
      fmt::format("Backend: run command {} with args {}",
                  python_plain(command.cmd),
                  python_dict(command.kwargs)));
}

void TextTeller::finished(const ipc::Command& command,
                          const ipc::Outcome& outcome,
                          const std::string& trouble,
                          const std::optional<ipc::ProcessorTime>& /*used*/) {
  say_response(command.result, outcome, trouble);
}

void TextTeller::say_response(const std::filesystem::path& result,
                              const ipc::Outcome& outcome,
                              const std::string& trouble) {
  relay_rest();
  if (!trouble.empty()) say(err, "Backend: cannot write the response: " + trouble);
  // Told also where the file is missing: readers of these lines have no other sign of the end.
  say(out,
      fmt::format(
          "Backend: Wrote response {} to {}", python_dict(outcome), python_plain(result.string())));
}

}  // namespace axle::backend
