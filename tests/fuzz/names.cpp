// The names of sdists and wheels, and the versions in them: two lines, compared with each other.
#include "frontend/core_metadata.hpp"
#include "frontend/file_name.hpp"
#include "frontend/version.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

namespace axle::fuzz {
namespace {

void check_wheel(std::string_view name) {
  const auto wheel = frontend::parse_wheel_name(name);
  if (!wheel) {
    hold(wheel.error().code == errc::bad_artifact, "a wrong name is told as such");
    hold(is_utf8(wheel.error().message), "messages are UTF-8");
    return;
  }
  const std::string stem = wheel->distribution + '-' + wheel->version;
  const std::string build = wheel->build_tag.empty() ? "" : '-' + wheel->build_tag;
  hold(stem + build + '-' + wheel->python_tag + '-' + wheel->abi_tag + '-' + wheel->platform_tag +
               ".whl" ==
           name,
       "a name is the sum of its parts");
  hold(!name.contains('/') && !name.contains('\0'), "the name of a wheel is one of a file");
  hold(frontend::is_stem_of(stem, wheel->distribution, wheel->version),
       "a stem is that of its parts");
}

}  // namespace

void check(std::string_view input) {
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view first = input.substr(0, end);
  const std::string_view second = input.substr(std::min(end + 1, input.size()));
  hold(frontend::same_version(first, first), "a version is itself");
  hold(frontend::same_version(first, second) == frontend::same_version(second, first),
       "two versions are the same both ways");
  check_wheel(first);
  if (const auto stem = frontend::sdist_stem(first)) {
    hold(first.starts_with(*stem) && stem->size() < first.size(),
         "a stem is what is before the end");
  }
  if (!first.empty() && !second.empty()) {
    const std::string stem = std::string(first) + '-' + std::string(second);
    hold(frontend::is_stem_of(stem, first, second), "a stem is that of its parts");
  }
}

}  // namespace axle::fuzz
