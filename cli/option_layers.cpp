#include "cli/option_layers.hpp"

#include "cli/option_names.hpp"
#include "cli/option_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace axle::cli {
namespace {

using frontend::TomlEntry;

std::string place_in(const OptionFile& file, const TomlEntry& entry) {
  return fmt::format("{}:{}:{}: '{}'", file.name, entry.place.line, entry.place.column, entry.key);
}

errc code_of(const OptionFile& file) {
  return file.of == OptionFile::Of::project ? errc::invalid_project : errc::usage;
}

Result<> check_standing(Standing standing, const OptionFile& file, const TomlEntry& entry) {
  if (standing == Standing::command_line) {
    return fail(code_of(file),
                place_in(file, entry) + " can be said on the command line only",
                fmt::format("remove it, and write --{}", entry.key));
  }
  if (standing == Standing::project || file.of == OptionFile::Of::user) return {};
  return fail(code_of(file),
              place_in(file, entry) + " is not for a project to say",
              fmt::format("say it with --{}, with {}, or in axle/axle.toml of your configuration",
                          entry.key,
                          variable_of(entry.key)));
}

/// Of an option that this command has not.
Result<Standing> standing_elsewhere(const OptionFile& file, const TomlEntry& entry) {
  const auto all = options_of_all_commands();
  const auto known = std::ranges::find(all, entry.key, &OptionDescription::name);
  if (known != all.end()) return known->standing;
  std::vector<std::string_view> names;
  for (const OptionDescription& option : all) {
    if (option.standing != Standing::command_line) names.push_back(option.name);
  }
  return fail(code_of(file),
              place_in(file, entry) + " is no option of axle",
              did_you_mean(entry.key, names, "keys are the long names of options"));
}

}  // namespace

OptionForm OptionLayers::Entry::form() const {
  switch (option.value.index()) {
    case 0: return {OptionShape::flag, option.value_name};
    case 1: return {OptionShape::count, option.value_name};
    case 2: return {OptionShape::one, option.value_name};
    default: return {OptionShape::many, option.value_name};
  }
}

bool OptionLayers::Entry::is_on() const {
  const auto* const* flag = std::get_if<bool*>(&option.value);
  const auto* const* times = std::get_if<int*>(&option.value);
  return said != nowhere && (flag == nullptr || **flag) && (times == nullptr || **times > 0);
}

void OptionLayers::add(Option option) {
  entries_.push_back({.option = std::move(option)});
}

const OptionLayers::Entry* OptionLayers::find(std::string_view name) const {
  const auto found = std::ranges::find(
      entries_, name, [](const Entry& entry) -> const std::string& { return entry.option.name; });
  return found == entries_.end() ? nullptr : &*found;
}

OptionLayers::Entry* OptionLayers::find(std::string_view name) {
  return const_cast<Entry*>(std::as_const(*this).find(name));
}

void OptionLayers::said_on_command_line_now(std::string_view name) {
  if (Entry* entry = find(name)) entry->said = 0;
}

Standing OptionLayers::standing(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr ? Standing::command_line : entry->option.standing;
}

std::string OptionLayers::origin(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr || entry->origin.empty() ? fmt::format("--{}", name) : entry->origin;
}

bool OptionLayers::said_on_command_line(std::string_view name) const {
  const Entry* entry = find(name);
  return entry != nullptr && entry->said == 0;
}

errc OptionLayers::code(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr ? errc::usage : entry->code;
}

bool OptionLayers::gives_way(const Entry& entry, std::size_t layer) const {
  return std::ranges::any_of(exclusions_, [&](const Exclusion& exclusion) {
    const std::string& name = entry.option.name;
    if (name != exclusion.one && name != exclusion.other) return false;
    const Entry* rival = find(name == exclusion.one ? exclusion.other : exclusion.one);
    return rival != nullptr && rival->said < layer && rival->is_on();
  });
}

void OptionLayers::put(Entry& entry, std::vector<std::string> words) {
  if (auto* flag = std::get_if<bool*>(&entry.option.value)) {
    **flag = words.at(0) == "true";
    Entry* opposite = **flag ? nullptr : find("no-" + entry.option.name);
    if (opposite != nullptr && opposite->said == nowhere) {
      *std::get<bool*>(opposite->option.value) = true;
      opposite->said = entry.said;
      opposite->origin = entry.origin;
    }
  } else if (auto* times = std::get_if<int*>(&entry.option.value)) {
    **times = std::stoi(words.at(0));
  } else if (auto* one = std::get_if<std::string*>(&entry.option.value)) {
    **one = std::move(words.at(0));
  } else {
    auto& all = *std::get<std::vector<std::string>*>(entry.option.value);
    std::ranges::move(words, std::back_inserter(all));
  }
}

Result<> OptionLayers::fill_from_environment() {
  constexpr std::size_t layer = 1;
  for (Entry& entry : entries_) {
    if (entry.option.standing == Standing::command_line) continue;
    const std::string variable = variable_of(entry.option.name);
    const char* text = std::getenv(variable.c_str());
    if (text == nullptr || text[0] == '\0') continue;
    if (entry.said != nowhere && !entry.option.gathers_all) continue;
    if (gives_way(entry, layer)) continue;
    auto words = words_of_variable(entry.form(), text);
    if (!words) {
      words.error().message = fmt::format("{} {}", variable, words.error().message);
      return std::unexpected(std::move(words).error());
    }
    if (entry.said == nowhere) {
      entry.said = layer;
      entry.origin = variable;
    }
    put(entry, *std::move(words));
  }
  return {};
}

Result<> OptionLayers::fill_from(const OptionFile& file, std::size_t layer) {
  for (const TomlEntry& said : file.options.entries) {
    Entry* entry = find(said.key);
    TRY(const auto standing,
        entry == nullptr ? standing_elsewhere(file, said)
                         : Result<Standing>(entry->option.standing));
    TRY(check_standing(standing, file, said));
    if (entry == nullptr) continue;  // another command's
    auto words = words_of_file(entry->form(), said.value, file);
    if (!words) {
      Error& error = words.error();
      return fail(code_of(file),
                  fmt::format("{} {}", place_in(file, said), error.message),
                  std::move(error.hint));
    }
    // Checked also where it does not count.
    if (entry->said != nowhere && !entry->option.gathers_all) continue;
    if (gives_way(*entry, layer)) continue;
    if (entry->said == nowhere) {
      entry->said = layer;
      entry->origin = place_in(file, said);
      entry->code = code_of(file);
    }
    put(*entry, *std::move(words));
  }
  return {};
}

Result<> OptionLayers::check_exclusions() const {
  for (const Exclusion& exclusion : exclusions_) {
    const Entry* one = find(exclusion.one);
    const Entry* other = find(exclusion.other);
    if (!exclusion.is_error || one == nullptr || other == nullptr) continue;
    if (!one->is_on() || !other->is_on()) continue;
    return fail(
        one->code,
        fmt::format("{} and {} exclude each other", origin(exclusion.one), origin(exclusion.other)),
        exclusion.hint);
  }
  return {};
}

Result<> OptionLayers::fill(const OptionFiles& files) {
  TRY(fill_from_environment());
  std::size_t layer = 2;
  for (const OptionFile& file : files) {
    TRY(fill_from(file, layer++));
  }
  return check_exclusions();
}

}  // namespace axle::cli
