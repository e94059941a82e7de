#include "frontend/python_search.hpp"

#include "frontend/environment_variables.hpp"
#include "frontend/python_version.hpp"
#include "ipc/child_process.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

/// "python3.12", and not "python3.12-config".
bool is_name_of_python(std::string_view name) {
  if (name == "python3" || name == "python") return true;
  if (!name.starts_with("python3.")) return false;
  name.remove_prefix(8);
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The programs in a folder, python3 first, then the newest.
std::vector<fs::path> pythons_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (is_name_of_python(path.filename().native()) && ::access(path.c_str(), X_OK) == 0) {
      found.push_back(path);
    }
  }
  const auto rank = [](const fs::path& path) {
    const std::string name = path.filename();
    return name.size() <= 8 ? 1000 - static_cast<int>(8 - name.size()) : std::stoi(name.substr(8));
  };
  std::ranges::sort(found, std::greater(), rank);
  return found;
}

/// `bin/python3` of each folder below `root`.
std::vector<fs::path> versions_below(const fs::path& root) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path python = entry->path() / "bin/python3";
    if (::access(python.c_str(), X_OK) == 0) found.push_back(python);
  }
  // Their names begin alike, but for the numbers: "3.9.18" is older than "3.12.1".
  std::ranges::sort(found, [](const fs::path& a, const fs::path& b) {
    return ::strverscmp(a.c_str(), b.c_str()) > 0;
  });
  return found;
}

std::vector<fs::path> all_pythons() {
  const auto variables = EnvironmentVariables::current();
  std::vector<fs::path> all;
  const std::string search_path = variables.search_path();
  for (std::size_t begin = 0; begin < search_path.size();) {
    const std::size_t end = std::min(search_path.find(':', begin), search_path.size());
    const fs::path folder = search_path.substr(begin, end - begin);
    if (folder.is_absolute()) std::ranges::move(pythons_in(folder), std::back_inserter(all));
    begin = end + 1;
  }
  const fs::path home = variables.value("HOME").value_or("");
  const auto folder = [&](std::string_view name, const fs::path& otherwise) -> fs::path {
    const std::string value = variables.value(name).value_or("");
    return value.empty() ? otherwise : fs::path(value);
  };
  const fs::path pyenv = folder("PYENV_ROOT", home / ".pyenv") / "versions";
  const fs::path uv = folder("UV_PYTHON_INSTALL_DIR", home / ".local/share/uv/python");
  for (const fs::path& root : {pyenv, uv}) {
    std::ranges::move(versions_below(root), std::back_inserter(all));
  }
  return all;
}

}  // namespace

Result<Interpreter> find_python_of_version(const std::string& wish,
                                           const Cancellation& cancellation) {
  TRY(const bool is_readable, fits_python("3.0.0", wish));
  static_cast<void>(is_readable);
  std::set<fs::path> seen;
  std::vector<std::string> found;
  for (const fs::path& program : all_pythons()) {
    std::error_code error;
    const fs::path real = fs::canonical(program, error);
    if (error || !seen.insert(real).second) continue;
    auto interpreter = find_interpreter(program.string(), cancellation);
    if (!interpreter) {
      if (interpreter.error().code == errc::cancelled) return interpreter;
      continue;  // a stand-in for one that is not installed, or too old a one
    }
    TRY(const bool fits, fits_python(interpreter->version, wish));
    if (fits) return interpreter;
    found.push_back(fmt::format("{} ({})", interpreter->version, interpreter->executable.string()));
  }
  std::ranges::sort(found);
  const auto repeated = std::ranges::unique(found);
  found.erase(repeated.begin(), repeated.end());
  return fail(errc::environment_failed,
              fmt::format("there is no Python {} here; {}",
                          wish,
                          found.empty() ? std::string("there is none at all")
                                        : fmt::format("found: {}", fmt::join(found, ", "))),
              "Install it, or name another version, or the path of an interpreter.");
}

}  // namespace axle::frontend
