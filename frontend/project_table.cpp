#include "frontend/project_table.hpp"

#include "frontend/toml_value.hpp"
#include "ipc/private_dir.hpp"

#include <cstddef>
#include <system_error>

namespace axle::frontend {
namespace {

constexpr std::size_t most_bytes = std::size_t{4} << 20;

std::string text_of(const TomlTable& table, std::string_view key) {
  const TomlEntry* entry = table.find(key);
  const auto* text = entry == nullptr ? nullptr : std::get_if<std::string>(&entry->value.data);
  return text == nullptr ? std::string() : *text;
}

}  // namespace

ProjectTable read_project_table(const std::filesystem::path& source_tree) {
  std::error_code error;
  const auto file = std::filesystem::canonical(source_tree / "pyproject.toml", error);
  if (error) return {};
  const auto text = ipc::read_file(file, most_bytes);
  if (!text || !text->contains("project")) return {};
  const auto document = parse_toml(*text, file.native());
  const TomlEntry* entry = document ? document->find("project") : nullptr;
  const auto* table = entry == nullptr ? nullptr : std::get_if<TomlTable>(&entry->value.data);
  if (table == nullptr) return {};
  return {.name = text_of(*table, "name"),
          .version = text_of(*table, "version"),
          .requires_python = text_of(*table, "requires-python")};
}

}  // namespace axle::frontend
