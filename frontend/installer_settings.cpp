#include "frontend/installer_settings.hpp"

#include "frontend/file_identity.hpp"
#include "ipc/private_dir.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

/// Those that change nothing of what is installed. What is not listed counts.
constexpr std::array<std::string_view, 48> without_effect{
    "PIP_CACHE_DIR",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_DEBUG",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_DISABLE_PIP_VERSION_CHECK",
    "PIP_DRY_RUN",
    "PIP_EDITABLE",
    "PIP_EXISTS_ACTION",
    "PIP_GROUP",
    "PIP_KEYRING_PROVIDER",
    "PIP_LOG",
    "PIP_NO_CACHE_DIR",
    "PIP_NO_COLOR",
    "PIP_NO_INPUT",
    "PIP_NO_PYTHON_VERSION_WARNING",
    "PIP_PREFIX",
    "PIP_PROGRESS_BAR",
    "PIP_PROXY",
    "PIP_PYTHON",
    "PIP_QUIET",
    "PIP_REPORT",
    "PIP_REQUIREMENT",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_RETRIES",
    "PIP_ROOT",
    "PIP_ROOT_USER_ACTION",
    "PIP_TARGET",
    "PIP_TIMEOUT",
    "PIP_TRUSTED_HOST",
    "PIP_USER",
    "PIP_VERBOSE",
    "UV_API_KEY",
    "UV_AUTH_TOKEN",
    "UV_CACHE_DIR",
    "UV_COMPILE_BYTECODE",
    "UV_DRY_RUN",
    "UV_HTTP_RETRIES",
    "UV_HTTP_TIMEOUT",
    "UV_LINK_MODE",
    "UV_NO_CACHE",
    "UV_NO_PROGRESS",
    "UV_OFFLINE",
    "UV_PREFIX",
    "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "UV_TARGET",
};

/// Their values are files, several with spaces between, whose content counts.
constexpr std::array<std::string_view, 8> with_files{"PIP_BUILD_CONSTRAINT",
                                                     "PIP_CONFIG_FILE",
                                                     "PIP_CONSTRAINT",
                                                     "UV_BUILD_CONSTRAINT",
                                                     "UV_CONFIG_FILE",
                                                     "UV_CONSTRAINT",
                                                     "UV_EXCLUDE",
                                                     "UV_OVERRIDE"};
constexpr std::array<std::string_view, 2> with_places{"PIP_FIND_LINKS", "UV_FIND_LINKS"};

bool contains(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool decides(std::string_view name) {
  if (!name.starts_with("PIP_") && !name.starts_with("UV_")) return false;
  // A password for an index decides whether one may, not what one gets; in CI it is ever another.
  const bool is_credential =
      name.starts_with("UV_INDEX_") && (name.ends_with("_PASSWORD") || name.ends_with("_USERNAME"));
  return !is_credential && !name.starts_with("UV_CONCURRENT_") && !contains(without_effect, name);
}

std::vector<std::string> words_of(const std::string& text, std::string_view separators) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    if (end > begin) words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

std::string content_of(const fs::path& path) {
  constexpr std::size_t most = std::size_t{4} * 1024 * 1024;
  std::error_code error;
  // Most are not there; /dev/null is how others say "none".
  if (!fs::is_regular_file(path, error)) return {};
  // Dotfiles are often links to a repository of them.
  auto text = ipc::read_file(fs::canonical(path, error), most);
  return text ? *std::move(text) : file_identity(path);
}

/// Configuration files that pip and uv look for by themselves.
std::vector<fs::path> configuration_files(const EnvironmentVariables& variables) {
  std::vector<fs::path> files = {"/etc/pip.conf", "/etc/uv/uv.toml"};
  const auto folder = [&](std::string_view name, const std::string& otherwise) {
    const std::string value = variables.value(name).value_or("");
    return value.empty() ? otherwise : value;
  };
  for (const auto& place : words_of(folder("XDG_CONFIG_DIRS", "/etc/xdg"), ":")) {
    files.push_back(fs::path(place) / "pip/pip.conf");
    files.push_back(fs::path(place) / "uv/uv.toml");
  }
  const fs::path home = folder("HOME", "/");
  const fs::path own = folder("XDG_CONFIG_HOME", home / ".config");
  files.push_back(home / ".pip/pip.conf");
  files.push_back(own / "pip/pip.conf");
  files.push_back(own / "uv/uv.toml");
  return files;
}

}  // namespace

std::vector<std::string> installer_settings(const EnvironmentVariables& variables,
                                            const fs::path& folder) {
  std::vector<std::string> settings;
  const auto add = [&](std::string_view what, const std::string& value) {
    settings.push_back(std::string(what) + "=" + value);
  };
  std::vector<std::string> entries = variables.entries();
  std::ranges::sort(entries);
  bool has_path = false;
  for (const std::string& entry : entries) {
    const std::string name = entry.substr(0, entry.find('='));
    if (!decides(name)) continue;
    settings.push_back(entry);
    const std::string value = variables.value(name).value_or("");
    const bool has_files = contains(with_files, name);
    if (!has_files && !contains(with_places, name)) continue;
    has_path = true;
    for (const std::string& word : words_of(value, has_files ? " " : " ,")) {
      const bool is_url = word.starts_with("file://");
      const fs::path path = folder / (is_url ? word.substr(7) : word);
      add(word, has_files ? content_of(path) : file_stamp(path));
    }
  }
  if (has_path) add("folder", folder);
  for (const fs::path& file : configuration_files(variables)) {
    if (const std::string content = content_of(file); !content.empty()) add(file.native(), content);
  }
  for (fs::path above = folder; above.has_relative_path(); above = above.parent_path()) {
    const fs::path uv = above / "uv.toml";
    if (const std::string content = content_of(uv); !content.empty()) add(uv.native(), content);
    const fs::path project = above / "pyproject.toml";
    // Of other tools' tables nothing is at stake.
    const std::string content = content_of(project);
    if (content.find("tool.uv") != std::string::npos) add(project.native(), content);
  }
  return settings;
}

}  // namespace axle::frontend
