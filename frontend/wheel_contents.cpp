#include "frontend/archive.hpp"
#include "frontend/archive_reader.hpp"
#include "frontend/artifact_contents.hpp"
#include "frontend/core_metadata.hpp"
#include "frontend/digest.hpp"
#include "frontend/entry_points.hpp"
#include "frontend/file_name.hpp"
#include "frontend/utf8.hpp"
#include "frontend/version.hpp"
#include "frontend/wheel_record.hpp"
#include "frontend/zip_ends.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace axle::frontend {
namespace {

constexpr std::string_view dist_info_suffix = ".dist-info";
constexpr std::uintmax_t most_text_bytes = 64U << 20;
constexpr std::array<std::string_view, 4> texts_wanted = {
    "METADATA", "WHEEL", "RECORD", "entry_points.txt"};

/// "py2.py3", "none", "any": what each tag of a set stands for, in lower case.
std::set<std::string> tags_of(std::string_view python_tag,
                              std::string_view abi_tag,
                              std::string_view platform_tag) {
  const auto members = [](std::string_view set) {
    std::vector<std::string> found(1);
    for (const char c : set) {
      if (c == '.') {
        found.emplace_back();
      } else {
        found.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      }
    }
    return found;
  };
  std::set<std::string> tags;
  for (const auto& python : members(python_tag)) {
    for (const auto& abi : members(abi_tag)) {
      for (const auto& platform : members(platform_tag)) {
        tags.insert(fmt::format("{}-{}-{}", python, abi, platform));
      }
    }
  }
  return tags;
}

/// Reads one wheel; every error begins with its name.
class WheelReader {
 public:
  explicit WheelReader(const std::filesystem::path& wheel)
      : wheel_(wheel), file_name_(wheel.filename().string()) {}

  Result<ArtifactContents> read() {
    TRY(const auto name, parse_wheel_name(file_name_));
    TRY(read_files());
    TRY(const auto unsound, unsound_zip_ends(wheel_));
    if (unsound) return refuse("it " + *unsound);
    TRY(auto contents, check_metadata(name));
    TRY(check_wheel_file(name, contents.remarks));
    check_record(contents);
    contents.warnings.insert(contents.warnings.end(), warnings_.begin(), warnings_.end());
    if (const auto script = find_unusable_script(texts_["entry_points.txt"])) {
      return refuse(*script);
    }
    return contents;
  }

 private:
  [[nodiscard]] std::unexpected<Error> refuse(std::string_view why) const {
    return refuse_artifact(file_name_, why);
  }

  Result<> read_files() {
    TRY(auto reader, ArchiveReader::open(wheel_, errc::bad_artifact, limits_of_own_artifacts));
    std::set<std::string> names;
    Sha256 digest;
    for (;;) {
      TRY(const bool more, reader.next());
      if (!more) return {};
      const ArchiveReader::Member& member = reader.member();
      const std::string name = to_string(member.path);
      if (member.path.front().ends_with(dist_info_suffix)) dist_infos_.insert(member.path.front());
      if (member.kind == ArchiveReader::Member::Kind::directory) continue;
      if (member.name.starts_with('/')) return reader.refuse_member("whose name is absolute");
      if (member.kind != ArchiveReader::Member::Kind::file) {
        return reader.refuse_member("that is a link, and wheels have none");
      }
      std::string* const text = text_of(member);
      if (!names.insert(name).second) {
        warn(fmt::format("has a member '{}' twice, of which the last counts", printable(name)));
        if (text != nullptr) text->clear();
      }
      std::uintmax_t end = 0;
      TRY(const std::uintmax_t size, reader.read([&](std::string_view bytes, std::uintmax_t at) {
        end = at + bytes.size();
        digest.add(bytes);
        return keep(bytes, text, reader);
      }));
      if (size != end) return reader.refuse_member("with holes");
      files_.push_back({.name = member.name, .size = size, .sha256 = digest.base64()});
    }
  }

  void warn(std::string_view what) {
    warnings_.push_back(fmt::format(
        "{} {}: installers take it, and indexes may refuse it", printable(file_name_), what));
  }

  /// Where the text of a member is kept, if it is one of those that tell of the wheel.
  std::string* text_of(const ArchiveReader::Member& member) {
    if (member.path.size() != 2 || !member.path[0].ends_with(dist_info_suffix)) return nullptr;
    const auto* const wanted = std::ranges::find(texts_wanted, member.path[1]);
    return wanted != texts_wanted.end() ? &texts_[*wanted] : nullptr;
  }

  Result<> keep(std::string_view bytes, std::string* text, const ArchiveReader& reader) {
    if (text == nullptr) return {};
    if (bytes.size() > most_text_bytes - text_bytes_) {
      return reader.refuse_member("that is larger than it should be");
    }
    text_bytes_ += bytes.size();
    *text += bytes;
    return {};
  }

  Result<ArtifactContents> check_metadata(const WheelName& name) {
    if (dist_infos_.empty()) return refuse("there is no *.dist-info/METADATA in it");
    if (dist_infos_.size() > 1) {
      return refuse(fmt::format("there are {} *.dist-info folders in it", dist_infos_.size()));
    }
    const std::string& dist_info = *dist_infos_.begin();
    for (const std::string_view needed : {"METADATA", "WHEEL", "RECORD"}) {
      if (texts_.contains(needed)) continue;
      return refuse(fmt::format("there is no {}/{} in it", printable(dist_info), needed));
    }
    const std::string member = dist_info + "/METADATA";
    TRY(auto contents, read_claim(file_name_, member, std::move(texts_["METADATA"])));
    if (normalized_name(name.distribution) != normalized_name(contents.name) ||
        !same_version(name.version, contents.version)) {
      return refuse(fmt::format("{} in it is that of {} {}",
                                printable(member),
                                printable(contents.name),
                                printable(contents.version)));
    }
    const auto stem =
        std::string_view(dist_info).substr(0, dist_info.size() - dist_info_suffix.size());
    if (!is_stem_of(stem, contents.name, contents.version)) {
      const std::size_t hyphen = stem.rfind('-');
      if (normalized_name(stem.substr(0, hyphen)) != normalized_name(contents.name)) {
        return refuse(fmt::format("its metadata is in {}", printable(dist_info)));
      }
      warn(fmt::format("has its metadata in {}", printable(dist_info)));
    }
    return contents;
  }

  Result<> check_wheel_file(const WheelName& name, std::vector<std::string>& remarks) {
    const CoreMetadata wheel = CoreMetadata::parse(texts_["WHEEL"]);
    const std::string version = wheel.value("Wheel-Version").value_or("");
    if (!version.starts_with("1.")) {
      return refuse(fmt::format("the Wheel-Version in its WHEEL is '{}', and 1.0 is expected",
                                printable(version)));
    }
    const std::string purity = wheel.value("Root-Is-Purelib").value_or("");
    if (purity != "true" && purity != "false") {
      remarks.push_back(
          fmt::format("{} does not say in WHEEL whether Root-Is-Purelib", printable(file_name_)));
    }
    std::set<std::string> told;
    for (const std::string& tag : wheel.values("Tag")) {
      // Each should be a single tag; some backends write the set as the name has it.
      const std::size_t first = tag.find('-');
      const std::size_t last = tag.rfind('-');
      if (first == last) {
        told.insert(tag);
        continue;
      }
      told.merge(tags_of(
          tag.substr(0, first), tag.substr(first + 1, last - first - 1), tag.substr(last + 1)));
    }
    if (told.empty()) {
      remarks.push_back(fmt::format("{} tells no Tag in its WHEEL", printable(file_name_)));
    } else if (told != tags_of(name.python_tag, name.abi_tag, name.platform_tag)) {
      // Installers go by the name.
      remarks.push_back(fmt::format("{} tells other tags in its WHEEL than in its name: {}",
                                    printable(file_name_),
                                    printable(fmt::format("{}", fmt::join(told, ", ")))));
    }
    return {};
  }

  void check_record(ArtifactContents& contents) {
    const auto found = examine_record(texts_["RECORD"], files_, *dist_infos_.begin());
    if (found.contradiction) warn(*found.contradiction);
    if (found.unhashed) {
      contents.remarks.push_back(fmt::format("{} tells no hash of '{}' in its RECORD",
                                             printable(file_name_),
                                             printable(*found.unhashed)));
    }
  }

  const std::filesystem::path& wheel_;
  const std::string file_name_;
  std::set<std::string> dist_infos_;
  std::vector<WheelFile> files_;
  std::map<std::string_view, std::string> texts_;
  std::uintmax_t text_bytes_ = 0;
  std::vector<std::string> warnings_;
};

}  // namespace

Result<ArtifactContents> read_wheel(const std::filesystem::path& wheel) {
  return WheelReader(wheel).read();
}

}  // namespace axle::frontend
