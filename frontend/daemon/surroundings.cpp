#include "frontend/daemon/surroundings.hpp"

#include "frontend/recycling.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <sstream>
#include <string_view>

namespace axle::frontend {
namespace {

constexpr std::size_t longest = 64u * 1024;  // of a file in /proc

/// Empty where the system does not tell.
std::string content_of(const char* path) {
  return ipc::read_file(path, longest).value_or("");
}

/// The lines of /proc/self/status that say what a process may do and where it may run.
std::string rights() {
  constexpr std::array<std::string_view, 11> kept{"Uid:",
                                                  "Gid:",
                                                  "Groups:",
                                                  "CapInh:",
                                                  "CapPrm:",
                                                  "CapEff:",
                                                  "CapBnd:",
                                                  "NoNewPrivs:",
                                                  "Seccomp:",
                                                  "Cpus_allowed:",
                                                  "Mems_allowed:"};
  std::istringstream file(content_of("/proc/self/status"));
  std::string text;
  for (std::string line; std::getline(file, line);) {
    const auto begins = [&](std::string_view name) { return line.starts_with(name); };
    if (std::ranges::any_of(kept, begins)) text += line + '\n';
  }
  return text;
}

std::string limits() {
  std::string text = resource_limits_of(0);
  errno = 0;
  text += fmt::format("nice {}\n", ::getpriority(PRIO_PROCESS, 0));
  return text;
}

std::string namespaces() {
  std::string text;
  for (const char* name : {"cgroup", "ipc", "mnt", "net", "pid_for_children", "user", "uts"}) {
    std::array<char, 64> link;  // "mnt:[4026531841]"
    const std::string file = fmt::format("/proc/self/ns/{}", name);
    const ssize_t length = ::readlink(file.c_str(), link.data(), link.size());
    if (length > 0) text.append(link.data(), static_cast<std::size_t>(length));
  }
  return text;
}

/// chroot does not change a namespace.
std::string root() {
  struct stat info{};
  if (::stat("/", &info) != 0) return {};
  return fmt::format("{} {}\n", info.st_dev, info.st_ino);
}

}  // namespace

std::string surroundings() {
  return rights() + limits() + namespaces() + root() + content_of("/proc/self/cgroup") +
         content_of("/proc/self/oom_score_adj") + content_of("/proc/self/attr/current");
}

}  // namespace axle::frontend
