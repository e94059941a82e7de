#include "frontend/build_system.hpp"

#include "frontend/build_cycle.hpp"
#include "frontend/utf8.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
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
constexpr std::size_t most_bytes = 4U << 20;

std::string place(const fs::path& file, const toml::source_region& region) {
  return fmt::format("{}:{}:{}", file.string(), region.begin.line, region.begin.column);
}

std::unexpected<Error> invalid(const fs::path& file,
                               const toml::source_region& region,
                               std::string_view what,
                               std::string hint = {}) {
  return fail(
      errc::invalid_project, fmt::format("{}: {}", place(file, region), what), std::move(hint));
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// The text of `file`, which messages call `shown`; nothing if there is no such file.
Result<std::optional<std::string>> read_text(const fs::path& file, const fs::path& shown) {
  std::error_code error;
  const bool is_link = fs::is_symlink(file, error);
  const fs::path target = fs::canonical(file, error);
  if (error == std::errc::no_such_file_or_directory && !is_link) return std::nullopt;
  if (error) {
    return fail(errc::invalid_project,
                fmt::format("cannot read {}: {}{}",
                            shown.string(),
                            error.message(),
                            is_link ? " (it is a symbolic link)" : ""));
  }
  auto text = ipc::read_file(target, most_bytes);
  if (!text) {
    return fail(
        errc::invalid_project,
        (is_link || shown != file ? shown.string() + ": " : std::string()) + text.error().message);
  }
  return *std::move(text);
}

Result<toml::table> parse(const std::string& text, const fs::path& file) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    return invalid(file,
                   error.source(),
                   error.description(),
                   "pyproject.toml has to be valid TOML, see https://toml.io");
  }
}

/// How many characters to insert, remove, replace or swap with their neighbour until `a` is `b`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const std::size_t same = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + same});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

/// Whether `key` may be a slip for `intended`: nearly the same, whatever its case and hyphens.
bool resembles(std::string_view key, std::string_view intended) {
  if (key.size() > 2 * intended.size()) return false;
  std::string plain(key);
  std::ranges::transform(plain, plain.begin(), [](char c) {
    if (c == '_' || c == '.' || c == ' ') return '-';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return distance(plain, intended) <= std::max<std::size_t>(2, intended.size() / 4);
}

Result<> check_keys(const toml::table& table, const fs::path& file) {
  for (const auto& [key, value] : table) {
    if (std::ranges::find(known_keys, key.str()) != known_keys.end()) continue;
    const auto* const nearest = std::ranges::find_if(
        known_keys, [&](std::string_view known) { return resembles(key.str(), known); });
    return invalid(file,
                   key.source(),
                   fmt::format("[build-system] has no key '{}'", printable(key.str())),
                   nearest != known_keys.end()
                       ? fmt::format("did you mean '{}'?", *nearest)
                       : "its keys are 'requires', 'build-backend' and 'backend-path'");
  }
  return {};
}

/// The strings of the list `key`; nothing if there is no such key. `accept(string, source)` is a
/// Result<> on each of them.
template <class Accept>
Result<> each_string(const toml::table& table,
                     std::string_view key,
                     const fs::path& file,
                     Accept accept) {
  const toml::node* const node = table.get(key);
  const auto refuse = [&](const toml::node& wrong) {
    return invalid(file,
                   wrong.source(),
                   fmt::format("'{}' has to be a list of strings", key),
                   fmt::format("write it as {} = [\"...\"]", key));
  };
  const toml::array* const list = node->as_array();
  if (list == nullptr) return refuse(*node);
  for (const toml::node& element : *list) {
    const auto* const text = element.as_string();
    if (text == nullptr) return refuse(element);
    TRY(accept(text->get(), element.source()));
  }
  return {};
}

/// A requirement begins with a name (PEP 508). The rest is checked by who installs it; the
/// beginning and the line are checked here, because it must not become an option or a line of the
/// installer's.
bool may_be_requirement(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return false;
  const char c = text[first];
  const bool is_name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return is_name && std::ranges::none_of(text, [](char any) {
           return (static_cast<unsigned char>(any) < ' ' && any != '\t') || any == '\x7f';
         });
}

Result<> read_requirements(const toml::table& table,
                           const fs::path& file,
                           BuildSystem& build_system) {
  if (!table.contains("requires")) {
    return invalid(file,
                   table.source(),
                   "[build-system] has no 'requires', which is mandatory",
                   "list what the build needs: requires = [\"setuptools >= 40.8.0\"]");
  }
  return each_string(
      table,
      "requires",
      file,
      [&](const std::string& text, const toml::source_region& source) -> Result<> {
        if (!may_be_requirement(text)) {
          return invalid(file,
                         source,
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

Result<> read_backend(const toml::table& table, const fs::path& file, BuildSystem& build_system) {
  const toml::node* const node = table.get("build-backend");
  if (node == nullptr) return {};
  const auto* const text = node->as_string();
  if (text == nullptr) {
    return invalid(file,
                   node->source(),
                   "'build-backend' has to be a string",
                   "name a module: build-backend = \"hatchling.build\"");
  }
  const std::string& backend = text->get();
  const std::size_t colon = backend.find(':');
  build_system.backend_module = backend.substr(0, colon);
  build_system.backend_object = colon == std::string::npos ? "" : backend.substr(colon + 1);
  build_system.is_legacy_default = false;
  if (!is_dotted_name(build_system.backend_module) ||
      (colon != std::string::npos && !is_dotted_name(build_system.backend_object))) {
    return invalid(file,
                   node->source(),
                   fmt::format("the build backend '{}' is not 'module' or 'module:object'",
                               printable(backend)),
                   "both are Python names, dotted where need be: \"flit_core.buildapi\"");
  }
  return {};
}

/// "backend-path" refers to "a location within the source tree (after relative paths and symbolic
/// links have been resolved)" (PEP 517).
Result<fs::path> resolve_backend_path(const std::string& entry, const fs::path& root) {
  const auto refuse = [&](std::string_view why, std::string hint) {
    return fail(errc::invalid_project,
                fmt::format("the backend-path '{}' {}", printable(entry), why),
                std::move(hint));
  };
  if (entry.find('\0') != std::string::npos) return refuse("has a NUL", {});
  if (fs::path(entry).is_absolute()) {
    return refuse("is absolute", "name a folder relative to pyproject.toml, such as \".\"");
  }
  std::error_code error;
  fs::path resolved = fs::canonical(root / entry, error);
  if (error || !fs::is_directory(resolved, error)) {
    return refuse("is not a folder of the source tree",
                  "it is relative to pyproject.toml; was it left out of the sdist?");
  }
  // By components: a sibling whose name begins like ours is outside, too.
  const auto [in_root, in_resolved] = std::ranges::mismatch(root, resolved);
  if (in_root != root.end()) {
    return refuse("leads out of the source tree", "an in-tree backend is inside of its project");
  }
  return resolved;
}

Result<> read_backend_path(const toml::table& table,
                           const fs::path& file,
                           const fs::path& source_tree,
                           BuildSystem& build_system) {
  if (!table.contains("backend-path")) return {};
  std::error_code error;
  const fs::path root = fs::canonical(source_tree, error);
  if (error) {
    return fail(errc::invalid_project,
                fmt::format("cannot resolve {}: {}", source_tree.string(), error.message()));
  }
  return each_string(table,
                     "backend-path",
                     file,
                     [&](const std::string& entry, const toml::source_region& source) -> Result<> {
                       auto resolved = resolve_backend_path(entry, root);
                       if (!resolved) {
                         Error& why = resolved.error();
                         return invalid(file, source, why.message, std::move(why.hint));
                       }
                       build_system.backend_path.push_back(*std::move(resolved));
                       return {};
                     });
}

void warn_of_slips(const toml::table& document, const fs::path& file, BuildSystem& build_system) {
  for (const auto& [key, value] : document) {
    if (key == "build-system" || !resembles(key.str(), "build-system")) continue;
    build_system.warnings.push_back(fmt::format("{}: '{}' is ignored: did you mean [build-system]?",
                                                place(file, key.source()),
                                                printable(key.str())));
  }
}

void warn_of_cycle(const toml::table& table, const fs::path& file, BuildSystem& build_system) {
  const auto cycle = describe_cycle(build_system.project_name, build_system.requirements);
  if (!cycle) return;
  build_system.warnings.push_back(
      fmt::format("{}: {}", place(file, table.get("requires")->source()), *cycle));
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
  TRY(const auto text, read_text(source_tree / "pyproject.toml", file));
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
  TRY(const auto document, parse(*text, file));
  warn_of_slips(document, file, build_system);
  build_system.project_name = document["project"]["name"].value_or(std::string());
  const toml::node* const node = document.get("build-system");
  if (node == nullptr) {
    if (!has_setup && !document.contains("project")) {
      build_system.warnings.push_back(fmt::format(
          "{}: there is no [build-system], no [project] and no setup.py: setuptools may "
          "find nothing to build",
          file.string()));
    }
    build_system.requirements.emplace_back(legacy_requirement);
    return build_system;
  }
  const toml::table* const table = node->as_table();
  if (table == nullptr) {
    return invalid(file,
                   node->source(),
                   "'build-system' has to be a table",
                   "write [build-system] on a line of its own");
  }
  TRY(check_keys(*table, file));
  TRY(read_requirements(*table, file, build_system));
  TRY(read_backend(*table, file, build_system));
  TRY(read_backend_path(*table, file, source_tree, build_system));
  warn_of_cycle(*table, file, build_system);
  return build_system;
}

}  // namespace axle::frontend
