#include "cli/option_files.hpp"

#include "frontend/environment_variables.hpp"
#include "frontend/text_file.hpp"

#include <fmt/format.h>

#include <string_view>
#include <system_error>
#include <utility>

namespace axle::cli {
namespace {

namespace fs = std::filesystem;
using frontend::TomlEntry;
using frontend::TomlTable;

/// The table that the keys lead to, one in the other; nullptr where there is none.
Result<const TomlTable*> table_at(const TomlTable& document,
                                  std::initializer_list<std::string_view> keys,
                                  const std::string& file) {
  const TomlTable* table = &document;
  for (const std::string_view key : keys) {
    const TomlEntry* entry = table->find(key);
    if (entry == nullptr) return nullptr;
    table = std::get_if<TomlTable>(&entry->value.data);
    if (table != nullptr) continue;
    return fail(
        errc::usage,
        fmt::format(
            "{}:{}:{}: '{}' has to be a table", file, entry->place.line, entry->place.column, key),
        "write [tool.axle] on a line of its own");
  }
  return table;
}

Result<OptionFiles> in_project(const fs::path& source) {
  OptionFiles files;
  std::error_code error;
  const fs::path folder = fs::canonical(source, error);
  if (error || !fs::is_directory(folder, error)) return files;
  const fs::path own = source / "axle.toml";
  TRY(const auto text, frontend::read_text_file(own));
  if (text) {
    TRY(auto table, frontend::parse_toml(*text, own.string()));
    files.push_back({own.string(), folder, std::move(table), OptionFile::Of::project});
  }
  const fs::path shared = source / "pyproject.toml";
  const auto shared_text = frontend::read_text_file(shared);
  // What is wrong with it otherwise is told by the build.
  if (!shared_text || !*shared_text || !(*shared_text)->contains("axle")) return files;
  const auto document = frontend::parse_toml(**shared_text, shared.string());
  if (!document) return files;
  TRY(const TomlTable* table, table_at(*document, {"tool", "axle"}, shared.string()));
  if (table != nullptr) {
    files.push_back({shared.string(), folder, *table, OptionFile::Of::project});
  }
  return files;
}

}  // namespace

Result<OptionFiles> project_files(const fs::path& source) {
  auto files = in_project(source);
  if (!files && files.error().code != errc::internal) files.error().code = errc::invalid_project;
  return files;
}

Result<OptionFiles> user_files() {
  const auto variables = frontend::EnvironmentVariables::current();
  fs::path folder = variables.value("XDG_CONFIG_HOME").value_or("");
  if (!folder.is_absolute()) {
    const fs::path home = variables.value("HOME").value_or("");
    if (!home.is_absolute()) return OptionFiles{};
    folder = home / ".config";
  }
  folder /= "axle";
  const fs::path file = folder / "axle.toml";
  auto text = frontend::read_text_file(file);
  if (!text) {
    text.error().code = errc::usage;
    return std::unexpected(std::move(text).error());
  }
  if (!*text) return OptionFiles{};
  TRY(auto table, frontend::parse_toml(**text, file.string()));
  return OptionFiles{{file.string(), folder, std::move(table), OptionFile::Of::user}};
}

}  // namespace axle::cli
