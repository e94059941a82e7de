// What a backend is started as, and how long it may take for what is not a hook's own work.
#pragma once

#include "frontend/build_options.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace axle::frontend {

struct BackendSpec {
  std::filesystem::path backend_program = {};  ///< axle-backend; absolute.
  std::filesystem::path python = {};           ///< The interpreter that imports the build backend.
  std::string module = {};                     ///< "hatchling.build", or "native:" and a path.
  std::string object = {};                     ///< The object in it; empty: the module itself.
  std::vector<std::filesystem::path> backend_path = {};  ///< Absolute; empty: not in-tree.
  /// What is installed for `python` does not change while a backend runs: nobody has to look.
  bool immutable_environment = false;
  HookIsolation hook_isolation = HookIsolation::forked;
  /// "NAME=value" each: the whole environment of the child, and so of its hooks.
  std::vector<std::string> environment = {};
  std::filesystem::path source_tree = {};  ///< The child's working directory; absolute.
  /// What the observer is told as the project; empty: the source tree.
  std::filesystem::path project = {};

  /// As pyproject.toml spells it: "setuptools.build_meta:__legacy__".
  [[nodiscard]] std::string backend_name() const {
    return object.empty() ? module : module + ":" + object;
  }
  bool operator==(const BackendSpec&) const = default;
};

/// Time bounds of the supervision. Each ends a wait that something else should have ended.
struct BackendBounds {
  using Span = std::chrono::milliseconds;
  /// From the start of the child until the build backend is imported.
  Span start{30'000};
  /// From a command until it is accepted, which comes before anything is done for it.
  Span accept{2'000};
  /// Without a sign of life while a hook runs (there is one a second): then a notice is given.
  Span silence{3'000};
  /// The same: then the child counts as stuck for ever, and is killed.
  Span stuck{60'000};
  /// Without output of a hook that runs: then a notice is given, once.
  Span quiet{60'000};
  /// What a hook that is stopped has between SIGINT and SIGTERM, and between SIGTERM and SIGKILL.
  Span grace{2'000};
  /// What a child that has closed a channel has to say why.
  Span last_words{250};
  /// What a child has to leave after `_exit`, and once more after SIGTERM.
  Span leave{1'000};

  /// From the wish to stop a hook to its end, at most.
  [[nodiscard]] Span stop() const noexcept { return 2 * grace + Span{1'000}; }
};

}  // namespace axle::frontend
