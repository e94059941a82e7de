#include "frontend/daemon/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <string>

namespace axle::frontend {

DaemonLog::DaemonLog(const std::filesystem::path& path)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600)) {}

void DaemonLog::write(std::string_view text) {
  if (!file_) return;
  struct stat info{};
  if (::fstat(file_.number(), &info) == 0 && info.st_size > static_cast<off_t>(longest)) {
    if (::ftruncate(file_.number(), 0) != 0) return;
  }
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::string line = fmt::format("{:%Y-%m-%dT%H:%M:%SZ} [{}] ", fmt::gmtime(now), ::getpid());
  for (const char c : text) line += c >= ' ' ? c : '?';
  ipc::write_all(file_.number(), line + "\n");
}

}  // namespace axle::frontend
