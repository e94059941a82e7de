#include "frontend/recycling.hpp"

#include "frontend/leftovers.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <ranges>
#include <vector>

namespace axle::frontend {

std::uint64_t memory_of(pid_t pid) {
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::vector<pid_t> family = descendants_of(pid);
  family.push_back(pid);
  std::uint64_t sum = 0;
  for (const pid_t member : family) {
    std::ifstream file(fmt::format("/proc/{}/statm", member));
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    std::uint64_t shared = 0;
    if (file >> size >> resident >> shared) sum += (resident - std::min(shared, resident)) * page;
  }
  return sum;
}

std::string resource_limits_of(pid_t pid) {
  std::string text;
  for (int which = 0; which < static_cast<int>(RLIMIT_NLIMITS); ++which) {
    rlimit limit{};
    if (::prlimit(pid, static_cast<__rlimit_resource>(which), nullptr, &limit) != 0) continue;
    text += fmt::format("{} {} {}\n", which, limit.rlim_cur, limit.rlim_max);
  }
  return text;
}

const char* why_to_leave(const RecyclingLimits& limits,
                         const IdleBackend& backend,
                         const BackendSpec& spec,
                         DeathRecords& deaths) {
  if (!deaths.may_be_kept(spec)) return "its kind dies too often";
  if (backend.leases >= limits.most_leases) return "it was used often";
  if (backend.limited_anew) return "a hook has changed its limits";
  if (backend.memory > limits.memory) return "it has grown too big";
  return nullptr;
}

std::size_t most_to_wait(const RecyclingLimits& limits, std::span<const std::uint64_t> memories) {
  std::size_t count = 0;
  std::uint64_t sum = 0;
  for (const std::uint64_t memory : memories | std::views::reverse) {
    sum += memory;
    if (count == limits.most_idle || (count > 0 && sum > limits.idle_memory)) break;
    ++count;
  }
  return count;
}

}  // namespace axle::frontend
