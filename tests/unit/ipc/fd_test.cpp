#include "ipc/fd.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <thread>
#include <utility>

using axle::ipc::make_pipe;
using axle::ipc::make_socket_pair;
using axle::ipc::UniqueFd;
using axle::ipc::write_all;

TEST_SUITE_BEGIN("ipc::UniqueFd");

namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

}  // namespace

TEST_CASE("UniqueFd closes what it owns and only that") {
  auto pipe = make_pipe().value();
  const int read_end = pipe.read_end.number();
  const int write_end = pipe.write_end.number();
  {
    const UniqueFd owner = std::move(pipe.read_end);
    CHECK(owner.number() == read_end);
    CHECK(!pipe.read_end);
  }
  CHECK(!is_open(read_end));
  CHECK(is_open(write_end));

  CHECK(pipe.write_end.release() == write_end);
  CHECK(is_open(write_end));
  UniqueFd owner(write_end);
  owner = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(!is_open(write_end));
  auto& same = owner;
  owner = std::move(same);
  CHECK(is_open(owner.number()));
  owner.reset();
  CHECK(!owner);
}

TEST_CASE("UniqueFd leaves errno as it was") {
  UniqueFd broken(1'000'000);
  errno = ENOENT;
  broken.reset();
  CHECK(errno == ENOENT);
}

TEST_CASE("Pipes and socket pairs are close-on-exec and connected") {
  auto pipe = make_pipe().value();
  auto sockets = make_socket_pair().value();
  for (const int fd : {pipe.read_end.number(),
                       pipe.write_end.number(),
                       sockets.ours.number(),
                       sockets.theirs.number()}) {
    CHECK(::fcntl(fd, F_GETFD) == FD_CLOEXEC);
  }
  char byte = 0;
  REQUIRE(write_all(pipe.write_end.number(), "p"));
  CHECK(::read(pipe.read_end.number(), &byte, 1) == 1);
  CHECK(byte == 'p');
  REQUIRE(write_all(sockets.theirs.number(), "s"));
  CHECK(::read(sockets.ours.number(), &byte, 1) == 1);
  CHECK(byte == 's');
}

TEST_CASE("write_all writes more than a pipe holds and tells a missing reader") {
  auto pipe = make_pipe().value();
  const std::string bytes(1'000'000, 'x');
  bool written = false;
  std::thread writer([&] { written = write_all(pipe.write_end.number(), bytes); });
  std::size_t total = 0;
  std::array<char, 65536> buffer{};
  while (total < bytes.size()) {
    const ssize_t count = ::read(pipe.read_end.number(), buffer.data(), buffer.size());
    REQUIRE(count > 0);
    total += static_cast<std::size_t>(count);
  }
  writer.join();
  CHECK(written);

  const auto before = std::signal(SIGPIPE, SIG_IGN);
  pipe.read_end.reset();
  CHECK(!write_all(pipe.write_end.number(), "x"));
  std::signal(SIGPIPE, before);
  CHECK(!write_all(-1, "x"));
}

TEST_CASE("I3 open_standard_fds opens what is closed of the first three and nothing else") {
  for (int closed = 0; closed < 8; ++closed) {
    CAPTURE(closed);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const int other = ::fcntl(2, F_DUPFD, 10);
      for (int fd = 0; fd < 3; ++fd) {
        if ((closed & (1 << fd)) != 0) ::close(fd);
      }
      axle::ipc::open_standard_fds();
      bool good = true;
      for (int fd = 0; fd < 3; ++fd) {
        char path[64] = {};
        const std::string link = "/proc/self/fd/" + std::to_string(fd);
        const bool known = ::readlink(link.c_str(), path, sizeof(path) - 1) > 0;
        good = good && known;
        if ((closed & (1 << fd)) != 0) good = good && std::string(path) == "/dev/null";
      }
      const int next = ::dup(other);
      good = good && next > 2;
      ::_exit(good ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
}

TEST_SUITE_END();
