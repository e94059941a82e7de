#include "frontend/archive.hpp"

#include "frontend/archive_reader.hpp"
#include "frontend/tree_writer.hpp"
#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace axle::frontend {
namespace {

using Kind = ArchiveReader::Member::Kind;

Result<> write_at(int file, std::string_view bytes, std::uintmax_t offset, const MemberPath& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail_errno(
          errc::io_error, fmt::format("cannot write '{}'", printable(to_string(path))), errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uintmax_t>(written);
  }
  return {};
}

Result<> extract_member(ArchiveReader& reader, TreeWriter& writer) {
  const ArchiveReader::Member& member = reader.member();
  const MemberPath& path = member.path;
  switch (member.kind) {
    case Kind::directory: return writer.add_directory(path, member.modified);
    case Kind::symbolic_link: return writer.add_symbolic_link(path, member.target, member.modified);
    case Kind::hard_link: {
      const auto existing = parse_member_path(member.target);
      if (!existing || existing->empty()) {
        return reader.refuse_member("that is a hard link to outside of the archive");
      }
      return writer.add_hard_link(path, *existing);
    }
    case Kind::file: break;
  }
  TRY(auto file, writer.add_file(path));
  std::uintmax_t end = 0;
  TRY(const std::uintmax_t size, reader.read([&](std::string_view bytes, std::uintmax_t offset) {
    end = offset + bytes.size();
    return write_at(file.number(), bytes, offset, path);
  }));
  if (size > end && ::ftruncate(file.number(), static_cast<off_t>(size)) < 0) {
    return fail_errno(
        errc::io_error, fmt::format("cannot write '{}'", printable(to_string(path))), errno);
  }
  return writer.finish_file(std::move(file), path, member.mode, member.modified);
}

/// Unpacks the members that `wanted` accepts and returns the one folder at the top of them.
template <class Wanted>
Result<std::filesystem::path> extract(ArchiveReader& reader,
                                      const std::filesystem::path& destination,
                                      errc blame,
                                      std::string_view what,
                                      Wanted wanted) {
  TRY(auto writer, TreeWriter::open(destination, reader.file(), blame));
  std::string top;
  while (true) {
    TRY(const bool more, reader.next());
    if (!more) break;
    const ArchiveReader::Member& member = reader.member();
    if (!wanted(member.path)) continue;
    const std::string& name = member.path.front();
    if (top.empty()) top = name;
    if (name != top) {
      return reader.refuse(fmt::format(
          "has '{}' beside '{}' instead of one {}", printable(name), printable(top), what));
    }
    if (member.path.size() == 1 && member.kind != Kind::directory) {
      return reader.refuse_member(fmt::format("that should be in {}", what));
    }
    TRY(extract_member(reader, writer));
    TRY(reader.check_entries(writer.made()));
  }
  if (top.empty()) return reader.refuse(fmt::format("has no {}", what));
  writer.finish();
  return destination / top;
}

}  // namespace

Result<std::vector<ArchiveMember>> read_archive(
    const std::filesystem::path& archive,
    const std::function<bool(std::string_view name)>& wanted,
    std::uintmax_t most,
    errc blame,
    const ArchiveLimits& limits) {
  TRY(auto reader, ArchiveReader::open(archive, blame, limits));
  std::vector<ArchiveMember> members;
  while (true) {
    TRY(const bool more, reader.next());
    if (!more) return members;
    ArchiveMember member{.name = to_string(reader.member().path)};
    if (reader.member().kind == Kind::directory) {
      member.kind = ArchiveMember::Kind::directory;
    } else if (reader.member().kind != Kind::file) {
      member.kind = ArchiveMember::Kind::link;
    } else {
      member.size = reader.member().size;
      if (wanted && wanted(member.name)) {
        const auto refuse = [&] {
          return reader.refuse_member("that is larger than it should be");
        };
        if (member.size > most) return refuse();
        TRY(reader.read([&](std::string_view bytes, std::uintmax_t offset) -> Result<> {
          if (offset + bytes.size() > most) return refuse();
          member.bytes.resize(offset);
          member.bytes += bytes;
          return {};
        }));
        member.size = std::max<std::uintmax_t>(member.size, member.bytes.size());
        member.bytes.resize(member.size);
        most -= member.size;
      }
    }
    members.push_back(std::move(member));
  }
}

Result<std::string> read_member(const std::filesystem::path& archive,
                                std::string_view name,
                                std::uintmax_t most,
                                errc blame,
                                const ArchiveLimits& limits) {
  TRY(auto members,
      read_archive(
          archive, [&](std::string_view member) { return member == name; }, most, blame, limits));
  std::erase_if(members, [&](const ArchiveMember& member) {
    return member.kind != ArchiveMember::Kind::file || member.name != name;
  });
  if (members.size() == 1) return std::move(members.front().bytes);
  return fail(
      blame,
      fmt::format(
          "{} has {} file '{}'", archive.string(), members.empty() ? "no" : "more than one", name));
}

Result<std::filesystem::path> extract_sdist(const std::filesystem::path& archive,
                                            const std::filesystem::path& destination,
                                            errc blame,
                                            const ArchiveLimits& limits) {
  TRY(auto reader, ArchiveReader::open(archive, blame, limits));
  return extract(
      reader, destination, blame, "folder with everything", [](const MemberPath&) { return true; });
}

Result<std::filesystem::path> extract_dist_info(const std::filesystem::path& wheel,
                                                const std::filesystem::path& destination,
                                                errc blame,
                                                const ArchiveLimits& limits) {
  TRY(auto reader, ArchiveReader::open(wheel, blame, limits));
  return extract(reader, destination, blame, "folder *.dist-info", [](const MemberPath& path) {
    return path.front().ends_with(".dist-info");
  });
}

}  // namespace axle::frontend
