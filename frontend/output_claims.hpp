// Whose artifacts are whose: what one build of a batch has made, another must not replace.
#pragma once

#include "frontend/artifact.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

namespace axle::frontend {

/// Thread-safe.
class OutputClaims {
 public:
  /// Who makes an artifact.
  struct Maker {
    std::filesystem::path project;  ///< Absolute.
    std::string python;             ///< As the user calls the interpreter.
    bool operator==(const Maker&) const = default;
  };

  /// Moves `artifact` into the folder `output`, one artifact at a time; that is absolute. From then
  /// on the place is the maker's, who may replace what it has made itself.
  ///
  /// A maker with another interpreter may come to the same place: a wheel that is for any Python.
  /// What has the same contents, whatever their times, is left as it stands there, and `observer`
  /// is told; else this fails with `errc::bad_artifact`. It fails with `errc::usage` if the place
  /// is another project's, and as `move_artifact` does; nothing is claimed then.
  Result<Artifact> put(Artifact artifact,
                       const std::filesystem::path& output,
                       Maker maker,
                       Observer& observer);

 private:
  struct Claim {
    Maker maker;
    Artifact artifact;
  };
  std::mutex mutex_;
  std::map<std::filesystem::path, Claim> claims_;  // by place
};

}  // namespace axle::frontend
