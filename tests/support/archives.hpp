// Archives for tests, honest and hostile ones: real files, made by libarchive's writer.
//
//   write_archive(dir / "foo-1.0.tar.gz", {{.name = "foo-1.0/PKG-INFO", .bytes = "Name: foo\n"}});
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace axle::test {

struct ArchiveEntry {
  enum class Kind { file, directory, symbolic_link, hard_link, fifo, device };
  std::string name;
  std::string bytes = {};
  Kind kind = Kind::file;
  unsigned mode = 0644;
  std::string target = {};  ///< Of links.
  long modified = 1'000'000'000;
  /// Before `bytes`: so much of nothing, told as a hole of a sparse file.
  long hole = 0;
};

/// Writes an archive whose kind is that of its suffix: .tar.gz, .tgz, .tar.bz2, .tar.xz, .tar, .zip
/// or .whl. Names and targets are written as they are.
void write_archive(const std::filesystem::path& file, const std::vector<ArchiveEntry>& entries);

/// The entries of a wheel with a WHEEL that tells `tags`, if there is none, and a RECORD of all
/// files that fits, in the folder `dist_info`.
std::vector<ArchiveEntry> sound_wheel(std::vector<ArchiveEntry> entries,
                                      const std::string& dist_info,
                                      const std::vector<std::string>& tags = {"py3-none-any"});

/// A wheel `{name}-{version}-py3-none-any.whl` with a module and sound metadata; returns its name.
std::string write_wheel(const std::filesystem::path& directory,
                        std::string_view name,
                        std::string_view version);

/// An sdist `{name}-{version}.tar.gz` with a pyproject.toml and sound PKG-INFO; returns its name.
std::string write_sdist(const std::filesystem::path& directory,
                        std::string_view name,
                        std::string_view version);

}  // namespace axle::test
