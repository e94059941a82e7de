#include "frontend/dependency_check.hpp"

#include "frontend/cache_folder.hpp"
#include "frontend/digest.hpp"
#include "frontend/file_identity.hpp"
#include "frontend/interpreter_query.hpp"
#include "frontend/utf8.hpp"
#include "ipc/json_text.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

/// To be changed with what is checked.
constexpr std::string_view format = "axle dependencies 1";

/// Begins with "wanted = [...]". Fields of a problem are parted by \x1f: the chain, what is found.
constexpr std::string_view script = R"python(
sys.path[:] = [place for place in sys.path if place]
import importlib, importlib.metadata as metadata

def packaging():
    for name in ('packaging', 'pip._vendor.packaging', 'setuptools._vendor.packaging',
                 'setuptools.extern.packaging', 'pkg_resources.extern.packaging'):
        try:
            return (importlib.import_module(name + '.requirements'), importlib.import_module(name + '.utils'))
        except ImportError:
            pass
    return None

problems = []
files = set(sys.path)
seen = set()

def problem(chain, found):
    problems.append('\x1f'.join(chain + [found]).replace('\n', ' '))

def check(text, chain, extras):
    try:
        wanted = requirements.Requirement(text)
    except requirements.InvalidRequirement as error:
        return problem(chain + [text], 'it is no requirement: ' + str(error))
    if wanted.marker and not any(wanted.marker.evaluate({'extra': extra}) for extra in extras or ['']):
        return
    key = (utils.canonicalize_name(wanted.name), frozenset(wanted.extras), str(wanted.specifier))
    if key in seen:
        return
    seen.add(key)
    chain = chain + [text.partition(';')[0].strip()]
    try:
        found = metadata.distribution(wanted.name)
    except metadata.PackageNotFoundError:
        return problem(chain, 'it is not installed')
    files.add(str(getattr(found, '_path', '')))
    if wanted.specifier and not wanted.specifier.contains(found.version, prereleases=True):
        return problem(chain, found.version + ' is installed')
    for text in found.requires or []:
        check(text, chain, wanted.extras)

tools = packaging()
if tools:
    requirements, utils = tools
    for text in wanted:
        check(text, [], [])
answer(checked='yes' if tools else '', problems='\n'.join(problems), files='\n'.join(sorted(files - {''})))
)python";

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// Where a yes is remembered; nothing where there is no cache.
std::optional<fs::path> place_of(const Interpreter& interpreter,
                                 const std::vector<std::string>& requirements) {
  const auto folder = cache_folder("dependencies");
  if (!folder) return std::nullopt;
  Digest digest;
  digest.add(format);
  digest.add(interpreter.executable.native());
  digest.add(file_identity(interpreter.real_executable));
  for (const char* name :
       {"PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONUSERBASE", "HOME"}) {
    const char* value = std::getenv(name);
    digest.add(value == nullptr ? "unset" : std::string("=") + value);
  }
  for (const std::string& requirement : requirements) digest.add(requirement);
  return *folder / digest.hexadecimal().substr(0, 32);
}

/// All that an answer rests on, as it is now: a line each.
std::string stamps_of(const std::vector<std::string>& files) {
  std::string text;
  for (const std::string& file : files) text += file_identity(file) + ' ' + file + '\n';
  return text;
}

bool is_known(const fs::path& place) {
  constexpr std::size_t longest = std::size_t{1} << 20;
  const auto text = ipc::read_file(place, longest);
  if (!text || text->empty()) return false;
  std::vector<std::string> files;
  for (const std::string& line : split(*text, '\n')) {
    const std::size_t space = line.find(' ');
    if (space == line.npos) return false;
    files.push_back(line.substr(space + 1));
  }
  return stamps_of(files) == *text;
}

/// "tiny-backend>=2 -> helper<3: 3.1 is installed"
std::string shown(const std::string& problem) {
  const auto parts = split(problem, '\x1f');
  std::string text;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    text += (i == 0 ? "" : " -> ") + printable(parts[i]);
  }
  return text + ": " + printable(parts.back());
}

}  // namespace

Result<> check_dependencies(const Interpreter& interpreter,
                            const std::vector<std::string>& requirements,
                            Observer& observer,
                            const Cancellation& cancellation) {
  if (requirements.empty()) return {};
  const auto place = place_of(interpreter, requirements);
  if (place && is_known(*place)) return {};
  const std::string whole =
      fmt::format("wanted = {}\n{}", ipc::json_strings(requirements).text, script);
  TRY(auto answer,
      ask_interpreter({.python = interpreter.executable, .script = whole, .flags = {}},
                      cancellation));
  if (answer["checked"].empty()) {
    observer.notice(fmt::format(
        "the build requirements are not checked: {} has neither packaging nor pip nor setuptools",
        interpreter.executable.string()));
    return {};
  }
  const auto problems = split(answer["problems"], '\n');
  if (problems.empty()) {
    if (place) {
      const auto stamps = stamps_of(split(answer["files"], '\n'));
      static_cast<void>(ipc::write_file_atomically(*place, stamps, 0600));
    }
    return {};
  }
  std::string list;
  for (const std::string& problem : problems) list += "\n  " + shown(problem);
  return fail(
      errc::environment_failed,
      fmt::format("build requirements are not met by {}:{}", interpreter.executable.string(), list),
      "install them there, build without --no-isolation, or skip this check with "
      "--skip-dependency-check (-x)");
}

}  // namespace axle::frontend
