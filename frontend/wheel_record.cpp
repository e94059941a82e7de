#include "frontend/wheel_record.hpp"

#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace axle::frontend {
namespace {

/// RECORD cannot have its own hash, and signatures of it come later.
bool is_beyond_record(std::string_view name, std::string_view dist_info) {
  constexpr std::array<std::string_view, 3> names = {"RECORD", "RECORD.jws", "RECORD.p7s"};
  return name.starts_with(dist_info) && name.substr(dist_info.size()).starts_with('/') &&
         std::ranges::find(names, name.substr(dist_info.size() + 1)) != names.end();
}

/// What is wrong with what a row, of three fields, says of `file`.
std::optional<std::string> contradiction(const std::vector<std::string>& row,
                                         const WheelFile& file) {
  const std::string_view hash = row[1];
  const std::string_view algorithm = hash.substr(0, hash.find('='));
  std::string_view digest = hash.substr(std::min(hash.size(), algorithm.size() + 1));
  while (digest.ends_with('=')) digest.remove_suffix(1);
  if (!hash.empty() && algorithm != "sha256" && algorithm != "sha384" && algorithm != "sha512") {
    return fmt::format("has a hash of '{}' by '{}' in RECORD, and sha256 or better is expected",
                       printable(file.name),
                       printable(algorithm));
  }
  if (algorithm == "sha256" && digest != file.sha256) {
    return fmt::format("has another hash of '{}' in RECORD than the file itself, sha256={}",
                       printable(file.name),
                       file.sha256);
  }
  if (!row[2].empty() && row[2] != std::to_string(file.size)) {
    return fmt::format("has '{}' with {} bytes, of which RECORD says {}",
                       printable(file.name),
                       file.size,
                       printable(row[2]));
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::vector<std::string>> parse_csv(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  std::string field;
  bool quoted = false;
  bool has_any = false;
  const auto end_row = [&] {
    if (has_any) {
      row.push_back(std::move(field));
      rows.push_back(std::move(row));
    }
    field.clear();
    row.clear();
    has_any = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += text[++i];
      } else {
        quoted = false;
      }
      continue;
    }
    if (c == '\n' || c == '\r') {
      end_row();
      continue;
    }
    has_any = true;
    if (c == '"' && field.empty()) {
      quoted = true;
    } else if (c == ',') {
      row.push_back(std::move(field));
      field.clear();
    } else {
      field += c;
    }
  }
  end_row();
  return rows;
}

RecordFindings examine_record(std::string_view record,
                              std::span<const WheelFile> files,
                              std::string_view dist_info) {
  RecordFindings findings;
  const auto contradicted = [&](std::string why) {
    findings.contradiction = std::move(why);
    return findings;
  };
  std::unordered_map<std::string_view, const WheelFile*> unmentioned;
  std::unordered_map<std::string_view, const WheelFile*> there;
  for (const WheelFile& file : files) {
    there.insert_or_assign(file.name, &file);
    if (!is_beyond_record(file.name, dist_info)) unmentioned.emplace(file.name, &file);
  }
  for (const auto& row : parse_csv(record)) {
    const std::string& name = row.front();
    if (is_beyond_record(name, dist_info)) continue;
    const auto file = there.find(name);
    if (file == there.end()) {
      return contradicted(fmt::format("has '{}' in RECORD, but no such file", printable(name)));
    }
    if (row.size() != 3) {
      return contradicted(fmt::format(
          "has a row of {} fields instead of 3 for '{}' in RECORD", row.size(), printable(name)));
    }
    if (auto wrong = contradiction(row, *file->second)) return contradicted(*std::move(wrong));
    if (!findings.unhashed && row[1].empty()) findings.unhashed = name;
    unmentioned.erase(name);
  }
  if (unmentioned.empty()) return findings;
  const auto first =
      std::ranges::min_element(unmentioned, {}, [](const auto& entry) { return entry.first; });
  return contradicted(fmt::format("has '{}', but not in RECORD", printable(first->first)));
}

}  // namespace axle::frontend
