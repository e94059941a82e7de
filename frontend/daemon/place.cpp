#include "frontend/daemon/place.hpp"

#include "frontend/cache_folder.hpp"
#include "frontend/daemon/messages.hpp"
#include "frontend/daemon/surroundings.hpp"
#include "frontend/digest.hpp"
#include "frontend/file_identity.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <string>
#include <system_error>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t name_digits = 16;
/// A socket gets its name after it listens: until then that has the number of its process in it.
constexpr std::size_t longest_file_name = name_digits + sizeof ".socket.1234567890";

/// A folder that the system gives us for such things, if that is so.
fs::path runtime_folder() {
  const char* value = std::getenv("XDG_RUNTIME_DIR");
  if (value == nullptr || value[0] != '/') return {};
  const fs::path folder = value;
  struct stat info{};
  const bool ours = ::stat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
                    info.st_uid == ::geteuid() && ::access(folder.c_str(), W_OK | X_OK) == 0;
  const bool fits =
      folder.native().size() + sizeof "/axle/" + longest_file_name < sizeof sockaddr_un{}.sun_path;
  return ours && fits ? folder : fs::path();
}

Result<fs::path> make_folder() {
  const fs::path runtime = runtime_folder();
  fs::path folder = runtime / "axle";
  if (runtime.empty()) {
    TRY(const auto parent, folder_of_last_resort());
    folder = parent / "daemon";
  }
  TRY(ipc::make_private_folder(folder));
  return folder;
}

}  // namespace

Result<DaemonPlace> daemon_place(const fs::path& program) {
  TRY(auto folder, make_folder());
  Digest digest;
  digest.add(fmt::format("axle daemon {}", daemon_protocol));
  digest.add(file_identity(program));
  digest.add(surroundings());
  return DaemonPlace{.folder = std::move(folder),
                     .name = digest.hexadecimal().substr(0, name_digits)};
}

std::vector<DaemonPlace> known_places(const DaemonPlace& place) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(place.folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() == ".socket" || path.extension() == ".log") names.insert(path.stem());
  }
  names.erase(place.name);
  std::vector<DaemonPlace> places{place};
  for (const std::string& name : names) places.push_back({.folder = place.folder, .name = name});
  return places;
}

}  // namespace axle::frontend
