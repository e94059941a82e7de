// What builds need of this machine and of a project, looked at one by one.
#pragma once

#include "frontend/build_options.hpp"
#include "frontend/cancellation.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

/// One thing that was looked at.
struct Finding {
  enum class State {
    right,
    doubtful,  ///< Builds work, but some may not, or are slower.
    wrong,     ///< No build works.
  };
  State state = State::right;
  std::string subject;      ///< "interpreter"
  std::string message;      ///< What was found.
  std::string advice = {};  ///< What to do; empty where it is right.
};

/// "right", "doubtful", "wrong".
std::string_view to_string(Finding::State state) noexcept;

/// axle-backend, which has to be of `version`; the interpreter and its headers; the installer; a
/// compiler. Starts each of the programs once.
std::vector<Finding> diagnose_programs(const BuildOptions& options,
                                       std::string_view version,
                                       const Cancellation& cancellation);

/// The folders for environments and for temporary files: whether they can be written to, have room
/// and let programs run; the folder of the daemon that `program` runs, and whether there is one.
std::vector<Finding> diagnose_places(const std::filesystem::path& program);

/// Whether packages can be had: a small one is installed, as the build requirements of a project
/// are, into an environment that goes at once. Needs the network.
Finding diagnose_index(const BuildOptions& options, const Cancellation& cancellation);

/// Limits of this process, memory, the kernel, the locale.
std::vector<Finding> diagnose_system();

/// pyproject.toml of a source tree.
std::vector<Finding> diagnose_project(const std::filesystem::path& source_tree);

}  // namespace axle::frontend
