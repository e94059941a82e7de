#include "cli/event_stream.hpp"

#include "cli/report_json.hpp"
#include "ipc/poll_fds.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>

namespace axle::cli {
namespace {

using ipc::UniqueFd;

constexpr std::chrono::seconds patience_when_stopping{1};

// The descriptor that "3" and "fd:3" name; nothing where it is a file's name.
std::optional<std::string_view> descriptor_in(std::string_view where) {
  if (where.starts_with("fd:")) return where.substr(3);
  const bool is_number = where.find_first_not_of("0123456789") == where.npos;
  return is_number ? std::optional(where) : std::nullopt;
}

Result<UniqueFd> inherited(std::string_view digits) {
  int number = -1;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
  if (error != std::errc() || end != digits.end() || number < 0) {
    return fail(errc::usage,
                fmt::format("--events: fd:{} is no descriptor", digits),
                "a number, as in --events 3 3>events; a file of that name is ./3");
  }
  if (number < 2) {
    return fail(errc::usage,
                fmt::format("--events: descriptor {} is standard {}",
                            number,
                            number == 0 ? "input" : "output, which has the results"),
                "choose another, as in --events 3 3>events");
  }
  const int flags = ::fcntl(number, F_GETFL);
  if (flags < 0) {
    return fail(
        errc::usage,
        fmt::format("--events: descriptor {} is not open", number),
        fmt::format("open it where axle is started, as in {}>events; a file of that name is "
                    "./{}",
                    number,
                    number));
  }
  if ((flags & O_ACCMODE) == O_RDONLY) {
    return fail(errc::usage,
                fmt::format("--events: descriptor {} is for reading only", number),
                fmt::format("open it for writing, as in {}>events", number));
  }
  if (number == STDERR_FILENO) return UniqueFd(::fcntl(number, F_DUPFD_CLOEXEC, 3));
  // No hook is to write to it, or to keep its reader waiting for the end.
  ::fcntl(number, F_SETFD, FD_CLOEXEC);
  return UniqueFd(number);
}

Result<UniqueFd> opened(const std::string& file) {
  constexpr int flags = O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  constexpr mode_t mode = 0666;  // but for the umask
  int fd = ::open(file.c_str(), flags | O_WRONLY, mode);
  // A FIFO that nobody reads yet: what fits into it waits for the reader.
  if (fd < 0 && errno == ENXIO)
    fd = ::open(file.c_str(), O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_RDWR);
  if (fd >= 0) return UniqueFd(fd);
  auto failed = fail_errno(errc::usage, fmt::format("--events: cannot open {}", file), errno);
  failed.error().hint = "choose a file in a folder that is there";
  return failed;
}

}  // namespace

Result<std::unique_ptr<EventStream>> EventStream::open(const std::string& where) {
  if (where.empty()) return std::unique_ptr<EventStream>(new EventStream({}, Kind::other));
  const auto descriptor = descriptor_in(where);
  TRY(auto fd, descriptor ? inherited(*descriptor) : opened(where));
  struct stat status{};
  const bool is_file = ::fstat(fd.number(), &status) == 0 && S_ISREG(status.st_mode);
  Kind kind = Kind::other;
  if (is_file) kind = descriptor ? Kind::file : Kind::own_file;
  return std::unique_ptr<EventStream>(new EventStream(std::move(fd), kind));
}

void EventStream::on_failure(std::function<void(const std::string&)> told) {
  const std::lock_guard lock(mutex_);
  on_failure_ = std::move(told);
}

void EventStream::tell(std::string_view event, const Members& members) {
  if (!tells()) return;
  const std::lock_guard lock(mutex_);
  if (failed_) return;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin_);
  ipc::JsonObject object;
  object.add("event", ipc::json_string(event))
      .add("time", json_time(std::chrono::system_clock::now()))
      .add("elapsed_s", json_seconds(elapsed));
  for (const auto& [key, value] : members) object.add(key, value);
  const int error = write(object.text().text + "\n");
  if (error == 0) return;
  failed_ = true;
  if (!on_failure_) return;
  const std::string why =
      error == ETIMEDOUT ? fmt::format("their reader has read nothing for {} s", patience.count())
                         : std::generic_category().message(error);
  on_failure_("no more events are told: " + why);
}

int EventStream::write(std::string_view line) {
  const off_t before = kind_ == Kind::own_file ? ::lseek(fd_.number(), 0, SEEK_CUR) : -1;
  while (!line.empty()) {
    // A pipe that is writable at all takes so much without blocking.
    std::size_t size = line.size();
    if (kind_ == Kind::other) {
      if (const int error = wait_until_writable(); error != 0) return error;
      size = std::min(size, longest_whole_line);
    }
    const ssize_t written = ::write(fd_.number(), line.data(), size);
    if (written >= 0) {
      line.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      const int error = errno;
      // What stays are whole lines.
      if (before >= 0 && ::ftruncate(fd_.number(), before) != 0) return error;
      return error;
    }
  }
  return 0;
}

int EventStream::wait_until_writable() {
  const auto until = [](std::chrono::milliseconds span) {
    return std::chrono::steady_clock::now() + span;
  };
  auto deadline = until(patience);
  bool stopping = stop_fd_ < 0;
  for (;;) {
    std::array<pollfd, 2> fds{{{fd_.number(), POLLOUT, 0}, {stopping ? -1 : stop_fd_, POLLIN, 0}}};
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const int ready = ipc::poll_fds(fds, static_cast<int>(std::max<long>(left.count(), 0)));
    if (ready < 0 && errno != EINTR) return errno;
    if (ready == 0) return ETIMEDOUT;
    // An error or hang-up is for write to tell.
    if (ready > 0 && fds[0].revents != 0) return 0;
    if (ready > 0 && fds[1].revents != 0) {
      stopping = true;
      deadline = std::min(deadline, until(patience_when_stopping));
    }
  }
}

}  // namespace axle::cli
