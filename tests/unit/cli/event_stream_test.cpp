#include "cli/event_stream.hpp"

#include "cli/event_observer.hpp"
#include "ipc/fd.hpp"
#include "ipc/json.hpp"
#include "ipc/private_dir.hpp"
#include "tests/support/recording_observer.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

using namespace axle::cli;
using axle::errc;
using axle::frontend::Activity;
using axle::frontend::Observer;
using axle::test::RecordingObserver;
using axle::test::TempDir;
namespace fs = std::filesystem;
namespace json = axle::ipc::json;

TEST_SUITE_BEGIN("cli::EventStream");

namespace {

std::vector<json::Object> lines_of(const std::string& text) {
  std::vector<json::Object> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    REQUIRE(end != text.npos);
    const auto value = json::parse(text.substr(begin, end - begin), 16);
    REQUIRE(value.has_value());
    lines.push_back(std::get<json::Object>(value->data));
    begin = end + 1;
  }
  return lines;
}

std::string read(const fs::path& file) {
  return axle::ipc::read_file(file, 1u << 24).value();
}

std::string word(const json::Object& line, std::string_view key) {
  return json::get<std::string>(line, key).value_or("");
}

}  // namespace

TEST_CASE("Each event is a line in the file, which is new or emptied") {
  const TempDir folder;
  const fs::path file = folder.path() / "events";
  REQUIRE(axle::ipc::write_file_atomically(file, "old").has_value());
  {
    const auto events = EventStream::open(file.string()).value();
    CHECK(events->tells());
    events->tell("notice", {{"text", axle::ipc::json_string("one")}});
    events->tell("notice", {{"text", axle::ipc::json_string("two\nlines")}});
  }
  const auto lines = lines_of(read(file));
  REQUIRE(lines.size() == 2);
  CHECK(word(lines[0], "event") == "notice");
  CHECK(word(lines[0], "time").ends_with('Z'));
  CHECK(word(lines[1], "text") == "two\nlines");
}

TEST_CASE("Where nobody wants events none are told") {
  const auto events = EventStream::open("").value();
  CHECK_FALSE(events->tells());
  events->tell("notice", {});
}

TEST_CASE("Events go to a descriptor by its number, which no child gets") {
  for (const char* form : {"", "fd:"}) {
    auto pipe = axle::ipc::make_pipe().value();
    const int number = ::dup(pipe.write_end.number());
    {
      const auto events = EventStream::open(form + std::to_string(number)).value();
      CHECK((::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);
      events->tell("notice", {});
    }
    std::string text(4096, '\0');
    const ssize_t count = ::read(pipe.read_end.number(), text.data(), text.size());
    REQUIRE(count > 0);
    CHECK(lines_of(text.substr(0, static_cast<std::size_t>(count))).size() == 1);
  }
}

TEST_CASE("Events that can go nowhere are wrong usage") {
  const TempDir folder;
  auto pipe = axle::ipc::make_pipe().value();
  const std::vector<std::string> places{(folder.path() / "missing" / "events").string(),
                                        folder.path().string(),
                                        "fd:x",
                                        "fd:",
                                        "fd:-1",
                                        "987654",
                                        "99999999999999999999",
                                        "0",
                                        "1",
                                        std::to_string(pipe.read_end.number())};
  for (const std::string& where : places) {
    const auto events = EventStream::open(where);
    REQUIRE_FALSE(events.has_value());
    CHECK(events.error().code == errc::usage);
  }
}

TEST_CASE("A FIFO that nobody reads holds what fits, and then nobody is kept waiting") {
  ::signal(SIGPIPE, SIG_IGN);
  const TempDir folder;
  const fs::path fifo = folder.path() / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  auto stop = axle::ipc::make_pipe().value();
  REQUIRE(::write(stop.write_end.number(), "!", 1) == 1);  // patience is short then
  const auto events = EventStream::open(fifo.string()).value();
  events->stop_when_readable(stop.read_end.number());
  std::vector<std::string> told;
  events->on_failure([&](const std::string& sentence) { told.push_back(sentence); });
  const auto text = axle::ipc::json_string(std::string(1000, 'x'));
  for (int i = 0; i < 200; ++i) events->tell("notice", {{"text", text}});
  REQUIRE(told.size() == 1);
  CHECK(told[0].find("has read nothing") != std::string::npos);
}

TEST_CASE("A reader that goes away is told nothing more, and nobody minds") {
  ::signal(SIGPIPE, SIG_IGN);
  auto pipe = axle::ipc::make_pipe().value();
  const auto events = EventStream::open(std::to_string(pipe.write_end.release())).value();
  int told = 0;
  events->on_failure([&](const std::string&) { ++told; });
  pipe.read_end.reset();
  events->tell("notice", {});
  events->tell("notice", {});
  CHECK(told == 1);
}

TEST_CASE("On a full disk only whole lines stay") {
  const auto events = EventStream::open("/dev/full").value();
  std::vector<std::string> told;
  events->on_failure([&](const std::string& sentence) { told.push_back(sentence); });
  events->tell("notice", {});
  REQUIRE(told.size() == 1);
  CHECK(told[0].find("No space left") != std::string::npos);
}

TEST_CASE("Output is told by lines, and a long one in pieces that are short enough to come whole") {
  const TempDir folder;
  const fs::path file = folder.path() / "events";
  RecordingObserver inner;
  std::string expected;
  {
    const auto events = EventStream::open(file.string()).value();
    EventObserver observer(*events, 3, nullptr, inner);
    const Activity hook{Activity::Kind::run_hook, "build_wheel", "."};
    observer.started(hook);
    observer.output(Observer::Stream::out, "run");
    observer.output(Observer::Stream::err, "warning\n");
    observer.output(Observer::Stream::out, "ning\nhalf");
    std::string long_line;
    for (int i = 0; i < 3000; ++i) long_line += "\xe2\x82\xac\x01";
    observer.output(Observer::Stream::err, long_line + "\ncaf\xe9\n");
    expected = long_line + "\ncaf\xef\xbf\xbd\n";
    observer.finished(hook, true, std::chrono::milliseconds(7));
  }
  const std::string text = read(file);
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    CHECK(end + 1 - begin <= EventStream::longest_whole_line);
  }
  std::string out;
  std::string err;
  const auto lines = lines_of(text);
  for (const auto& line : lines) {
    CHECK(json::get<int>(line, "project") == 3);
    if (word(line, "event") != "output") continue;
    (word(line, "stream") == "stdout" ? out : err) += word(line, "text");
  }
  CHECK(out == "running\nhalf");
  CHECK(err == "warning\n" + expected);
  CHECK(word(lines.front(), "event") == "activity_started");
  CHECK(word(lines.back(), "event") == "activity_finished");
  CHECK(word(lines.back(), "activity") == "run_hook");
  CHECK(inner.out == "running\nhalf");
}
