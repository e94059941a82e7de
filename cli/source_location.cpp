#include "cli/source_location.hpp"

#include "ipc/outcome.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>

namespace axle::cli {
namespace {

using std::filesystem::path;

// The number that `text` begins with; 0: none.
int leading_number(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return std::max(number, 0);
}

struct Frame {
  std::string_view file;
  int line = 0;
  std::string_view function;
};

// Of `  File "setup.py", line 3, in <module>`; of a syntax error the end is missing.
std::optional<Frame> frame_of(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" |"), line.size()));  // "|": in a group
  constexpr std::string_view opening = "File \"";
  constexpr std::string_view middle = "\", line ";
  constexpr std::string_view end = ", in ";
  const std::size_t after = line.rfind(middle);
  if (!line.starts_with(opening) || after == line.npos || after < opening.size()) return {};
  Frame frame{.file = line.substr(opening.size(), after - opening.size()),
              .line = leading_number(line.substr(after + middle.size())),
              .function = {}};
  if (const std::size_t in = line.find(end, after); in != line.npos) {
    frame.function = line.substr(in + end.size());
  }
  return frame;
}

// `file` relative to the tree, if it is a file of the project.
std::optional<path> beneath(const path& tree, const path& file) {
  constexpr std::string_view unpacked = "axle-sdist-";
  path relative;
  if (file.is_relative()) {
    relative = file.lexically_normal();
  } else {
    const auto is_unpacked = [&](const path& part) { return part.native().starts_with(unpacked); };
    const auto folder = std::find_if(file.begin(), file.end(), is_unpacked);
    if (folder != file.end() && std::next(folder) != file.end()) {
      // After the folder of the sdist.
      for (auto part = std::next(folder, 2); part != file.end(); ++part) relative /= *part;
    } else {
      relative = file.lexically_relative(tree);
    }
  }
  if (relative.empty()) return {};
  for (const path& part : relative) {
    if (part == ".." || part == "site-packages" || part == "dist-packages") return {};
  }
  std::error_code error;
  if (!std::filesystem::is_regular_file(tree / relative, error)) return {};
  return relative;
}

std::optional<SourceLocation> location_in_message(std::string_view message, const path& tree) {
  constexpr std::string_view name = "pyproject.toml";
  const std::size_t at = message.find(name);
  if (at == message.npos || !beneath(tree, name)) return {};
  const std::string_view rest = message.substr(at + name.size());
  return SourceLocation{.file = name,
                        .line = rest.starts_with(':') ? leading_number(rest.substr(1)) : 0};
}

}  // namespace

std::optional<SourceLocation> location_in_traceback(std::string_view traceback, const path& tree) {
  std::optional<SourceLocation> found;
  bool runs_setup = false;  // setuptools runs setup.py as a text without a name
  while (!traceback.empty()) {
    const std::size_t end = std::min(traceback.find('\n'), traceback.size());
    if (const auto frame = frame_of(traceback.substr(0, end))) {
      const bool is_setup = runs_setup && frame->file == "<string>";
      if (auto file = beneath(tree, is_setup ? "setup.py" : path(frame->file))) {
        found = {.file = *std::move(file), .line = frame->line};
      }
      runs_setup = frame->function == "run_setup";
    }
    traceback.remove_prefix(std::min(end + 1, traceback.size()));
  }
  return found;
}

std::optional<SourceLocation> location_of(const Error& error, const path& tree) {
  if (const ipc::HookFailure* failure = error.hook_failure.get(); failure != nullptr) {
    for (const ipc::Cause& cause : failure->causes) {
      if (auto found = location_in_traceback(cause.traceback, tree)) return found;
    }
    return location_in_traceback(failure->traceback, tree);
  }
  if (error.code != errc::invalid_project) return {};
  return location_in_message(error.message, tree);
}

}  // namespace axle::cli
