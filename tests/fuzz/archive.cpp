// Sdists and wheels of strangers: the input is the archive. What is no gzip, bzip2, xz or zip file
// is put into a gzip file as it is, so that what stands in a tar archive can be changed byte by
// byte.
#include "frontend/archive.hpp"

#include "ipc/private_dir.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/scratch.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>

namespace axle::fuzz {
namespace {

namespace fs = std::filesystem;
using frontend::ArchiveLimits;

constexpr ArchiveLimits limits = {
    .entries = 40, .bytes = 64U << 10, .ratio = 100, .ratio_from = 16U << 10};
/// The folders that one member needs are made before they are counted.
constexpr std::uintmax_t deepest_member = 2048;
constexpr std::string_view secret = "not to be touched";

/// `bytes` as a gzip file that compresses nothing (RFC 1951, 3.2.4); its checksum is not read.
std::string in_gzip(std::string_view bytes) {
  std::string file("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  constexpr std::size_t longest = 0xFFFF;
  do {
    const std::size_t length = std::min(bytes.size(), longest);
    file += length == bytes.size() ? '\1' : '\0';
    for (const std::size_t number : {length, ~length}) {
      file += static_cast<char>(number & 0xFF);
      file += static_cast<char>(number >> 8 & 0xFF);
    }
    file += bytes.substr(0, length);
    bytes.remove_prefix(length);
  } while (!bytes.empty());
  return file + std::string(8, '\0');
}

struct ArchiveFile {
  std::string name;
  std::string bytes;
};

ArchiveFile as_file(std::string_view input) {
  if (input.starts_with("PK")) return {"x-1.zip", std::string(input)};
  if (input.starts_with("\x1f\x8b")) return {"x-1.tar.gz", std::string(input)};
  if (input.starts_with("BZh")) return {"x-1.tar.bz2", std::string(input)};
  if (input.starts_with("\xFD"
                        "7zXZ"))
    return {"x-1.tar.xz", std::string(input)};
  return {"x-1.tar.gz", in_gzip(input)};
}

struct stat status_of(const fs::path& path) {
  struct stat status{};
  hold(::lstat(path.c_str(), &status) == 0, "what is unpacked can be looked at");
  return status;
}

bool is_in(const fs::path& path, const fs::path& root) {
  return (path.native() + '/').starts_with(root.native() + '/');
}

void check_link(const fs::path& link, const fs::path& root) {
  const fs::path target = fs::read_symlink(link);
  hold(target.is_relative(), "links are relative");
  hold(is_in((link.parent_path() / target).lexically_normal(), root), "links stay inside");
  std::error_code error;
  const fs::path real = fs::canonical(link, error);
  hold(error || is_in(real, root), "links stay inside");
}

/// Holds what lies in `root` to what is promised, and returns how much it is.
void check_tree(const fs::path& root) {
  std::uintmax_t entries = 0;
  std::map<std::uintmax_t, std::uintmax_t> sizes;  // of files, by inode
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    ++entries;
    const struct stat status = status_of(entry.path());
    if (S_ISLNK(status.st_mode)) {
      check_link(entry.path(), root);
      continue;
    }
    hold(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode), "devices and FIFOs are not unpacked");
    hold((status.st_mode & 07022) == 0, "of modes only execution stays");
    if (S_ISREG(status.st_mode)) sizes[status.st_ino] = static_cast<std::uintmax_t>(status.st_size);
  }
  std::uintmax_t bytes = 0;
  for (const auto& [inode, size] : sizes) bytes += size;
  hold(entries <= limits.entries + deepest_member, "no more is made than the limit allows");
  hold(bytes <= limits.bytes, "no more is written than the limit allows");
}

/// Unpacks `archive` by `extract` into a folder beside one that is not its business, and returns
/// whether that could be done.
template <class Extract>
bool check_extraction(const fs::path& scratch, const fs::path& archive, Extract extract) {
  const fs::path destination = scratch / "destination";
  fs::create_directory(destination);
  const auto top = extract(archive, destination, errc::bad_artifact, limits);
  check_tree(destination);
  if (top) {
    hold(top->parent_path() == destination && S_ISDIR(status_of(*top).st_mode),
         "one folder is unpacked");
    hold(std::distance(fs::directory_iterator(destination), {}) == 1, "one folder is unpacked");
  } else {
    hold(top.error().code == errc::bad_artifact, "what is wrong with an archive is its fault");
    hold(!top.error().message.empty(), "an error has a message");
    hold(is_utf8(top.error().message), "messages are UTF-8");
  }
  hold(ipc::remove_tree(destination), "what was unpacked can be removed");
  hold(std::distance(fs::directory_iterator(scratch), {}) == 2, "nothing is written elsewhere");
  const fs::path outside = scratch / "outside";
  hold(std::distance(fs::directory_iterator(outside), {}) == 1, "nothing is written elsewhere");
  hold(ipc::read_file(outside / "file", 1U << 10) == std::string(secret) &&
           status_of(outside / "file").st_nlink == 1,
       "nothing is changed elsewhere");
  return top.has_value();
}

/// Lists the archive, which must be possible where it `could_be_unpacked` as a whole.
void check_listing(const fs::path& archive, bool could_be_unpacked) {
  const auto listed = frontend::read_archive(
      archive, [](std::string_view) { return true; }, limits.bytes, errc::bad_artifact, limits);
  if (!listed) {
    hold(!could_be_unpacked, "what can be unpacked can be listed");
    hold(listed.error().code == errc::bad_artifact, "what is wrong with an archive is its fault");
    return;
  }
  std::uintmax_t bytes = 0;
  for (const auto& member : *listed) {
    hold(!member.name.empty() && !member.name.starts_with('/'), "names are relative");
    bytes += member.bytes.size();
  }
  hold(bytes <= limits.bytes, "no more is read than the limit allows");
}

fs::path make_surroundings(const fs::path& scratch) {
  fs::create_directory(scratch / "outside");
  hold(ipc::write_file_atomically(scratch / "outside/file", secret).has_value(),
       "a file can be written");
  return scratch;
}

}  // namespace

void check(std::string_view input) {
  static const Scratch scratch;
  static const fs::path place = make_surroundings(scratch.path());
  const ArchiveFile file = as_file(input);
  const fs::path archive = place / file.name;
  hold(ipc::write_file_atomically(archive, file.bytes).has_value(), "an archive can be written");
  check_listing(archive, check_extraction(place, archive, frontend::extract_sdist));
  if (file.name.ends_with(".zip")) check_extraction(place, archive, frontend::extract_dist_info);
  hold(ipc::remove_tree(archive), "the archive is still there");
}

}  // namespace axle::fuzz
