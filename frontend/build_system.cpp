#include "frontend/build_system.hpp"

#include "frontend/backend_path.hpp"
#include "frontend/build_cycle.hpp"
#include "frontend/edit_distance.hpp"
#include "frontend/project_table.hpp"
#include "frontend/requirement.hpp"
#include "frontend/text_file.hpp"
#include "frontend/toml_value.hpp"
#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view legacy_requirement = "setuptools >= 40.8.0";
constexpr std::string_view legacy_module = "setuptools.build_meta";
constexpr std::string_view legacy_object = "__legacy__";
constexpr std::array<std::string_view, 3> known_keys = {
    "requires", "build-backend", "backend-path"};

std::string place(const fs::path& file, const TomlPlace& where) {
  return fmt::format("{}:{}:{}", file.string(), where.line, where.column);
}

std::unexpected<Error> invalid(const fs::path& file,
                               const TomlPlace& where,
                               std::string_view what,
                               std::string hint = {}) {
  return fail(
      errc::invalid_project, fmt::format("{}: {}", place(file, where), what), std::move(hint));
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// Whether `key` may be a slip for `intended`: nearly the same, whatever its case and hyphens.
bool resembles(std::string_view key, std::string_view intended) {
  if (key.size() > 2 * intended.size()) return false;
  std::string plain(key);
  std::ranges::transform(plain, plain.begin(), [](char c) {
    if (c == '_' || c == '.' || c == ' ') return '-';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return edit_distance(plain, intended) <= std::max<std::size_t>(2, intended.size() / 4);
}

Result<> check_keys(const TomlTable& table, const fs::path& file) {
  for (const auto& [key, key_place, value] : table.entries) {
    if (std::ranges::find(known_keys, key) != known_keys.end()) continue;
    const auto* const nearest = std::ranges::find_if(
        known_keys, [&](std::string_view known) { return resembles(key, known); });
    return invalid(file,
                   key_place,
                   fmt::format("[build-system] has no key '{}'", printable(key)),
                   nearest != known_keys.end()
                       ? fmt::format("did you mean '{}'?", *nearest)
                       : "its keys are 'requires', 'build-backend' and 'backend-path'");
  }
  return {};
}

/// `accept(string, place)`, which is a Result<>, on each string of the list `entry`.
template <class Accept>
Result<> each_string(const TomlEntry& entry, const fs::path& file, Accept accept) {
  const auto refuse = [&](const TomlValue& wrong) {
    return invalid(file,
                   wrong.place,
                   fmt::format("'{}' has to be a list of strings", entry.key),
                   fmt::format("write it as {} = [\"...\"]", entry.key));
  };
  const auto* const list = std::get_if<TomlArray>(&entry.value.data);
  if (list == nullptr) return refuse(entry.value);
  for (const TomlValue& element : *list) {
    const auto* const text = std::get_if<std::string>(&element.data);
    if (text == nullptr) return refuse(element);
    TRY(accept(*text, element.place));
  }
  return {};
}

Result<> read_requirements(const TomlValue& build_system_value,
                           const TomlTable& table,
                           const fs::path& file,
                           BuildSystem& build_system) {
  const TomlEntry* const entry = table.find("requires");
  if (entry == nullptr) {
    return invalid(file,
                   build_system_value.place,
                   "[build-system] has no 'requires', which is mandatory",
                   "list what the build needs: requires = [\"setuptools >= 40.8.0\"]");
  }
  return each_string(*entry, file, [&](const std::string& text, const TomlPlace& at) -> Result<> {
    if (!may_be_requirement(text)) {
      return invalid(file,
                     at,
                     fmt::format("'{}' is not a requirement", printable(text)),
                     "a requirement is a name, with a version if need be: \"hatchling >= 1\"");
    }
    build_system.requirements.push_back(text);
    return {};
  });
}

/// identifier ("." identifier)*; what is outside of ASCII counts as a letter.
bool is_dotted_name(std::string_view text) {
  bool at_start = true;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9';
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                           static_cast<unsigned char>(c) >= 0x80;
    if (c == '.' && !at_start) {
      at_start = true;
    } else if (is_letter || (is_digit && !at_start)) {
      at_start = false;
    } else {
      return false;
    }
  }
  return !at_start;
}

Result<> read_backend(const TomlTable& table, const fs::path& file, BuildSystem& build_system) {
  const TomlEntry* const entry = table.find("build-backend");
  if (entry == nullptr) return {};
  const auto* const text = std::get_if<std::string>(&entry->value.data);
  if (text == nullptr) {
    return invalid(file,
                   entry->value.place,
                   "'build-backend' has to be a string",
                   "name a module: build-backend = \"hatchling.build\"");
  }
  const std::string& backend = *text;
  const std::size_t colon = backend.find(':');
  build_system.backend_module = backend.substr(0, colon);
  build_system.backend_object = colon == std::string::npos ? "" : backend.substr(colon + 1);
  build_system.is_legacy_default = false;
  if (!is_dotted_name(build_system.backend_module) ||
      (colon != std::string::npos && !is_dotted_name(build_system.backend_object))) {
    return invalid(file,
                   entry->value.place,
                   fmt::format("the build backend '{}' is not 'module' or 'module:object'",
                               printable(backend)),
                   "both are Python names, dotted where need be: \"flit_core.buildapi\"");
  }
  return {};
}

Result<> read_backend_path(const TomlTable& table,
                           const fs::path& file,
                           const fs::path& source_tree,
                           BuildSystem& build_system) {
  const TomlEntry* const entry = table.find("backend-path");
  if (entry == nullptr) return {};
  std::error_code error;
  const fs::path root = fs::canonical(source_tree, error);
  if (error) {
    return fail(errc::invalid_project,
                fmt::format("cannot resolve {}: {}", source_tree.string(), error.message()));
  }
  return each_string(*entry, file, [&](const std::string& text, const TomlPlace& at) -> Result<> {
    auto resolved = resolve_backend_path(text, root);
    if (!resolved) {
      Error& why = resolved.error();
      return invalid(file, at, why.message, std::move(why.hint));
    }
    build_system.backend_path.push_back(*std::move(resolved));
    return {};
  });
}

void warn_of_slips(const TomlTable& document, const fs::path& file, BuildSystem& build_system) {
  for (const auto& [key, key_place, value] : document.entries) {
    if (key == "build-system" || !resembles(key, "build-system")) continue;
    build_system.warnings.push_back(fmt::format("{}: '{}' is ignored: did you mean [build-system]?",
                                                place(file, key_place),
                                                printable(key)));
  }
}

void warn_of_cycle(const TomlTable& table, const fs::path& file, BuildSystem& build_system) {
  const auto cycle = describe_cycle(build_system.project_name, build_system.requirements);
  if (!cycle) return;
  build_system.warnings.push_back(
      fmt::format("{}: {}", place(file, table.find("requires")->value.place), *cycle));
}

/// [build-system] of pyproject.toml.
Result<> read_table(const TomlValue& value,
                    const fs::path& file,
                    const fs::path& source_tree,
                    BuildSystem& build_system) {
  const auto* const table = std::get_if<TomlTable>(&value.data);
  if (table == nullptr) {
    return invalid(file,
                   value.place,
                   "'build-system' has to be a table",
                   "write [build-system] on a line of its own");
  }
  TRY(check_keys(*table, file));
  TRY(read_requirements(value, *table, file, build_system));
  TRY(read_backend(*table, file, build_system));
  TRY(read_backend_path(*table, file, source_tree, build_system));
  warn_of_cycle(*table, file, build_system);
  return {};
}

}  // namespace

std::string BuildSystem::backend() const {
  return backend_object.empty() ? backend_module : backend_module + ':' + backend_object;
}

Result<BuildSystem> read_build_system(const fs::path& source_tree, const fs::path& shown) {
  const fs::path& shown_tree = shown.empty() ? source_tree : shown;
  const fs::path file = shown_tree / "pyproject.toml";
  const bool has_setup = is_there(source_tree / "setup.py") || is_there(source_tree / "setup.cfg");
  BuildSystem build_system{.requirements = {},
                           .backend_module = std::string(legacy_module),
                           .backend_object = std::string(legacy_object),
                           .backend_path = {},
                           .is_legacy_default = true,
                           .warnings = {}};
  TRY(const auto text, read_text_file(source_tree / "pyproject.toml", file));
  if (!text) {
    if (!has_setup) {
      return fail(errc::invalid_project,
                  fmt::format("{} does not appear to be a Python project: no pyproject.toml, "
                              "setup.py or setup.cfg",
                              shown_tree.string()),
                  "name the folder that has one of them");
    }
    build_system.requirements.emplace_back(legacy_requirement);
    return build_system;
  }
  const auto document = parse_toml(*text, file.string());
  if (!document) {
    Error why = document.error();
    why.code = errc::invalid_project;
    return std::unexpected(std::move(why));
  }
  warn_of_slips(*document, file, build_system);
  build_system.project_name = project_table(*document).name;
  const TomlEntry* const entry = document->find("build-system");
  if (entry == nullptr) {
    if (!has_setup && document->find("project") == nullptr) {
      build_system.warnings.push_back(fmt::format(
          "{}: there is no [build-system], no [project] and no setup.py: setuptools may "
          "find nothing to build",
          file.string()));
    }
    build_system.requirements.emplace_back(legacy_requirement);
    return build_system;
  }
  TRY(read_table(entry->value, file, source_tree, build_system));
  return build_system;
}

}  // namespace axle::frontend
