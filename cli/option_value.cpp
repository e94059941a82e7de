#include "cli/option_value.hpp"

#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace axle::cli {
namespace {

namespace fs = std::filesystem;
using frontend::printable;
using frontend::TomlArray;
using frontend::TomlEntry;
using frontend::TomlScalar;
using frontend::TomlTable;
using frontend::TomlValue;
using Words = std::vector<std::string>;

constexpr std::array<std::string_view, 4> yes{"1", "true", "yes", "on"};
constexpr std::array<std::string_view, 4> no{"0", "false", "no", "off"};

std::optional<bool> truth_of(std::string_view text) {
  if (std::ranges::find(yes, text) != yes.end()) return true;
  if (std::ranges::find(no, text) != no.end()) return false;
  return std::nullopt;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<Words> shell_words(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  Words words;
  std::optional<std::string> word;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (space.contains(c)) {
      if (word) words.push_back(*std::exchange(word, std::nullopt));
      continue;
    }
    if (!word) word.emplace();
    if (c == '\\') {
      if (++i == text.size()) return fail(errc::usage, "ends with a backslash");
      *word += text[i];
    } else if (c == '\'' || c == '"') {
      const char quote = c;
      for (++i; i < text.size() && text[i] != quote; ++i) {
        if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) ++i;
        *word += text[i];
      }
      if (i >= text.size()) return fail(errc::usage, fmt::format("has no closing {}", quote));
    } else {
      *word += c;
    }
  }
  if (word) words.push_back(*std::move(word));
  return words;
}

Result<std::string> placed(const OptionForm& form, std::string text, const OptionFile& file) {
  const bool is_url = text.contains("://");
  const bool is_descriptor =
      text.starts_with("fd:") || text.find_first_not_of("0123456789") == text.npos;
  const std::string& name = form.value_name;
  const bool is_path = name == "DIR" || name == "FILE" || (name == "PATH|URL" && !is_url) ||
                       (name == "FILE|FD" && !is_descriptor) ||
                       (name == "PATH" && text.contains('/'));
  if (!is_path || text.empty()) return text;
  const fs::path place = (file.folder / text).lexically_normal();
  if (file.of == OptionFile::Of::user) return place.string();
  std::error_code error;
  const fs::path resolved = fs::weakly_canonical(place, error);
  const auto [in_folder, in_resolved] = std::ranges::mismatch(file.folder, resolved);
  if (!error && !fs::path(text).is_absolute() && in_folder == file.folder.end()) {
    return place.string();
  }
  return fail(errc::usage,
              fmt::format("\"{}\" leads out of the project", printable(text)),
              "a project's file names places inside of the project only");
}

std::unexpected<Error> of_wrong_type(const TomlValue& value, std::string_view wanted) {
  return fail(errc::usage, fmt::format("has to be {}, not {}", wanted, frontend::kind_of(value)));
}

/// A string, or what is written without quotes.
std::optional<std::string> text_of(const TomlValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text;
  const auto* scalar = std::get_if<TomlScalar>(&value.data);
  if (scalar == nullptr) return std::nullopt;
  std::string text = scalar->json.text;
  if (text.starts_with('"')) text = text.substr(1, text.size() - 2);  // a date
  return text;
}

Result<> add_words(const OptionForm& form,
                   const std::string& before,
                   const TomlValue& value,
                   const OptionFile& file,
                   Words& words) {
  if (const auto* list = std::get_if<TomlArray>(&value.data)) {
    for (const TomlValue& element : *list) {
      if (!text_of(element)) return of_wrong_type(element, "a string");
      TRY(add_words(form, before, element, file, words));
    }
    return {};
  }
  if (const auto* table = std::get_if<TomlTable>(&value.data)) {
    const bool may_be = before.empty() || before.ends_with(':');
    if (!form.value_name.contains("KEY") || !may_be) {
      return of_wrong_type(value, "a string or a list of strings");
    }
    for (const TomlEntry& entry : table->entries) {
      const bool nested = std::holds_alternative<TomlTable>(entry.value.data);
      if (nested && !form.value_name.contains(':')) {
        return fail(errc::usage,
                    fmt::format("has a table in '{}'", printable(entry.key)),
                    "what is nested goes into 'config-json'");
      }
      const std::string own = before + entry.key + (nested ? ":" : "=");
      TRY(add_words(form, own, entry.value, file, words));
    }
    return {};
  }
  const auto text = text_of(value);
  if (!text) return of_wrong_type(value, "a string");
  TRY(auto whole, placed(form, *text, file));
  words.push_back(before + whole);
  return {};
}

}  // namespace

std::string variable_of(std::string_view option) {
  std::string name = "AXLE_";
  for (const char c : option) {
    name += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

Result<Words> words_of_variable(const OptionForm& form, std::string_view text) {
  const auto truth = truth_of(text);
  switch (form.shape) {
    case OptionShape::flag:
      if (truth) return Words{*truth ? "true" : "false"};
      return fail(errc::usage, fmt::format("cannot be \"{}\"", printable(text)), "1 or 0");
    case OptionShape::count:
      if (is_number(text)) return Words{std::string(text)};
      if (truth) return Words{*truth ? "1" : "0"};
      return fail(errc::usage, fmt::format("cannot be \"{}\"", printable(text)), "a number");
    case OptionShape::one: return Words{std::string(text)};
    case OptionShape::many: return shell_words(text);
  }
  return Words{};
}

Result<Words> words_of_file(const OptionForm& form,
                            const TomlValue& value,
                            const OptionFile& file) {
  Words words;
  switch (form.shape) {
    case OptionShape::flag: {
      const auto* truth = std::get_if<bool>(&value.data);
      if (truth == nullptr) return of_wrong_type(value, "true or false");
      return Words{*truth ? "true" : "false"};
    }
    case OptionShape::count: {
      const auto* number = std::get_if<TomlScalar>(&value.data);
      if (number == nullptr || !is_number(number->json.text)) {
        return of_wrong_type(value, "a small number");
      }
      return Words{number->json.text};
    }
    case OptionShape::one: {
      if (std::holds_alternative<TomlTable>(value.data) && form.value_name == "OBJECT") {
        return Words{frontend::json_of(value).text};
      }
      const auto text = text_of(value);
      if (!text) return of_wrong_type(value, "a string");
      TRY(auto whole, placed(form, *text, file));
      return Words{std::move(whole)};
    }
    case OptionShape::many: {
      TRY(add_words(form, {}, value, file, words));
      return words;
    }
  }
  return words;
}

}  // namespace axle::cli
