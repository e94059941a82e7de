#include "ipc/oom_counter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace axle::ipc {
namespace {

/// Where one hierarchy of control groups is mounted.
struct Mount {
  std::string root;  // which group is there
  std::string folder;
};

/// From /proc/self/mountinfo, whose lines are "36 35 0:32 <root> <folder> <options> ... - <type>
/// <source> <options of the file system>".
std::optional<Mount> find_mount(std::string_view type, std::string_view controller) {
  const std::string wanted = std::string(type) + " ";
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const auto dash = line.find(" - ");
    if (dash == line.npos || line.compare(dash + 3, wanted.size(), wanted) != 0) continue;
    std::istringstream front(line);
    std::istringstream back(line.substr(dash + 3));
    std::string skipped;
    std::string options;
    Mount mount;
    front >> skipped >> skipped >> skipped >> mount.root >> mount.folder;
    back >> skipped >> skipped >> options;
    if (("," + options + ",").contains("," + std::string(controller) + ",") || controller.empty()) {
      return mount;
    }
  }
  return std::nullopt;
}

/// The group of this process, from /proc/self/cgroup: "4:memory:<group>", or "0::<group>".
std::optional<std::string> find_group(std::string_view controllers) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == line.npos) continue;
    if (line.substr(first + 1, second - first - 1) == controllers) return line.substr(second + 1);
  }
  return std::nullopt;
}

/// `usual`: where the hierarchy is mounted nearly everywhere. To ask for all mounts takes the
/// system longer than all the rest.
UniqueFd open_in_group(std::string_view type,
                       std::string_view controller,
                       const std::string& usual,
                       const char* name) {
  const auto group = find_group(controller);
  if (!group) return UniqueFd();
  UniqueFd likely(::open((usual + *group + "/" + name).c_str(), O_RDONLY | O_CLOEXEC));
  if (likely) return likely;
  const auto mount = find_mount(type, controller);
  if (!mount) return UniqueFd();
  std::string inside = *group;
  if (mount->root != "/" && inside.starts_with(mount->root)) inside.erase(0, mount->root.size());
  // In a container the path may be that of another view; then the group is what is mounted.
  for (const std::string& folder : {mount->folder + inside, mount->folder}) {
    UniqueFd file(::open((folder + "/" + name).c_str(), O_RDONLY | O_CLOEXEC));
    if (file) return file;
  }
  return UniqueFd();
}

}  // namespace

OomCounter::OomCounter()
    : file_(open_in_group("cgroup", "memory", "/sys/fs/cgroup/memory", "memory.oom_control")) {
  if (!file_) file_ = open_in_group("cgroup2", "", "/sys/fs/cgroup", "memory.events");
  if (!file_) file_.reset(::open("/proc/vmstat", O_RDONLY | O_CLOEXEC));
}

std::uint64_t OomCounter::count() const noexcept {
  constexpr std::string_view name = "oom_kill ";
  std::array<char, 16384> buffer{};
  const auto length = ::pread(file_.number(), buffer.data(), buffer.size(), 0);
  if (length <= 0) return 0;
  std::string_view rest(buffer.data(), static_cast<std::size_t>(length));
  std::uint64_t count = 0;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    if (line.starts_with(name)) {
      std::from_chars(line.data() + name.size(), line.data() + line.size(), count);
    }
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return count;
}

}  // namespace axle::ipc
