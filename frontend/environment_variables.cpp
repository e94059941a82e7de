#include "frontend/environment_variables.hpp"

#include <unistd.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace axle::frontend {
namespace {

std::string_view name_of(std::string_view entry) {
  return entry.substr(0, entry.find('='));
}

}  // namespace

EnvironmentVariables EnvironmentVariables::current() {
  std::vector<std::string> entries;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    entries.emplace_back(*entry);
  }
  return EnvironmentVariables(entries);
}

EnvironmentVariables::EnvironmentVariables(std::span<const std::string> entries) {
  std::unordered_set<std::string_view> names(entries.size());
  entries_.reserve(entries.size());
  for (const std::string& entry : entries) {
    if (names.insert(name_of(entry)).second) entries_.push_back(entry);
  }
}

std::optional<std::string> EnvironmentVariables::value(std::string_view name) const {
  const auto entry = find(name);
  if (entry == entries_.end() || entry->size() == name.size()) return std::nullopt;
  return entry->substr(name.size() + 1);
}

void EnvironmentVariables::set(std::string_view name, std::string_view value) {
  remove({name});
  entries_.push_back(std::string(name) + "=" + std::string(value));
}

void EnvironmentVariables::remove(std::initializer_list<std::string_view> names) {
  std::erase_if(entries_, [&](const std::string& entry) {
    return std::ranges::find(names, name_of(entry)) != names.end();
  });
}

std::string EnvironmentVariables::search_path() const {
  const std::string path = value("PATH").value_or("");
  return path.empty() ? "/usr/local/bin:/usr/bin:/bin" : path;
}

void EnvironmentVariables::put_first_on_path(const std::string& folder) {
  set("PATH", folder + ":" + search_path());
}

std::map<std::string, std::string> EnvironmentVariables::as_map() const {
  std::map<std::string, std::string> map;
  for (const std::string& entry : entries_) {
    // One without "=" is no variable: nobody can read it.
    const std::string_view name = name_of(entry);
    if (name.size() < entry.size()) map.emplace(name, entry.substr(name.size() + 1));
  }
  return map;
}

std::vector<std::string>::const_iterator EnvironmentVariables::find(std::string_view name) const {
  return std::ranges::find(entries_, name, name_of);
}

}  // namespace axle::frontend
