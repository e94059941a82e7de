#include "frontend/backend_program.hpp"

#include "frontend/environment_variables.hpp"
#include "ipc/child_process.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <string>
#include <string_view>
#include <system_error>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

// Who names one means that one.
Result<fs::path> named(const fs::path& path, std::string_view by) {
  std::error_code ignored;
  // Hooks run in other folders than this one.
  fs::path absolute = fs::absolute(path, ignored);
  if (is_program(absolute)) return absolute;
  return fail(errc::environment_failed,
              fmt::format("{} is no program, which {} names as axle-backend", path.string(), by),
              "it is the full path of the program axle-backend");
}

}  // namespace

Result<fs::path> find_backend_program(const fs::path& wanted) {
  if (!wanted.empty()) return named(wanted, "backend_program");
  const auto environment = EnvironmentVariables::current();
  const std::string from_environment = environment.value("AXLE_BACKEND").value_or("");
  if (!from_environment.empty()) return named(from_environment, "AXLE_BACKEND");

  std::error_code ignored;
  const fs::path own_folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  if (const fs::path beside = own_folder / "axle-backend"; is_program(beside)) return beside;
  if (auto found = ipc::find_program("axle-backend", environment.search_path())) {
    return *std::move(found);
  }
  if (const fs::path installed = AXLE_INSTALLED_BACKEND; is_program(installed)) return installed;
  if (own_folder.empty()) {
    return fail(
        errc::environment_failed,
        fmt::format("axle-backend is not on PATH, and not {}; axle cannot look beside itself, "
                    "as /proc does not say where that is",
                    AXLE_INSTALLED_BACKEND),
        "mount /proc, or name the program axle-backend in AXLE_BACKEND");
  }
  return fail(errc::environment_failed,
              fmt::format("axle-backend is not in {}, not on PATH, and not {}",
                          own_folder.string(),
                          AXLE_INSTALLED_BACKEND),
              "reinstall axle: the two programs belong together; or name it in AXLE_BACKEND");
}

}  // namespace axle::frontend
