// The environment variables of a process to be: "NAME=value", each name once.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

/// A value type; not thread-safe.
class EnvironmentVariables {
 public:
  /// Those of this process.
  static EnvironmentVariables current();

  EnvironmentVariables() = default;
  /// From "NAME=value" entries; of two with one name the first counts, as for getenv(3).
  explicit EnvironmentVariables(std::span<const std::string> entries);

  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
  /// Adds the variable, or replaces its value.
  void set(std::string_view name, std::string_view value);
  /// Removes the variables that are there.
  void remove(std::initializer_list<std::string_view> names);

  /// Where programs are looked for: PATH, or the system's own folders where it is unset or empty.
  [[nodiscard]] std::string search_path() const;
  /// Puts a folder in front of all others on PATH.
  void put_first_on_path(const std::string& folder);

  /// Values by their names.
  [[nodiscard]] std::map<std::string, std::string> as_map() const;
  [[nodiscard]] const std::vector<std::string>& entries() const noexcept { return entries_; }

 private:
  [[nodiscard]] std::vector<std::string>::const_iterator find(std::string_view name) const;

  std::vector<std::string> entries_;
};

}  // namespace axle::frontend
