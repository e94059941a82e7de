#include "frontend/build_system.hpp"
#include "frontend/diagnosis.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <langinfo.h>
#include <locale.h>
#include <optional>

namespace axle::frontend {
namespace {

using State = Finding::State;

Finding limit(std::string subject, int resource, rlim_t enough, std::string_view of) {
  rlimit now{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &now) != 0 ||
      now.rlim_cur == RLIM_INFINITY) {
    return {State::right, std::move(subject), fmt::format("as many {} as there are", of)};
  }
  const std::string told = fmt::format("{} {}", now.rlim_cur, of);
  if (now.rlim_cur >= enough) return {State::right, std::move(subject), told};
  return {State::doubtful,
          std::move(subject),
          fmt::format("only {}", told),
          fmt::format("raise the limit (ulimit) to {}", enough)};
}

// The number behind `key` in a file of lines; without a key the file has nothing else.
std::optional<std::uint64_t> number_in(const std::filesystem::path& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    if (!key.empty() && word != key) continue;
    std::uint64_t number = 0;
    if (key.empty()) {
      const bool digits = word.find_first_not_of("0123456789") == std::string::npos;
      return digits && word.size() < 19 ? std::optional(std::stoull(word)) : std::nullopt;
    }
    if (file >> number) return number;
  }
  return std::nullopt;
}

std::filesystem::path control_group() {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::/")) return "/sys/fs/cgroup/" + line.substr(4);
  }
  return "/sys/fs/cgroup";
}

Finding processes() {
  constexpr std::uint64_t enough = 64;
  const auto group = control_group();
  const auto most = number_in(group / "pids.max", "");
  const auto now = number_in(group / "pids.current", "");
  if (most && now && *most < *now + enough) {
    return {State::doubtful,
            "processes",
            fmt::format("the control group has {} of at most {}", *now, *most),
            "raise pids.max of the control group or container"};
  }
  return limit("processes", RLIMIT_NPROC, enough, "processes");
}

Finding memory() {
  constexpr std::uint64_t mebibyte = std::uint64_t{1024} * 1024;
  constexpr std::uint64_t enough = 256 * mebibyte;
  std::uint64_t free = number_in("/proc/meminfo", "MemAvailable:").value_or(enough / 1024) * 1024;
  const auto group = control_group();
  const auto most = number_in(group / "memory.max", "");
  const auto now = number_in(group / "memory.current", "");
  if (most && now) free = std::min(free, *most - std::min(*most, *now));
  const std::string told = fmt::format("{} MiB free", free / mebibyte);
  if (free >= enough) return {State::right, "memory", told};
  return {State::doubtful, "memory", "only " + told, "a build may be ended for lack of memory"};
}

Finding kernel() {
  const long pidfd = ::syscall(SYS_pidfd_open, ::getpid(), 0);
  if (pidfd >= 0) {
    ::close(static_cast<int>(pidfd));
    return {State::right, "kernel", "tells of the ends of processes (pidfd)"};
  }
  return {State::wrong,
          "kernel",
          "the system call pidfd_open does not work here",
          "axle needs Linux 5.3, and a sandbox that lets this call through"};
}

Finding locale() {
  const ::locale_t chosen = ::newlocale(LC_CTYPE_MASK, "", nullptr);
  if (chosen == nullptr) {
    return {State::doubtful,
            "locale",
            "the locale that LC_ALL, LC_CTYPE or LANG names is not installed",
            "install it, or set LC_ALL=C.UTF-8"};
  }
  const std::string encoding = ::nl_langinfo_l(CODESET, chosen);
  ::freelocale(chosen);
  // Python takes C and POSIX for UTF-8.
  if (encoding == "UTF-8" || encoding == "ANSI_X3.4-1968")
    return {State::right, "locale", encoding};
  return {State::doubtful,
          "locale",
          fmt::format("its encoding is {}", encoding),
          "build backends expect UTF-8: set LC_ALL=C.UTF-8"};
}

}  // namespace

std::vector<Finding> diagnose_system() {
  return {limit("open files", RLIMIT_NOFILE, 256, "open files"),
          processes(),
          memory(),
          kernel(),
          locale()};
}

std::vector<Finding> diagnose_project(const std::filesystem::path& source_tree) {
  const auto build_system = read_build_system(source_tree);
  if (!build_system) {
    return {{State::wrong, "project", build_system.error().message, build_system.error().hint}};
  }
  std::vector<Finding> found{
      {State::right, "project", fmt::format("is built by {}", build_system->backend())}};
  for (const std::string& warning : build_system->warnings) {
    found.push_back({State::doubtful, "project", warning, "look at that line"});
  }
  return found;
}

}  // namespace axle::frontend
