#include "ipc/process_state.hpp"

#include <fmt/format.h>

#include <signal.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

namespace axle::ipc {
namespace {

struct Stat {
  char state = 0;
  pid_t parent = 0;
};

/// The text of /proc/<pid>/stat. A process that vanishes between opening and reading is an error of
/// the stream, which the functions of an istream keep to themselves; its buffer's throw.
std::string stat_text(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text, '\0');
  return text;
}

/// The third and fourth field of /proc/<pid>/stat, behind a name that may be anything.
std::optional<Stat> read_stat(pid_t pid) {
  const std::string text = stat_text(pid);
  const auto name_end = text.rfind(") ");
  if (name_end == text.npos || name_end + 5 > text.size()) return std::nullopt;
  Stat stat{.state = text[name_end + 2]};
  std::from_chars(text.data() + name_end + 4, text.data() + text.size(), stat.parent);
  return stat;
}

}  // namespace

char process_state(pid_t pid) {
  const auto stat = read_stat(pid);
  return stat ? stat->state : '\0';
}

bool handles_signal(pid_t pid, int signal) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  for (std::string name; file >> name;) {
    std::uint64_t mask = 0;
    if (name == "SigCgt:" && file >> std::hex >> mask) return ((mask >> (signal - 1)) & 1) != 0;
  }
  return false;
}

bool is_ending(pid_t pid) {
  constexpr unsigned exiting = 4;  // PF_EXITING of Linux
  std::string text = stat_text(pid);
  text.erase(0, text.rfind(')') + 1);
  std::istringstream fields(text);  // from the third on
  std::string field;
  for (int number = 3; fields >> field; ++number) {
    if (number == 3 && (field == "Z" || field == "X")) return true;
    if (number == 9 && (std::strtoul(field.c_str(), nullptr, 10) & exiting) != 0) return true;
    if (number != 31) continue;
    return (std::strtoul(field.c_str(), nullptr, 10) >> (SIGKILL - 1) & 1) != 0;  // it is pending
  }
  return true;  // it is not there any more
}

std::optional<pid_t> parent_of_living(pid_t pid) {
  const auto stat = read_stat(pid);
  if (!stat || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
  return stat->parent;
}

std::optional<pid_t> child_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/task/{}/children", pid, pid));
  pid_t child = 0;
  if (!(file >> child)) return std::nullopt;
  return child;
}

std::string process_name(pid_t pid) {
  std::string name;
  std::ifstream file(fmt::format("/proc/{}/comm", pid));
  std::getline(file, name);
  return name;
}

std::vector<ProcessParent> all_processes() {
  std::vector<ProcessParent> found;
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry("/proc", ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    pid_t pid = 0;
    const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || rest != name.data() + name.size()) continue;
    if (const auto stat = read_stat(pid)) found.push_back({pid, stat->parent});
  }
  return found;
}

}  // namespace axle::ipc
