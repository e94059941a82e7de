#include "frontend/compare_artifacts.hpp"

#include "frontend/archive.hpp"
#include "frontend/archive_reader.hpp"
#include "frontend/digest.hpp"
#include "frontend/utf8.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <map>
#include <optional>

namespace axle::frontend {
namespace {

using Kind = ArchiveReader::Member::Kind;

struct Entry {
  std::string name;
  Kind kind = Kind::file;
  std::string target;
  std::uintmax_t size = 0;
  unsigned mode = 0;
  std::optional<std::time_t> modified;
  std::string sha256;
};

Result<std::vector<Entry>> entries_of(const std::filesystem::path& archive) {
  TRY(auto reader, ArchiveReader::open(archive, errc::bad_artifact, limits_of_own_artifacts));
  std::vector<Entry> entries;
  Sha256 digest;
  for (;;) {
    TRY(const bool more, reader.next());
    if (!more) return entries;
    const ArchiveReader::Member& member = reader.member();
    Entry entry{.name = member.name,
                .kind = member.kind,
                .target = member.target,
                .mode = member.mode,
                .modified = {},
                .sha256 = {}};
    if (member.modified) entry.modified = member.modified->tv_sec;
    if (member.kind == Kind::file) {
      TRY(entry.size, reader.read([&](std::string_view bytes, std::uintmax_t) -> Result<> {
        digest.add(bytes);
        return {};
      }));
      entry.sha256 = digest.base64();
    }
    entries.push_back(std::move(entry));
  }
}

/// Where the contents of a member begin to differ, if it is not too large to be looked at.
std::string first_difference(const std::filesystem::path& first,
                             const std::filesystem::path& second,
                             const std::string& name) {
  constexpr std::uintmax_t most = 32U << 20;
  std::vector<std::string> texts;
  for (const auto& archive : {first, second}) {
    const auto path = parse_member_path(name);
    if (!path) return {};
    auto text =
        read_member(archive, to_string(*path), most, errc::bad_artifact, limits_of_own_artifacts);
    if (!text) return {};
    texts.push_back(*std::move(text));
  }
  const auto at =
      static_cast<std::size_t>(std::ranges::mismatch(texts[0], texts[1]).in1 - texts[0].begin());
  const auto lines =
      std::count(texts[0].begin(), texts[0].begin() + static_cast<std::ptrdiff_t>(at), '\n');
  return fmt::format(" from byte {} on (line {})", at, lines + 1);
}

std::string shown_time(const std::optional<std::time_t>& time) {
  if (!time) return "no time";
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(*time));
}

class Comparison {
 public:
  enum class Of { everything, contents };
  Comparison(const std::filesystem::path& first, const std::filesystem::path& second, Of what)
      : first_(first), second_(second), of_(what) {}

  Result<std::vector<std::string>> run() {
    TRY(const auto one, entries_of(first_));
    TRY(const auto two, entries_of(second_));
    std::map<std::string, const Entry*> there;
    for (const Entry& entry : two) there.emplace(entry.name, &entry);
    for (const Entry& entry : one) {
      const auto other = there.find(entry.name);
      if (other == there.end()) {
        tell(entry.name, "is in the first build only");
        continue;
      }
      compare(entry, *other->second);
      there.erase(other);
    }
    for (const Entry& entry : two) {
      if (there.contains(entry.name)) tell(entry.name, "is in the second build only");
    }
    if (of_ == Of::contents) return std::move(differences_);
    if (differences_.empty() && !std::ranges::equal(one, two, {}, &Entry::name, &Entry::name)) {
      differences_.emplace_back("the same members are in another order");
    }
    if (differences_.empty()) tell_packing();
    return std::move(differences_);
  }

 private:
  void tell(const std::string& name, std::string_view what) {
    differences_.push_back(fmt::format("{} {}", printable(name), what));
  }

  void compare(const Entry& one, const Entry& two) {
    if (one.kind != two.kind || one.target != two.target)
      tell(one.name, "is another kind of member");
    if (one.sha256 != two.sha256) {
      tell(one.name,
           fmt::format("has other contents{} ({} and {} bytes)",
                       first_difference(first_, second_, one.name),
                       one.size,
                       two.size));
    }
    if (of_ == Of::everything && one.modified != two.modified) {
      tell(one.name,
           fmt::format(
               "has other times: {} and {}", shown_time(one.modified), shown_time(two.modified)));
    }
    if (one.mode != two.mode) {
      tell(one.name, fmt::format("has other modes: {:o} and {:o}", one.mode, two.mode));
    }
  }

  /// All members are the same, and the files are not.
  void tell_packing() {
    const auto head = [](const std::filesystem::path& file) {
      std::string bytes(8, '\0');
      std::ifstream(file, std::ios::binary).read(bytes.data(), 8);
      return bytes;
    };
    const std::string one = head(first_);
    const std::string two = head(second_);
    if (one.starts_with("\x1f\x8b") && one.substr(4) != two.substr(4)) {
      differences_.emplace_back("the time in the header of gzip is another");
    } else {
      differences_.emplace_back(
          "the same members are packed in another way: owners or compression");
    }
  }

  const std::filesystem::path& first_;
  const std::filesystem::path& second_;
  const Of of_;
  std::vector<std::string> differences_;
};

Result<std::vector<std::string>> compare(const std::filesystem::path& first,
                                         const std::filesystem::path& second,
                                         Comparison::Of what) {
  const auto one = sha256_of_file(first);
  const auto two = sha256_of_file(second);
  for (const auto* digest : {&one, &two}) {
    if (!*digest) return fail(errc::bad_artifact, digest->error().message);
  }
  if (*one == *two) return std::vector<std::string>{};
  return Comparison(first, second, what).run();
}

}  // namespace

Result<std::vector<std::string>> compare_artifacts(const std::filesystem::path& first,
                                                   const std::filesystem::path& second) {
  return compare(first, second, Comparison::Of::everything);
}

Result<std::vector<std::string>> compare_contents(const std::filesystem::path& first,
                                                  const std::filesystem::path& second) {
  return compare(first, second, Comparison::Of::contents);
}

}  // namespace axle::frontend
