#include "tests/support/pythons.hpp"

#include "frontend/environment_variables.hpp"
#include "frontend/program.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace axle::test {

namespace fs = std::filesystem;

std::string python() {
  return AXLE_TEST_PYTHON;
}

std::vector<std::string> pythons() {
  std::vector<std::string> found = {python()};
  for (int minor = 8; minor < 30; ++minor) {
    const auto other = pyenv_python("3." + std::to_string(minor));
    if (other && fs::canonical(*other) != fs::canonical(python())) found.push_back(*other);
  }
  return found;
}

std::optional<std::string> pyenv_python(const std::string& version) {
  const char* root = std::getenv("PYENV_ROOT");
  const char* home = std::getenv("HOME");
  const fs::path versions =
      (root ? fs::path(root) : fs::path(home ? home : "/") / ".pyenv") / "versions";
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(versions, error)) {
    const fs::path candidate = entry.path() / "bin/python";
    const bool fits = entry.path().filename().string().starts_with(version + ".");
    if (fits && fs::exists(candidate, error)) return candidate;
  }
  return std::nullopt;
}

frontend::Interpreter interpreter(const std::string& python) {
  const frontend::Cancellation cancellation;
  auto found = frontend::find_interpreter(python, cancellation);
  REQUIRE_MESSAGE(found, (found ? "" : found.error().message));
  return *std::move(found);
}

Ended run(const std::vector<std::string>& command, const std::vector<std::string>& variables) {
  const frontend::EnvironmentVariables environment(variables);
  const auto program = ipc::find_program(command.front(), environment.search_path());
  REQUIRE_MESSAGE(program, command.front());
  const frontend::Cancellation cancellation;
  const auto ran =
      frontend::run_program({.spawn = {.program = *program,
                                       .arguments = {command.begin() + 1, command.end()},
                                       .environment = environment.entries()},
                             .deadline = ipc::deadline_in(std::chrono::seconds(60))},
                            cancellation);
  REQUIRE_MESSAGE(ran, (ran ? "" : ran.error().message));
  return {ran->status.shell_code(), ran->out, ran->err};
}

std::string run_python(const frontend::Environment& environment, std::string_view script) {
  const auto callers = frontend::EnvironmentVariables::current().entries();
  const Ended ended = run({environment.python().string(), "-c", std::string(script)},
                          environment.environment_variables(callers));
  REQUIRE_MESSAGE(ended.code == 0, ended.err);
  return ended.out;
}

fs::path write_program(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

std::string write_hello_wheel(const fs::path& folder) {
  constexpr std::string_view script = R"python(
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + '/axle_hello-1.0-py3-none-any.whl', 'w') as wheel:
    info = 'axle_hello-1.0.dist-info/'
    wheel.writestr('axle_hello.py', 'import sys\ndef main():\n    print(sys.prefix)\n')
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\nName: axle-hello\nVersion: 1.0\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
    wheel.writestr(info + 'entry_points.txt', '[console_scripts]\naxle-hello = axle_hello:main\n')
    names = [name + ',,' for name in wheel.namelist()]
    wheel.writestr(info + 'RECORD', '\n'.join(names + [info + 'RECORD,,', '']))
)python";
  fs::create_directories(folder);
  const Ended ended = run({python(), "-c", std::string(script), folder.string()},
                          frontend::EnvironmentVariables::current().entries());
  REQUIRE_MESSAGE(ended.code == 0, ended.err);
  return "axle-hello @ file://" + (folder / "axle_hello-1.0-py3-none-any.whl").string();
}

}  // namespace axle::test
