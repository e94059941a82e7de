#include "frontend/interpreter.hpp"

#include "frontend/environment_variables.hpp"
#include "frontend/interpreter_cache.hpp"
#include "frontend/interpreter_query.hpp"
#include "frontend/python_search.hpp"
#include "frontend/python_version.hpp"
#include "ipc/child_process.hpp"

#include <fmt/format.h>

#include <utility>

namespace axle::frontend {
namespace {

// Before 3.11, sys._base_executable of a virtual environment is its own interpreter; hence the
// search. A link is followed only where its place is no home of the standard library:
// /usr/bin/python3 stays what it is, ~/.local/bin/python3.12 does not. The scheme "venv" is there
// from 3.11 on; before that distributions left "posix_prefix" alone.
constexpr std::string_view facts_script = R"python(
version = '%d.%d.%d' % sys.version_info[:3]
if sys.version_info < (3, 8):
    answer(version=version)
    sys.exit()
import sysconfig

def is_base(path):
    prefix = os.path.dirname(os.path.dirname(path))
    is_virtual = os.path.exists(os.path.join(prefix, 'pyvenv.cfg'))
    return os.path.isfile(path) and os.access(path, os.X_OK) and not is_virtual

def candidates():
    yield getattr(sys, '_base_executable', None) or sys.executable
    for folder in (getattr(sys, '_home', None), os.path.join(sys.base_prefix, 'bin')):
        for name in ('python%d.%d', 'python%d', 'python', 'pypy%d.%d', 'pypy%d'):
            if folder:
                yield os.path.join(folder, name % sys.version_info[:name.count('%')])
    yield os.path.realpath(sys.executable)

def is_at_home(path):
    library = os.path.relpath(os.path.dirname(os.__file__), sys.base_prefix)
    folder = os.path.dirname(path)
    while folder != os.path.dirname(folder):  # not "/", where /lib may be that of /usr
        if os.path.isfile(os.path.join(folder, library, 'os.py')):
            return True
        folder = os.path.dirname(folder)
    return False

base = next(filter(is_base, candidates()), sys.executable)
while not is_at_home(base) and os.path.islink(base):
    base = os.path.normpath(os.path.join(os.path.dirname(base), os.readlink(base)))

scheme = 'venv' if 'venv' in sysconfig.get_scheme_names() else 'posix_prefix'
def below_prefix(name):
    path = sysconfig.get_path(name, scheme, vars={'base': '/prefix', 'platbase': '/prefix'})
    return os.path.relpath(path, '/prefix')

def yes(condition):
    return 'yes' if condition else 'no'

answer(
    version=version,
    executable=sys.executable,
    base_executable=base,
    real_executable=os.path.realpath(base),
    implementation=sys.implementation.name,
    platform=sysconfig.get_platform(),
    prefix=sys.prefix,
    base_prefix=sys.base_prefix,
    purelib=below_prefix('purelib'),
    platlib=below_prefix('platlib'),
    is_virtual=yes(sys.prefix != sys.base_prefix),
    links_lib64=yes(sys.maxsize > 2**32 and sys.platform != 'darwin'),
)
)python";

/// The program that `python` names, as an absolute path. A path need not be executable, or there:
/// running it tells why not.
Result<std::filesystem::path> locate(const std::string& python) {
  if (python.find('/') != python.npos) {
    std::error_code error;
    std::filesystem::path path = std::filesystem::absolute(python, error);
    if (error) return fail_errno(errc::environment_failed, "cannot find " + python, error.value());
    return path;
  }
  const std::string search_path = EnvironmentVariables::current().search_path();
  if (auto found = ipc::find_program(python, search_path); found && !python.empty()) return *found;
  return fail(errc::environment_failed,
              fmt::format("there is no interpreter '{}' on PATH ({})", python, search_path),
              "Install it, or name another interpreter or its path.");
}

/// A folder below a prefix, as the scheme has it; anything else would lead out of the environment.
std::filesystem::path below_prefix(const std::string& path, const Interpreter& interpreter) {
  if (!path.empty() && !path.starts_with('/') && !path.starts_with("..")) return path;
  const std::string minor = interpreter.version.substr(0, interpreter.version.rfind('.'));
  return "lib/python" + minor + "/site-packages";
}

}  // namespace

Result<Interpreter> find_interpreter(const std::string& python, const Cancellation& cancellation) {
  if (is_version_wish(python)) {
    // "3.12" is that of PATH, unless it is a stand-in without an interpreter behind it.
    if (locate("python" + python)) {
      auto named = find_interpreter("python" + python, cancellation);
      if (named || named.error().code == errc::cancelled) return named;
    }
    return find_python_of_version(python, cancellation);
  }
  TRY(const std::filesystem::path program, locate(python));
  if (auto known = known_interpreter(program)) return *std::move(known);
  InterpreterQuery query{.python = program, .script = facts_script};
  Result<InterpreterAnswer> asked = ask_interpreter(query, cancellation);
  if (!asked && asked.error().message.find("Unknown option: -I") != std::string::npos) {
    query.flags = {"-E", "-s"};
    asked = ask_interpreter(query, cancellation);
  }
  TRY(InterpreterAnswer answer, std::move(asked));
  if (!answer.contains("executable")) {
    return fail(errc::environment_failed,
                fmt::format("{} is Python {}, and builds need Python 3.8 or newer",
                            program.string(),
                            answer["version"]),
                "Choose a newer interpreter.");
  }
  Interpreter interpreter{
      .executable = answer["executable"].empty() ? program.string() : answer["executable"],
      .base_executable = answer["base_executable"],
      .real_executable = answer["real_executable"],
      .version = answer["version"],
      .implementation = answer["implementation"],
      .platform = answer["platform"],
      .prefix = answer["prefix"],
      .base_prefix = answer["base_prefix"],
      .is_virtual = answer["is_virtual"] == "yes",
      .links_lib64 = answer["links_lib64"] == "yes",
  };
  interpreter.purelib = below_prefix(answer["purelib"], interpreter);
  interpreter.platlib = below_prefix(answer["platlib"], interpreter);
  if (interpreter.base_executable.empty()) {
    interpreter.base_executable = interpreter.executable;
    interpreter.real_executable = interpreter.executable;
  }
  remember_interpreter(program, interpreter);
  return interpreter;
}

}  // namespace axle::frontend
