#include "frontend/start_environment.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace axle::frontend {

std::vector<std::string> start_environment(const std::vector<std::string>& environment) {
  constexpr std::array<std::string_view, 9> families{"PYTHON",
                                                     "_PYTHON",
                                                     "LC_",
                                                     "SETUPTOOLS_",
                                                     "DISTUTILS_",
                                                     "COVERAGE_",
                                                     "COV_CORE_",
                                                     "LD_",
                                                     "MALLOC_"};
  // Sanitizers read theirs before main.
  constexpr std::array<std::string_view, 14> names{"LANG",
                                                   "LANGUAGE",
                                                   "LOCPATH",
                                                   "GLIBC_TUNABLES",
                                                   "HOME",
                                                   "PATH",
                                                   "TMPDIR",
                                                   "TZ",
                                                   "VIRTUAL_ENV",
                                                   "__PYVENV_LAUNCHER__",
                                                   "ASAN_OPTIONS",
                                                   "LSAN_OPTIONS",
                                                   "TSAN_OPTIONS",
                                                   "UBSAN_OPTIONS"};
  std::vector<std::string> kept;
  for (const std::string& entry : environment) {
    const std::string_view name = std::string_view(entry).substr(0, entry.find('='));
    const auto begins = [&](std::string_view family) { return name.starts_with(family); };
    if (std::ranges::find(names, name) != names.end() || std::ranges::any_of(families, begins)) {
      kept.push_back(entry);
    }
  }
  std::ranges::sort(kept);
  return kept;
}

}  // namespace axle::frontend
