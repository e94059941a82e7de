#include "frontend/project_table.hpp"

#include "frontend/text_file.hpp"
#include "frontend/toml_value.hpp"

namespace axle::frontend {
namespace {

std::string text_of(const TomlTable& table, std::string_view key) {
  const TomlEntry* entry = table.find(key);
  const auto* text = entry == nullptr ? nullptr : std::get_if<std::string>(&entry->value.data);
  return text == nullptr ? std::string() : *text;
}

}  // namespace

ProjectTable project_table(const TomlTable& document) {
  const TomlEntry* entry = document.find("project");
  const auto* table = entry == nullptr ? nullptr : std::get_if<TomlTable>(&entry->value.data);
  if (table == nullptr) return {};
  return {.name = text_of(*table, "name"),
          .version = text_of(*table, "version"),
          .requires_python = text_of(*table, "requires-python")};
}

ProjectTable read_project_table(const std::filesystem::path& source_tree) {
  const std::filesystem::path file = source_tree / "pyproject.toml";
  const auto text = read_text_file(file);
  if (!text || !*text || !(*text)->contains("project")) return {};
  const auto document = parse_toml(**text, file.native());
  return document ? project_table(*document) : ProjectTable{};
}

}  // namespace axle::frontend
