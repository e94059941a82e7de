#include "ipc/unix_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace axle::ipc {
namespace {

constexpr std::size_t most_fds = 16;

struct ControlBuffer {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(most_fds * sizeof(int))> bytes{};
};

constexpr int most_waiting = 128;  // connections that are not taken yet

Result<UniqueFd> unix_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno(errc::io_error, "cannot make a socket", errno);
  return fd;
}

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    return fail_errno(errc::io_error, "cannot use the socket " + path.string(), ENAMETOOLONG);
  }
  path.native().copy(address.sun_path, path.native().size());
  return address;
}

Result<> send_rest(int socket, std::string_view bytes, msghdr* first) {
  while (!bytes.empty()) {
    iovec part{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
    msghdr plain{};
    msghdr& message = first != nullptr ? *first : plain;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      const bool gone = errno == EPIPE || errno == ECONNRESET;
      return fail_errno(gone ? errc::backend_gone : errc::io_error, "cannot send", errno);
    }
    first = nullptr;  // the descriptors go with the first byte
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

}  // namespace

Result<> send_with_fds(int socket, std::string_view bytes, std::span<const int> fds) {
  if (bytes.empty() || fds.size() > most_fds) {
    return fail(errc::io_error, "cannot send descriptors without a byte, or more than 16");
  }
  msghdr message{};
  ControlBuffer control;
  if (!fds.empty()) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
  }
  return send_rest(socket, bytes, &message);
}

Result<Received> receive_with_fds(int socket, std::size_t most) {
  Received received;
  received.bytes.resize(most);
  iovec part{.iov_base = received.bytes.data(), .iov_len = most};
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  ssize_t count = -1;
  do {
    count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && errno == ECONNRESET) return Received{};
  if (count < 0) return fail_errno(errc::io_error, "cannot receive", errno);
  received.bytes.resize(static_cast<std::size_t>(count));

  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t fds = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < fds; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      received.fds.emplace_back(fd);
    }
  }
  if ((message.msg_flags & MSG_CTRUNC) != 0) {
    return fail(errc::io_error, "descriptors were lost: too many were sent, or are open");
  }
  return received;
}

Result<Peer> peer_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return fail_errno(errc::io_error, "cannot tell who is at the other end of a socket", errno);
  }
  return Peer{.uid = peer.uid, .pid = peer.pid};
}

Result<UniqueFd> connect_to(const std::filesystem::path& path) {
  TRY(const auto address, address_of(path));
  TRY(auto socket, unix_socket());
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
      0) {
    return socket;
  }
  const bool nobody = errno == ENOENT || errno == ECONNREFUSED;
  return fail_errno(
      nobody ? errc::backend_gone : errc::io_error, "cannot connect to " + path.string(), errno);
}

Result<UniqueFd> listen_at(const std::filesystem::path& path) {
  const std::filesystem::path temporary = path.string() + "." + std::to_string(::getpid());
  TRY(const auto address, address_of(temporary));
  TRY(auto socket, unix_socket());
  ::unlink(temporary.c_str());  // of a namesake that was killed
  const auto failed = [&](const char* what) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return fail_errno(errc::io_error, what + path.string(), error);
  };
  // The folder is private already; this is for who moves it.
  const mode_t umask_before = ::umask(0177);
  const int bound =
      ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(umask_before);
  if (bound != 0) return failed("cannot make the socket ");
  if (::listen(socket.number(), most_waiting) != 0) return failed("cannot listen at ");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("cannot name the socket ");
  return socket;
}

}  // namespace axle::ipc
