#include "frontend/pip.hpp"

#include "frontend/constraint_hashes.hpp"
#include "frontend/environment_variables.hpp"
#include "frontend/installer_program.hpp"
#include "frontend/interpreter_query.hpp"
#include "ipc/child_process.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <utility>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

// DEBUNDLED is set by distributions that take pip's own dependencies out of it.
constexpr std::string_view pip_script = R"python(
import glob, re
def newest(folder):
    def key(path):
        return [int(n) for n in re.findall(r'\d+', os.path.basename(path).split('-')[1])]
    return max(glob.glob(os.path.join(glob.escape(folder), 'pip-*.whl')), key=key, default='')

version = ''
try:
    import pip, pip._vendor
    if not getattr(pip._vendor, 'DEBUNDLED', False):
        version = pip.__version__
except Exception:
    pass
bundled = ''
try:
    import ensurepip
    bundled = newest(os.path.join(os.path.dirname(ensurepip.__file__), '_bundled'))
except Exception:
    pass
numbers = re.match(r'(\d+)\.(\d+)', version)
answer(
    executable=sys.executable,
    version=version if numbers and (int(numbers[1]), int(numbers[2])) >= (22, 3) else '',
    bundled=bundled,
    shared=newest('/usr/share/python-wheels'),
)
)python";

/// A wheel of pip can be run as it is; so the environment's own interpreter runs it.
Pip pip_of_wheel(const std::string& wheel, const Environment& environment) {
  return {.name = fs::path(wheel).filename().string(),
          .program = environment.python(),
          .arguments = {"-I", wheel + "/pip"}};
}

/// -I: a `pip` or `typing` in the current folder, which is that of some project, is not meant.
Pip pip_of_interpreter(InterpreterAnswer& answer, const Environment& environment) {
  return {.name = fmt::format("pip {} of {}", answer["version"], answer["executable"]),
          .program = answer["executable"],
          .arguments = {"-I", "-m", "pip", "--python", environment.python().string()}};
}

}  // namespace

Result<Pip> find_pip(const Environment& environment, const Cancellation& cancellation) {
  const Interpreter& interpreter = environment.interpreter();
  std::vector<fs::path> pythons = {interpreter.executable};
  if (interpreter.base_executable != interpreter.executable) {
    pythons.push_back(interpreter.base_executable);
  }
  std::string bundled;
  std::string shared;
  for (const fs::path& python : pythons) {
    TRY(InterpreterAnswer answer,
        ask_interpreter({.python = python, .script = pip_script}, cancellation));
    if (!answer["version"].empty()) return pip_of_interpreter(answer, environment);
    bundled = answer["bundled"];
    shared = answer["shared"];
  }
  if (!bundled.empty()) return pip_of_wheel(bundled, environment);
  const std::string search_path = EnvironmentVariables::current().search_path();
  const auto python3 = ipc::find_program("python3", search_path);
  if (python3 && std::ranges::find(pythons, *python3) == pythons.end()) {
    auto answer = ask_interpreter({.python = *python3, .script = pip_script}, cancellation);
    if (!answer && answer.error().code == errc::cancelled) {
      return std::unexpected(std::move(answer).error());
    }
    if (answer && !(*answer)["version"].empty()) return pip_of_interpreter(*answer, environment);
    pythons.push_back(*python3);
  }
  if (!shared.empty()) return pip_of_wheel(shared, environment);
  std::vector<std::string> asked;
  for (const fs::path& python : pythons) asked.push_back(python.string());
  return fail(errc::environment_failed,
              fmt::format("there is nothing to install build requirements with: no uv on PATH, and "
                          "no pip 22.3 or newer with {}",
                          fmt::join(asked, " or ")),
              "Install uv, or pip (python3-pip or python3-venv on Debian).");
}

std::vector<std::string> pip_install_arguments(const fs::path& requirements_file, Network network) {
  std::vector<std::string> arguments = {"install",
                                        "--use-pep517",
                                        "--no-warn-script-location",
                                        "--no-compile",
                                        "--no-input",
                                        "--no-user",
                                        "--disable-pip-version-check",
                                        "-r",
                                        requirements_file.string()};
  if (network == Network::none) arguments.emplace_back("--no-index");
  return arguments;
}

namespace {

/// "pip 23.2.1 of ..." and "pip-23.2.1-py3-none-any.whl" become 23; 0 where nothing is known.
int major_version(const std::string& name) {
  const std::size_t digit = name.find_first_of("0123456789");
  return digit == name.npos ? 0 : std::atoi(name.c_str() + digit);
}

/// What the user says of packages, for this pip.
Result<std::vector<std::string>> own_arguments(const InstallerOptions& options, const Pip& pip) {
  std::vector<std::string> arguments = arguments_of(options);
  if (options.exclude_newer.empty()) return arguments;
  if (major_version(pip.name) < 26) {
    return fail(
        errc::environment_failed,
        fmt::format("{} cannot leave out packages newer than {}", pip.name, options.exclude_newer),
        "--exclude-newer needs uv, or pip 26.0 or newer");
  }
  arguments.insert(arguments.end(), {"--uploaded-prior-to", options.exclude_newer});
  return arguments;
}

}  // namespace

Result<> PipInstaller::install(const Environment& environment,
                               const std::vector<std::string>& requirements,
                               Observer& observer,
                               const Cancellation& cancellation) {
  if (requirements.empty()) return {};
  TRY(check_requirements(requirements));
  TRY(const ipc::PrivateDir scratch,
      ipc::PrivateDir::create(ipc::temporary_directory(), "axle-pip-"));
  const fs::path requirements_file = scratch.path() / "requirements.txt";
  std::vector<std::string> lines = requirements;
  if (options_.hashes == HashRule::required) {
    for (std::string& line : lines) line = with_hashes(line, options_.constraints);
  }
  TRY(ipc::write_file_atomically(requirements_file, fmt::format("{}\n", fmt::join(lines, "\n"))));
  TRY(Pip pip, find_pip(environment, cancellation));
  std::vector<std::string> arguments = std::move(pip.arguments);
  const std::vector<std::string> more = pip_install_arguments(requirements_file, network_);
  arguments.insert(arguments.end(), more.begin(), more.end());
  TRY(const auto own, own_arguments(options_, pip));
  arguments.insert(arguments.end(), own.begin(), own.end());
  return run_installer({.name = pip.name,
                        .program = pip.program,
                        .arguments = std::move(arguments),
                        .requirements = requirements,
                        .scratch = scratch.path(),
                        .options = options_,
                        .guard = guard_},
                       environment,
                       observer,
                       cancellation);
}

}  // namespace axle::frontend
