// TOML as plain values that know where they stand, so that a message can say so. The TOML library
// stays in toml_value.cpp.
//
//   TRY(const auto table, parse_toml(text, "axle.toml"));
//   if (const TomlEntry* entry = table.find("timeout")) ...
#pragma once

#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace axle::frontend {

/// Line and column, from 1.
struct TomlPlace {
  unsigned line = 0;
  unsigned column = 0;
};

struct TomlEntry;
struct TomlValue;

using TomlArray = std::vector<TomlValue>;

/// Its entries are in the order of the text.
struct TomlTable {
  std::vector<TomlEntry> entries;

  /// The entry called `key`, or nullptr.
  [[nodiscard]] const TomlEntry* find(std::string_view key) const;
};

/// A number, a date or a time, as JSON has it: a number or a string.
struct TomlScalar {
  ipc::JsonText json;
};

struct TomlValue {
  std::variant<bool, TomlScalar, std::string, TomlArray, TomlTable> data;
  TomlPlace place;
};

struct TomlEntry {
  std::string key;
  TomlPlace place;
  TomlValue value;
};

/// Fails with `errc::usage`, naming `file`, line and column.
Result<TomlTable> parse_toml(std::string_view text, std::string_view file);

/// The value as JSON; an infinite number, for which JSON has no word, becomes a string.
ipc::JsonText json_of(const TomlValue& value);

/// "a string", "a table", ...
std::string_view kind_of(const TomlValue& value);

}  // namespace axle::frontend
