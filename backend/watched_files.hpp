// The files that a warm interpreter has imported, as the host looks at them: it does so in a tenth
// of the time, and only where something has changed the interpreter looks itself, and judges.
#pragma once

#include "ipc/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace axle::backend {

class WatchedFiles {
 public:
  /// Takes over what the interpreter tells: `files`, a list of [path, seconds and nanoseconds of
  /// its mtime, size, inode], or [path] where there is none; it names only what is on local disks.
  /// Nothing is known where it is something else.
  void learn(const ipc::json::Object& message);

  /// Whether one of them is not as it was, or nothing is known.
  [[nodiscard]] bool may_have_changed() const;

 private:
  struct Appearance {
    std::int64_t mtime_s;
    std::int64_t mtime_ns;  // after that
    std::int64_t size;
    std::uint64_t inode;
    bool operator==(const Appearance&) const = default;
  };
  struct File {
    std::string path;
    std::optional<Appearance> appearance;
  };
  static std::optional<File> file_in(const ipc::json::Value& value);
  static std::optional<Appearance> look_at(const std::string& path);

  std::optional<std::vector<File>> files_;
};

}  // namespace axle::backend
