// What the user says to axle doctor.
#pragma once

#include "cli/common_arguments.hpp"

#include <filesystem>

namespace axle::cli {

/// axle doctor [SOURCE]
struct DoctorArguments {
  CommonArguments common = {};
  std::filesystem::path source = {};  ///< Empty: the current folder, if that is a project.
  bool json = false;
  bool online = false;  ///< Whether to ask the index of packages.
};

}  // namespace axle::cli
