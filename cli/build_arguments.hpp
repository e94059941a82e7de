// What the user says to axle build.
#pragma once

#include "cli/common_arguments.hpp"
#include "frontend/batch.hpp"
#include "frontend/builder.hpp"
#include "ipc/error.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace axle::cli {

struct BuildArguments;

/// What a project's own files make of the arguments; nothing where it has none.
using OwnArguments = std::shared_ptr<const Result<BuildArguments>>;

/// axle build [SOURCE...]: with each of `common.pythons`.
struct BuildArguments {
  CommonArguments common;
  /// To say only what would be built, in this format; no report is written then.
  std::optional<Format> list = std::nullopt;
  std::vector<std::filesystem::path> sources = {"."};
  frontend::Plan plan = {};
  std::filesystem::path output_directory = {};  ///< Empty: each project's own.
  /// What becomes of the project's earlier artifacts, once the new ones are there.
  enum class Earlier { stay, removed } earlier = Earlier::stay;
  std::size_t jobs = 1;  ///< Builds side by side; 0: one for each processor.
  /// The source that follows a -j without a number, by which a number may have been meant.
  std::filesystem::path jobs_or_source = {};
  frontend::AfterFailure after_failure = frontend::AfterFailure::go_on;
  std::chrono::milliseconds grace{0};
  /// As many as `sources`. Only what is said of one build counts in them.
  std::vector<OwnArguments> own = {};
};

}  // namespace axle::cli
