#include "frontend/own_limits.hpp"

#include "ipc/fd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>

namespace axle::frontend {
namespace {

// At once, beside what is in use.
constexpr rlim_t most_files = 32;
constexpr std::size_t most_memory = std::size_t{64} << 20;

// In the order of their numbers.
constexpr std::array<const char*, RLIMIT_NLIMITS> names{"CPU",
                                                        "FSIZE",
                                                        "DATA",
                                                        "STACK",
                                                        "CORE",
                                                        "RSS",
                                                        "NPROC",
                                                        "NOFILE",
                                                        "MEMLOCK",
                                                        "AS",
                                                        "LOCKS",
                                                        "SIGPENDING",
                                                        "MSGQUEUE",
                                                        "NICE",
                                                        "RTPRIO",
                                                        "RTTIME"};
static_assert(RLIMIT_NOFILE == 7 && RLIMIT_AS == 9 && RLIMIT_RTTIME == 15);

__rlimit_resource_t number(std::size_t which) {
  return static_cast<__rlimit_resource_t>(which);
}

std::string text_of(rlim_t limit) {
  return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit);
}

}  // namespace

OwnLimits::OwnLimits() noexcept {
  for (std::size_t which = 0; which < limits_.size(); ++which) {
    ::getrlimit(number(which), &limits_[which]);
  }
}

std::optional<LoweredLimits> OwnLimits::put_back() const {
  std::optional<LoweredLimits> lowered;
  for (std::size_t which = 0; which < limits_.size(); ++which) {
    const rlimit& before = limits_[which];
    rlimit now{};
    if (::getrlimit(number(which), &now) != 0) continue;
    if (now.rlim_cur >= before.rlim_cur && now.rlim_max >= before.rlim_max) continue;
    if (!lowered) lowered.emplace();
    if (::setrlimit(number(which), &before) == 0) continue;
    now.rlim_cur = std::min(before.rlim_cur, now.rlim_max);
    ::setrlimit(number(which), &now);
    lowered->for_good += fmt::format("{}RLIMIT_{} is {} (was {})",
                                     lowered->for_good.empty() ? "" : ", ",
                                     names[which],
                                     text_of(now.rlim_cur),
                                     text_of(before.rlim_cur));
  }
  return lowered;
}

bool can_go_on() noexcept {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const ipc::UniqueFd next(::open("/", O_PATH | O_CLOEXEC));
  if (!next || static_cast<rlim_t>(next.number()) + most_files > limit.rlim_cur) return false;
  void* memory = ::mmap(nullptr,
                        most_memory,
                        PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                        -1,
                        0);
  return memory != MAP_FAILED && ::munmap(memory, most_memory) == 0;
}

}  // namespace axle::frontend
