// A pseudo-terminal: what a program writes to `terminal()` is read here as a person would see it
// arrive.
#pragma once

#include "ipc/fd.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace axle::tests {

class Pty {
 public:
  explicit Pty(unsigned short columns = 80) {
    const winsize size{24, columns, 0, 0};
    int master = -1;
    int slave = -1;
    if (::openpty(&master, &slave, nullptr, nullptr, &size) != 0) {
      throw std::system_error(errno, std::generic_category(), "openpty");
    }
    master_.reset(master);
    slave_.reset(slave);
    // Newlines arrive as they were written.
    termios settings{};
    ::tcgetattr(slave, &settings);
    settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    ::tcsetattr(slave, TCSANOW, &settings);
  }

  [[nodiscard]] int terminal() const { return slave_.number(); }
  void close_terminal() { slave_.reset(); }
  void hang_up() { master_.reset(); }

  /// All that has been written so far, once `text` is in it; or after ten seconds.
  const std::string& read_until(std::string_view text) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!seen_.contains(text) && read_some(deadline)) {
    }
    return seen_;
  }

  /// All that has been written; nothing more is to come.
  const std::string& read_rest() {
    while (read_some(std::chrono::steady_clock::now())) {
    }
    return seen_;
  }

 private:
  bool read_some(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd readable{master_.number(), POLLIN, 0};
    if (::poll(&readable, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0) <= 0) {
      return false;
    }
    char buffer[4096];
    const ssize_t count = ::read(master_.number(), buffer, sizeof buffer);
    if (count <= 0) return false;
    seen_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  ipc::UniqueFd master_;
  ipc::UniqueFd slave_;
  std::string seen_;
};

}  // namespace axle::tests
