#include "ipc/unix_socket.hpp"

#include "ipc/fd.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

using axle::errc;
using axle::ipc::make_pipe;
using axle::ipc::make_socket_pair;
using axle::ipc::peer_of;
using axle::ipc::receive_with_fds;
using axle::ipc::send_with_fds;
using axle::ipc::write_all;

TEST_SUITE_BEGIN("ipc::UnixSocket");

TEST_CASE("Descriptors passed over a socket work at the other end and are close-on-exec") {
  auto sockets = make_socket_pair().value();
  auto pipe = make_pipe().value();
  const std::array fds{pipe.read_end.number(), pipe.write_end.number()};
  REQUIRE(send_with_fds(sockets.ours.number(), "lease", fds));
  CHECK(::fcntl(fds[0], F_GETFD) >= 0);  // stays ours

  auto received = receive_with_fds(sockets.theirs.number(), 100).value();
  CHECK(received.bytes == "lease");
  REQUIRE(received.fds.size() == 2);
  for (const auto& fd : received.fds) {
    CHECK(::fcntl(fd.number(), F_GETFD) == FD_CLOEXEC);
    CHECK(fd.number() != fds[0]);
    CHECK(fd.number() != fds[1]);
  }
  REQUIRE(write_all(received.fds[1].number(), "hello"));
  std::array<char, 16> buffer{};
  CHECK(::read(fds[0], buffer.data(), buffer.size()) == 5);
  CHECK(std::string(buffer.data()) == "hello");
}

TEST_CASE("Bytes without descriptors are received alone") {
  auto sockets = make_socket_pair().value();
  REQUIRE(send_with_fds(sockets.ours.number(), "x", {}));
  auto received = receive_with_fds(sockets.theirs.number(), 100).value();
  CHECK(received.bytes == "x");
  CHECK(received.fds.empty());
}

TEST_CASE("A closed peer is an empty message to the receiver and backend_gone to the sender") {
  auto sockets = make_socket_pair().value();
  sockets.theirs.reset();
  CHECK(receive_with_fds(sockets.ours.number(), 100).value().bytes.empty());
  const auto sent = send_with_fds(sockets.ours.number(), "x", {});
  REQUIRE(!sent);
  CHECK(sent.error().code == errc::backend_gone);
}

TEST_CASE("Sending no byte or too many descriptors or to no socket is an io_error") {
  auto sockets = make_socket_pair().value();
  const std::vector<int> seventeen(17, sockets.ours.number());
  CHECK(send_with_fds(sockets.ours.number(), "x", seventeen).error().code == errc::io_error);
  CHECK(send_with_fds(sockets.ours.number(), "", {}).error().code == errc::io_error);
  auto pipe = make_pipe().value();
  CHECK(send_with_fds(pipe.write_end.number(), "x", {}).error().code == errc::io_error);
  CHECK(receive_with_fds(pipe.read_end.number(), 1).error().code == errc::io_error);
  CHECK(peer_of(pipe.read_end.number()).error().code == errc::io_error);
  const std::array closed{-1};
  CHECK(send_with_fds(sockets.ours.number(), "x", closed).error().code == errc::io_error);
}

TEST_CASE("Sixteen descriptors pass and more from a peer of another mind are an io_error") {
  auto sockets = make_socket_pair().value();
  const std::vector<int> sixteen(16, sockets.ours.number());
  REQUIRE(send_with_fds(sockets.ours.number(), "x", sixteen));
  CHECK(receive_with_fds(sockets.theirs.number(), 1).value().fds.size() == 16);

  std::array<int, 20> twenty{};
  twenty.fill(sockets.ours.number());
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(twenty))> control{};
  char byte = 'x';
  iovec part{.iov_base = &byte, .iov_len = 1};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(twenty));
  std::copy(twenty.begin(), twenty.end(), reinterpret_cast<int*>(CMSG_DATA(header)));
  REQUIRE(::sendmsg(sockets.ours.number(), &message, 0) == 1);
  const auto received = receive_with_fds(sockets.theirs.number(), 1);
  REQUIRE(!received);
  CHECK(received.error().code == errc::io_error);
}

TEST_CASE("M3 A socket that is listened at is its owner's alone, whatever the umask is") {
  const axle::test::TempDir dir;
  const auto path = dir / "socket";
  const mode_t before = ::umask(0);
  const auto listening = axle::ipc::listen_at(path);
  CHECK(::umask(before) == 0);
  REQUIRE(listening);
  struct stat info{};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777u) == 0600);
}

TEST_CASE("M3 The peer of a socket pair is this user") {
  auto sockets = make_socket_pair().value();
  CHECK(peer_of(sockets.ours.number()).value().uid == ::geteuid());
}

TEST_SUITE_END();
