// Options of one command from all places where they may be said, the nearest first: the command
// line, the environment, the files of the project, the user's file.
#pragma once

#include "cli/option_files.hpp"
#include "cli/option_value.hpp"
#include "ipc/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace axle::cli {

class OptionLayers {
 public:
  using Value = std::variant<bool*, int*, std::string*, std::vector<std::string>*>;
  struct Option {
    std::string name = {};  ///< The long name, without hyphens before it.
    Value value;
    std::string value_name = {};
    Standing standing = Standing::user;
    bool gathers_all = false;  ///< A list of what is said at all places.
  };
  /// Of two options the one of the nearer place counts.
  struct Exclusion {
    std::string one;
    std::string other;
    std::string hint;
    bool is_error;  ///< At one place.
  };

  void add(Option option);
  void exclude(Exclusion exclusion) { exclusions_.push_back(std::move(exclusion)); }
  /// The value is there already.
  void said_on_command_line_now(std::string_view name);

  /// Writes the values of those that were not said. Fails with `errc::usage`, or as a project's
  /// with `errc::invalid_project`, for values that cannot be read, keys that there are not or that
  /// must not stand there, and exclusions.
  Result<> fill(const OptionFiles& files);

  [[nodiscard]] Standing standing(std::string_view name) const;
  /// As OptionParser has them.
  [[nodiscard]] std::string origin(std::string_view name) const;
  [[nodiscard]] bool said_on_command_line(std::string_view name) const;
  /// Of an error in the value of an option.
  [[nodiscard]] errc code(std::string_view name) const;

 private:
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  struct Entry {
    Option option;
    std::size_t said = nowhere;  // 0: the command line, 1: the environment, then the files
    std::string origin = {};
    errc code = errc::usage;
    [[nodiscard]] OptionForm form() const;
    [[nodiscard]] bool is_on() const;
  };

  Entry* find(std::string_view name);
  [[nodiscard]] const Entry* find(std::string_view name) const;
  [[nodiscard]] bool gives_way(const Entry& entry, std::size_t layer) const;
  void put(Entry& entry, std::vector<std::string> words);
  Result<> fill_from_environment();
  Result<> fill_from(const OptionFile& file, std::size_t layer);
  [[nodiscard]] Result<> check_exclusions() const;

  std::vector<Entry> entries_;
  std::vector<Exclusion> exclusions_;
};

}  // namespace axle::cli
