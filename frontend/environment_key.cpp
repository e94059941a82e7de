#include "frontend/environment_key.hpp"

#include "frontend/digest.hpp"
#include "frontend/file_identity.hpp"
#include "frontend/local_requirement.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace axle::frontend {
namespace {

/// To be changed whenever environments of one key are made otherwise than before.
constexpr std::string_view format = "axle environment 2";

std::string_view name_of(InstallerChoice installer) {
  switch (installer) {
    case InstallerChoice::automatic: return "automatic";
    case InstallerChoice::uv: return "uv";
    case InstallerChoice::pip: return "pip";
  }
  return "";
}

}  // namespace

std::vector<std::string> sorted_requirements(std::vector<std::string> requirements) {
  std::ranges::sort(requirements);
  const auto repeated = std::ranges::unique(requirements);
  requirements.erase(repeated.begin(), repeated.end());
  return requirements;
}

std::string environment_key(const Interpreter& interpreter,
                            const std::vector<std::string>& requirements,
                            InstallerChoice installer,
                            const std::vector<std::string>& settings) {
  Digest digest;
  digest.add(format);
  digest.add(interpreter.real_executable.native());
  digest.add(interpreter.implementation);
  digest.add(interpreter.version);
  digest.add(interpreter.platform);
  digest.add(name_of(installer));
  digest.add(file_stamp(interpreter.real_executable));
  for (const std::string& setting : settings) digest.add("setting " + setting);
  for (const std::string& requirement : sorted_requirements(requirements)) {
    digest.add(requirement);
    if (const auto path = local_path_of(requirement)) digest.add("is " + file_stamp(*path));
  }
  return digest.hexadecimal();
}

}  // namespace axle::frontend
