#include "tests/support/archives.hpp"

#include "frontend/digest.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <locale.h>
#include <memory>
#include <utility>

namespace axle::test {
namespace {

void choose_format(struct archive* archive, const std::string& name) {
  if (name.ends_with(".zip") || name.ends_with(".whl")) {
    REQUIRE(archive_write_set_format_zip(archive) == ARCHIVE_OK);
    return;
  }
  REQUIRE(archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK);
  if (name.ends_with("gz")) archive_write_add_filter_gzip(archive);
  if (name.ends_with("bz2")) archive_write_add_filter_bzip2(archive);
  if (name.ends_with("xz")) archive_write_add_filter_xz(archive);
}

void describe(archive_entry* to, const ArchiveEntry& from) {
  using Kind = ArchiveEntry::Kind;
  archive_entry_set_pathname(to, from.name.c_str());
  archive_entry_set_perm(to, from.mode);
  archive_entry_set_mtime(to, from.modified, 0);
  switch (from.kind) {
    case Kind::file: archive_entry_set_filetype(to, AE_IFREG); break;
    case Kind::directory: archive_entry_set_filetype(to, AE_IFDIR); break;
    case Kind::symbolic_link:
      archive_entry_set_filetype(to, AE_IFLNK);
      archive_entry_set_symlink(to, from.target.c_str());
      break;
    case Kind::hard_link:
      archive_entry_set_filetype(to, AE_IFREG);
      archive_entry_set_hardlink(to, from.target.c_str());
      break;
    case Kind::fifo: archive_entry_set_filetype(to, AE_IFIFO); break;
    case Kind::device:
      archive_entry_set_filetype(to, AE_IFCHR);
      archive_entry_set_rdevmajor(to, 1);
      archive_entry_set_rdevminor(to, 3);
      break;
  }
  if (from.kind != Kind::file) return;
  archive_entry_set_size(to, from.hole + static_cast<la_int64_t>(from.bytes.size()));
  if (from.hole > 0) {
    archive_entry_sparse_add_entry(to, from.hole, static_cast<la_int64_t>(from.bytes.size()));
  }
}

}  // namespace

void write_archive(const std::filesystem::path& file, const std::vector<ArchiveEntry>& entries) {
  // Names are UTF-8 whatever the locale of the tests is.
  const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const locale_t before = ::uselocale(utf8);
  {
    const std::unique_ptr<struct archive, int (*)(struct archive*)> archive(archive_write_new(),
                                                                            archive_write_free);
    choose_format(archive.get(), file.filename().string());
    REQUIRE(archive_write_open_filename(archive.get(), file.c_str()) == ARCHIVE_OK);
    for (const ArchiveEntry& each : entries) {
      const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                           archive_entry_free);
      describe(entry.get(), each);
      INFO(each.name);
      // A warning: the name is not UTF-8, and is written as it is.
      REQUIRE(archive_write_header(archive.get(), entry.get()) >= ARCHIVE_WARN);
      if (each.kind != ArchiveEntry::Kind::file) continue;
      std::string bytes(static_cast<std::size_t>(each.hole), '\0');
      bytes += each.bytes;
      REQUIRE(archive_write_data(archive.get(), bytes.data(), bytes.size()) ==
              static_cast<la_ssize_t>(bytes.size()));
    }
    REQUIRE(archive_write_close(archive.get()) == ARCHIVE_OK);
  }
  ::uselocale(before);
  ::freelocale(utf8);
}

std::vector<ArchiveEntry> sound_wheel(std::vector<ArchiveEntry> entries,
                                      const std::string& dist_info,
                                      const std::vector<std::string>& tags) {
  const auto is_wheel = [&](const ArchiveEntry& entry) {
    return entry.name == dist_info + "/WHEEL";
  };
  if (std::ranges::none_of(entries, is_wheel)) {
    ArchiveEntry wheel{.name = dist_info + "/WHEEL",
                       .bytes = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"};
    for (const auto& tag : tags) wheel.bytes += "Tag: " + tag + "\n";
    entries.push_back(std::move(wheel));
  }
  ArchiveEntry record{.name = dist_info + "/RECORD"};
  for (const ArchiveEntry& entry : entries) {
    if (entry.kind != ArchiveEntry::Kind::file) continue;
    frontend::Sha256 digest;
    digest.add(entry.bytes);
    record.bytes +=
        fmt::format("{},sha256={},{}\n", entry.name, digest.base64(), entry.bytes.size());
  }
  record.bytes += record.name + ",,\n";
  entries.push_back(std::move(record));
  return entries;
}

std::string write_wheel(const std::filesystem::path& directory,
                        std::string_view name,
                        std::string_view version) {
  const std::string dist_info = fmt::format("{}-{}.dist-info", name, version);
  std::string file = fmt::format("{}-{}-py3-none-any.whl", name, version);
  write_archive(
      directory / file,
      sound_wheel(
          {{.name = fmt::format("{}.py", name), .bytes = "answer = 42\n"},
           {.name = dist_info + "/METADATA",
            .bytes = fmt::format("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", name, version)}},
          dist_info));
  return file;
}

std::string write_sdist(const std::filesystem::path& directory,
                        std::string_view name,
                        std::string_view version) {
  const std::string top = fmt::format("{}-{}", name, version);
  std::string file = top + ".tar.gz";
  write_archive(
      directory / file,
      {{.name = top + "/pyproject.toml", .bytes = "[build-system]\nrequires = []\n"},
       {.name = top + "/PKG-INFO",
        .bytes = fmt::format("Metadata-Version: 2.2\nName: {}\nVersion: {}\n", name, version)}});
  return file;
}

}  // namespace axle::test
