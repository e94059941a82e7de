#include "frontend/environment.hpp"

#include "frontend/environment_variables.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

Result<> refused(const fs::path& path, const std::error_code& error) {
  return fail(errc::environment_failed,
              fmt::format("cannot make {}: {}", path.string(), error.message()));
}

Result<> make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return refused(path, error);
  return {};
}

Result<> make_link(const fs::path& target, const fs::path& link) {
  std::error_code error;
  fs::create_symlink(target, link, error);
  if (error) return refused(link, error);
  return {};
}

Result<> write_text(const fs::path& path, const std::string& text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return refused(path, {errno != 0 ? errno : EIO, std::generic_category()});
  return {};
}

/// The names of the interpreter in bin/: of Python's own venv, and those that PyPy is known by.
std::vector<std::string> other_names(const Interpreter& interpreter) {
  const std::string& version = interpreter.version;
  std::vector<std::string> names = {"python3", "python" + version.substr(0, version.rfind('.'))};
  if (interpreter.implementation == "pypy") names.insert(names.end(), {"pypy", "pypy3"});
  return names;
}

/// The line of pyvenv.cfg that tells whose an environment is.
constexpr std::string_view maker = "made-by = axle";

/// PEP 405. `home` is where the base interpreter is started from; its standard library is found
/// from there.
std::string configuration(const Interpreter& interpreter) {
  return fmt::format(
      "home = {}\n"
      "include-system-site-packages = false\n"
      "version = {}\n"
      "executable = {}\n"
      "{}\n",
      interpreter.base_executable.parent_path().string(),
      interpreter.version,
      interpreter.real_executable.string(),
      maker);
}

}  // namespace

Result<Environment> Environment::create(const Interpreter& interpreter, const fs::path& folder) {
  TRY(make_folder(folder));
  // Without links in it: what is installed remembers its prefix, and some compare it.
  std::error_code error;
  fs::path prefix = fs::canonical(folder, error);
  if (error) return std::unexpected(refused(folder, error).error());
  if (!fs::is_empty(prefix, error)) {
    return fail(errc::environment_failed,
                "cannot make an environment in " + folder.string() + ": it is not empty");
  }
  Environment environment = existing(interpreter, std::move(prefix));
  // First of all, so that one whose making was ended says whose it is.
  TRY(write_text(environment.prefix_ / "pyvenv.cfg", configuration(interpreter)));
  for (const char* name : {"bin", "include", "lib"}) TRY(make_folder(environment.prefix_ / name));
  if (interpreter.links_lib64) TRY(make_link("lib", environment.prefix_ / "lib64"));
  TRY(make_folder(environment.site_packages_));
  TRY(make_folder(environment.prefix_ / interpreter.platlib));
  TRY(make_link(interpreter.base_executable, environment.python_));
  for (const std::string& name : other_names(interpreter)) {
    TRY(make_link("python", environment.scripts_ / name));
  }
  return environment;
}

bool Environment::is_of_axle(const fs::path& folder) {
  std::ifstream file(folder / "pyvenv.cfg", std::ios::binary);
  std::string line;
  while (std::getline(file, line)) {
    if (line == maker) return true;
  }
  return false;
}

Environment Environment::existing(const Interpreter& interpreter, fs::path folder) {
  Environment environment(interpreter);
  environment.prefix_ = std::move(folder);
  environment.scripts_ = environment.prefix_ / "bin";
  environment.python_ = environment.scripts_ / "python";
  environment.site_packages_ = environment.prefix_ / interpreter.purelib;
  environment.is_virtual_ = true;
  environment.is_isolated_ = true;
  return environment;
}

Environment Environment::of(const Interpreter& interpreter) {
  Environment environment(interpreter);
  environment.prefix_ = interpreter.prefix;
  environment.python_ = interpreter.executable;
  environment.scripts_ = interpreter.executable.parent_path();
  environment.is_virtual_ = interpreter.is_virtual;
  if (interpreter.is_virtual) {
    environment.site_packages_ = interpreter.prefix / interpreter.purelib;
  }
  return environment;
}

std::vector<std::string> Environment::environment_variables(
    std::span<const std::string> base) const {
  EnvironmentVariables variables(base);
  if (is_virtual_) variables.put_first_on_path(scripts_.string());
  if (is_isolated_) {
    variables.remove({"PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__"});
    variables.set("VIRTUAL_ENV", prefix_.string());
    variables.set("PYTHONNOUSERSITE", "1");
  }
  variables.remove({"UV_API_KEY", "UV_AUTH_TOKEN", "PYX_API_KEY", "PYX_AUTH_TOKEN"});
  return variables.entries();
}

}  // namespace axle::frontend
