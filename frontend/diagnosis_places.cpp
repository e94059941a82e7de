#include "frontend/cache_folder.hpp"
#include "frontend/daemon/connection.hpp"
#include "frontend/daemon/place.hpp"
#include "frontend/diagnosis.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <sys/statvfs.h>

#include <cstdint>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;
using State = Finding::State;

constexpr std::uintmax_t mebibyte = std::uintmax_t{1024} * 1024;
constexpr std::uintmax_t enough_room = 200 * mebibyte;

// A folder that can be written to: how much room it has, and whether what is in it may run.
Finding room_of(std::string subject, const fs::path& folder, const std::string& advice) {
  struct statvfs about{};
  if (::statvfs(folder.c_str(), &about) != 0) return {State::right, std::move(subject), folder};
  const std::uintmax_t room = std::uintmax_t{about.f_bavail} * about.f_frsize;
  const std::string told = fmt::format("{} ({} MiB free)", folder.string(), room / mebibyte);
  if (room < enough_room) {
    return {
        State::doubtful, std::move(subject), told + " has little room", "make room, or " + advice};
  }
  if ((about.f_flag & ST_NOEXEC) != 0) {
    return {State::doubtful,
            std::move(subject),
            told + " is mounted noexec: no program there can run and no extension be loaded",
            advice};
  }
  return {State::right, std::move(subject), told};
}

Finding cache() {
  const std::string advice = "let XDG_CACHE_HOME name another folder";
  const auto folder = cache_folder("environments");
  Error problem;
  if (folder) {
    const auto probe = ipc::PrivateDir::create(*folder, "doctor-");
    if (probe) return room_of("cache", *folder, advice);
    problem = probe.error();
  } else {
    problem = folder.error();
  }
  return {State::doubtful,
          "cache",
          problem.message + "; so environments are made anew for every build",
          problem.hint.empty() ? advice : problem.hint};
}

Finding temporary_folder() {
  const fs::path folder = ipc::temporary_directory();
  const auto probe = ipc::PrivateDir::create(folder, "axle-doctor-");
  if (probe) return room_of("temporary files", folder, "let TMPDIR name another folder");
  return {State::wrong,
          "temporary files",
          probe.error().message,
          "let TMPDIR name a folder that can be written to"};
}

Finding daemon(const fs::path& program) {
  const auto place = daemon_place(program);
  if (!place) {
    return {State::doubtful,
            "daemon",
            place.error().message + "; so nothing is kept warm",
            "let XDG_RUNTIME_DIR name a folder of yours alone"};
  }
  const auto connection = DaemonConnection::open(place->socket());
  if (connection) {
    return {State::right, "daemon", fmt::format("runs (process {})", connection->daemon_pid())};
  }
  if (connection.error().code == errc::backend_gone) {
    return {State::right, "daemon", "does not run; builds start it"};
  }
  return {State::doubtful, "daemon", connection.error().message, "axle daemon stop"};
}

}  // namespace

std::vector<Finding> diagnose_places(const fs::path& program) {
  return {cache(), temporary_folder(), daemon(program)};
}

}  // namespace axle::frontend
