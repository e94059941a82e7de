#include "cli/outlet.hpp"

#include "ipc/fd.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>

using axle::cli::Outlet;
using axle::ipc::make_pipe;
using axle::ipc::UniqueFd;

TEST_SUITE_BEGIN("cli::Outlet");

namespace {

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

TEST_CASE("Outlet writes more than a pipe holds as the reader takes it") {
  auto pipe = make_pipe().value();
  const std::string much(1'000'000, 'x');
  std::string seen;
  std::thread reader([&] { seen = read_all(pipe.read_end.number()); });
  Outlet outlet(pipe.write_end.number());
  CHECK(outlet.write(much));
  CHECK(outlet.failure() == 0);
  pipe.write_end.reset();
  reader.join();
  CHECK(seen == much);
}

TEST_CASE("Outlet waits for a descriptor that does not block") {
  auto pipe = make_pipe().value();
  REQUIRE(::fcntl(pipe.write_end.number(), F_SETFL, O_NONBLOCK) == 0);
  const std::string much(1'000'000, 'x');
  std::size_t seen = 0;
  std::thread reader([&] { seen = read_all(pipe.read_end.number()).size(); });
  CHECK(Outlet(pipe.write_end.number()).write(much));
  pipe.write_end.reset();
  reader.join();
  CHECK(seen == much.size());
}

TEST_CASE("F4 Outlet fails for good when its reader is gone") {
  ::signal(SIGPIPE, SIG_IGN);
  auto pipe = make_pipe().value();
  pipe.read_end.reset();
  Outlet outlet(pipe.write_end.number());
  CHECK_FALSE(outlet.write("x"));
  CHECK(outlet.failure() == EPIPE);
  CHECK_FALSE(outlet.write("y"));
}

TEST_CASE("Outlet tells a full disk") {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  Outlet outlet(full.number());
  CHECK_FALSE(outlet.write("x"));
  CHECK(outlet.failure() == ENOSPC);
}

TEST_CASE("Outlet does not wait for ever for a reader that does not read once it must stop") {
  auto pipe = make_pipe().value();
  auto stop = make_pipe().value();
  stop.write_end.reset();  // readable from now on
  Outlet outlet(pipe.write_end.number(), stop.read_end.number());
  CHECK(outlet.write("what can be written is written"));
  CHECK_FALSE(outlet.write(std::string(1'000'000, 'x')));
  CHECK(outlet.failure() == ETIMEDOUT);
}

TEST_SUITE_END();
