#include "frontend/archive.hpp"
#include "frontend/archive_reader.hpp"
#include "frontend/artifact_contents.hpp"
#include "frontend/core_metadata.hpp"
#include "frontend/file_name.hpp"
#include "frontend/tree_writer.hpp"
#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace axle::frontend {
namespace {

using Kind = ArchiveReader::Member::Kind;

constexpr std::uintmax_t most_metadata_bytes = 16U << 20;

/// "2.10" as a number to compare by; nothing that reads so is 0.
int metadata_version(std::string_view text) {
  int major = 0;
  int minor = 0;
  int* part = &major;
  for (const char c : text.substr(0, 8)) {
    if (c == '.' && part == &major) {
      part = &minor;
    } else if (c >= '0' && c <= '9') {
      *part = *part * 10 + (c - '0');
    } else {
      return 0;
    }
  }
  return major * 1000 + minor;
}

/// Reads one sdist; every error begins with its name.
class SdistReader {
 public:
  explicit SdistReader(const std::filesystem::path& sdist)
      : sdist_(sdist), file_name_(sdist.filename().string()) {}

  Result<ArtifactContents> read() {
    const auto stem = sdist_stem(file_name_);
    if (!stem || !file_name_.ends_with(".tar.gz")) return refuse("an sdist ends in .tar.gz");
    TRY(read_members());
    if (!pkg_info_) return nameless(*stem);
    const std::string member = top_ + "/PKG-INFO";
    TRY(auto contents, read_claim(file_name_, member, *std::move(pkg_info_)));
    if (!is_stem_of(*stem, contents.name, contents.version)) {
      return refuse(fmt::format("{} in it is that of {} {}",
                                printable(member),
                                printable(contents.name),
                                printable(contents.version)));
    }
    if (!is_stem_of(top_, contents.name, contents.version)) {
      return refuse(fmt::format("the folder in it is '{}'", printable(top_)));
    }
    remark_on(*stem, contents);
    return contents;
  }

 private:
  [[nodiscard]] std::unexpected<Error> refuse(std::string_view why) const {
    return refuse_artifact(file_name_, why);
  }

  /// An sdist without metadata is what its file name says.
  [[nodiscard]] Result<ArtifactContents> nameless(std::string_view stem) const {
    if (!looks_like_sdist_stem(stem) || top_ != stem) return refuse("there is no PKG-INFO in it");
    const std::size_t hyphen = stem.rfind('-');
    return ArtifactContents{
        .name = std::string(stem.substr(0, hyphen)),
        .version = std::string(stem.substr(hyphen + 1)),
        .metadata = {},
        .warnings = {fmt::format(
            "{} has no PKG-INFO: installers build it, and indexes and pypa/build refuse it",
            printable(file_name_))}};
  }

  Result<> read_members() {
    TRY(auto reader, ArchiveReader::open(sdist_, errc::bad_artifact, limits_of_own_artifacts));
    for (;;) {
      TRY(const bool more, reader.next());
      if (!more) return {};
      const ArchiveReader::Member& member = reader.member();
      if (top_.empty()) top_ = member.path.front();
      if (member.path.front() != top_) {
        return refuse(fmt::format(
            "there is '{}' beside '{}' in it", printable(member.path.front()), printable(top_)));
      }
      if (leaves(member)) {
        auto error = reader.refuse_member("that is a link out of its folder");
        error.error().hint = hint_at_link(member.path);
        return error;
      }
      if (member.path.size() != 2 || member.kind != Kind::file) continue;
      has_pyproject_ = has_pyproject_ || member.path[1] == "pyproject.toml";
      if (member.path[1] == "PKG-INFO") {
        TRY(pkg_info_, read_text(reader));  // as when it is unpacked, the last of several stays
      }
    }
  }

  [[nodiscard]] bool leaves(const ArchiveReader::Member& member) const {
    if (member.kind == Kind::symbolic_link) return !stays_inside(member.path, member.target);
    if (member.kind != Kind::hard_link) return false;
    const auto target = parse_member_path(member.target);
    return !target || target->empty() || target->front() != top_;
  }

  static Result<std::string> read_text(ArchiveReader& reader) {
    std::string text;
    TRY(reader.read([&](std::string_view bytes, std::uintmax_t offset) -> Result<> {
      if (offset + bytes.size() > most_metadata_bytes) {
        return reader.refuse_member("that is larger than it should be");
      }
      text.resize(offset);
      text += bytes;
      return {};
    }));
    return text;
  }

  void remark_on(std::string_view stem, ArtifactContents& contents) const {
    const auto remark = [&](std::string_view what) {
      contents.remarks.push_back(fmt::format("{} {}", printable(file_name_), what));
    };
    if (!has_pyproject_) remark("has no pyproject.toml, as sdists of today have");
    const CoreMetadata fields = CoreMetadata::parse(contents.metadata);
    const std::string version = fields.value("Metadata-Version").value_or("");
    if (metadata_version(version) < metadata_version("2.2")) {
      remark(fmt::format("has metadata of version '{}', and PEP 643 asks for 2.2",
                         printable(version)));
    }
    std::string name = normalized_name(contents.name);
    std::ranges::replace(name, '-', '_');
    if (!stem.starts_with(name + "-") || std::ranges::count(stem, '-') != 1) {
      remark(fmt::format("would be named {}-... by PEP 625", printable(name)));
    }
  }

  const std::filesystem::path& sdist_;
  const std::string file_name_;
  std::string top_;
  std::optional<std::string> pkg_info_;
  bool has_pyproject_ = false;
};

}  // namespace

Result<ArtifactContents> read_sdist(const std::filesystem::path& sdist) {
  return SdistReader(sdist).read();
}

}  // namespace axle::frontend
