#include "frontend/archive_reader.hpp"

#include "frontend/utf8.hpp"
#include "ipc/fd.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <climits>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace axle::frontend {
namespace {

/// One for all threads and for ever: to make and free one for each archive would be slow.
locale_t utf8_locale() {
  static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

/// libarchive turns names into the charset of the locale: this makes it UTF-8, for this thread.
class Utf8Locale {
 public:
  Utf8Locale() {
    if (utf8_locale() != nullptr) before_ = ::uselocale(utf8_locale());
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (before_ != nullptr) ::uselocale(before_);
  }

 private:
  locale_t before_ = nullptr;
};

struct ArchiveDeleter {
  void operator()(struct archive* archive) const { ::archive_read_free(archive); }
};

/// What an archive of some suffix has to be.
struct Format {
  std::string_view suffix;
  std::string_view name;
  int filter = ARCHIVE_FILTER_NONE;
  bool is_zip = false;
};
constexpr std::string_view gzip = "a gzip-compressed tar archive";
constexpr std::array<Format, 6> formats = {{
    {.suffix = ".tar.gz", .name = gzip, .filter = ARCHIVE_FILTER_GZIP},
    {.suffix = ".tgz", .name = gzip, .filter = ARCHIVE_FILTER_GZIP},
    {.suffix = ".tar.bz2",
     .name = "a bzip2-compressed tar archive",
     .filter = ARCHIVE_FILTER_BZIP2},
    {.suffix = ".tar.xz", .name = "an xz-compressed tar archive", .filter = ARCHIVE_FILTER_XZ},
    {.suffix = ".zip", .name = "a zip archive", .is_zip = true},
    {.suffix = ".whl", .name = "a zip archive", .is_zip = true},
}};

}  // namespace

struct ArchiveReader::Impl {
  Result<> open();
  [[nodiscard]] Result<> check_filters() const;
  Result<> describe_member();
  Result<> describe_kind();
  /// Adds to what the archive has come to.
  Result<> count_bytes(std::uintmax_t more);
  [[nodiscard]] std::unexpected<Error> refuse(std::string_view why, std::string hint = {}) const;
  [[nodiscard]] std::unexpected<Error> refuse_member(std::string_view why) const;
  [[nodiscard]] Result<> check_entries(std::uintmax_t count) const;
  [[nodiscard]] std::unexpected<Error> damaged() const;

  std::filesystem::path file;
  errc blame;
  ArchiveLimits limits;
  Utf8Locale locale = {};
  const Format* format = nullptr;
  ipc::UniqueFd fd = {};
  std::uintmax_t packed_bytes = 0;
  std::unique_ptr<struct archive, ArchiveDeleter> archive = nullptr;
  std::uintmax_t entries = 0;
  std::uintmax_t bytes = 0;
  archive_entry* entry = nullptr;
  Member member = {};
};

Result<> ArchiveReader::Impl::open() {
  const std::string name = file.filename().string();
  const auto* const found = std::ranges::find_if(
      formats, [&](const Format& candidate) { return name.ends_with(candidate.suffix); });
  if (found == formats.end()) {
    return refuse("has no suffix of an archive",
                  "archives end in .tar.gz, .tgz, .tar.bz2, .tar.xz, .zip or .whl");
  }
  format = found;
  fd.reset(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return fail_errno(blame, fmt::format("cannot open {}", file.string()), errno);
  struct stat status = {};
  if (::fstat(fd.number(), &status) < 0 || !S_ISREG(status.st_mode)) {
    return refuse("is not a regular file");
  }
  packed_bytes = static_cast<std::uintmax_t>(status.st_size);
  archive.reset(::archive_read_new());
  if (!archive) return fail(errc::internal, "libarchive gives no reader");
  if (format->is_zip) {
    ::archive_read_support_format_zip_seekable(archive.get());
  } else {
    ::archive_read_support_format_tar(archive.get());
    ::archive_read_support_filter_by_code(archive.get(), format->filter);
  }
  constexpr std::size_t block = 128U << 10;
  if (::archive_read_open_fd(archive.get(), fd.number(), block) != ARCHIVE_OK) return damaged();
  return {};
}

/// One layer of the compression that the suffix promises, no more and no other.
Result<> ArchiveReader::Impl::check_filters() const {
  const int expected = format->is_zip ? 1 : 2;  // libarchive counts the file itself, too
  if (::archive_filter_count(archive.get()) != expected ||
      ::archive_filter_code(archive.get(), 0) != format->filter) {
    return refuse(fmt::format("is not {}", format->name));
  }
  return {};
}

Result<> ArchiveReader::Impl::describe_member() {
  const char* const name = ::archive_entry_pathname(entry);
  if (name == nullptr) return refuse("has a member whose name cannot be read");
  member = {};
  member.name = name;
  member.mode = ::archive_entry_perm(entry);
  if (member.name.size() >= PATH_MAX) return refuse_member("whose name is too long");
  auto path = parse_member_path(member.name);
  if (!path) return refuse_member("that leaves the archive");
  member.path = *std::move(path);
  if (::archive_entry_mtime_is_set(entry) != 0) {
    member.modified = timespec{.tv_sec = ::archive_entry_mtime(entry),
                               .tv_nsec = ::archive_entry_mtime_nsec(entry)};
  }
  if (::archive_entry_is_encrypted(entry) != 0) return refuse_member("that is encrypted");
  return describe_kind();
}

Result<> ArchiveReader::Impl::describe_kind() {
  if (const char* const existing = ::archive_entry_hardlink(entry)) {
    member.kind = Member::Kind::hard_link;
    member.target = existing;
    return {};
  }
  switch (::archive_entry_filetype(entry)) {
    case AE_IFREG:
      member.kind = Member::Kind::file;
      if (::archive_entry_size_is_set(entry) != 0 && ::archive_entry_size(entry) > 0) {
        member.size = static_cast<std::uintmax_t>(::archive_entry_size(entry));
      }
      // A claim, and refused as such; what is really there is counted as it comes.
      return count_bytes(member.size);
    case AE_IFDIR: member.kind = Member::Kind::directory; return {};
    case AE_IFLNK: {
      member.kind = Member::Kind::symbolic_link;
      const char* const target = ::archive_entry_symlink(entry);
      member.target = target != nullptr ? target : "";
      return {};
    }
    default: return refuse_member("that is a device, FIFO or socket");
  }
}

Result<> ArchiveReader::Impl::check_entries(std::uintmax_t count) const {
  if (count <= limits.entries) return {};
  return refuse(fmt::format("has more than {} members", limits.entries));
}

Result<> ArchiveReader::Impl::count_bytes(std::uintmax_t more) {
  if (more > limits.bytes - bytes) {
    return refuse(fmt::format("unpacks to more than {} bytes", limits.bytes));
  }
  bytes += more;
  if (bytes > limits.ratio_from && bytes / limits.ratio > packed_bytes) {
    return refuse(fmt::format("unpacks to more than {} times its size", limits.ratio));
  }
  return {};
}

std::unexpected<Error> ArchiveReader::Impl::damaged() const {
  const char* const why = ::archive_error_string(archive.get());
  return refuse(fmt::format("cannot be read as {}: {}",
                            format->name,
                            why != nullptr ? printable(why) : "unknown error"),
                "the file is damaged, cut off, or something else than its name says");
}

std::unexpected<Error> ArchiveReader::Impl::refuse(std::string_view why, std::string hint) const {
  return fail(blame, fmt::format("{} {}", file.string(), why), std::move(hint));
}

std::unexpected<Error> ArchiveReader::Impl::refuse_member(std::string_view why) const {
  return refuse(fmt::format("has a member '{}' {}", printable(member.name), why));
}

ArchiveReader::ArchiveReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;
ArchiveReader::~ArchiveReader() = default;

Result<ArchiveReader> ArchiveReader::open(const std::filesystem::path& file,
                                          errc blame,
                                          const ArchiveLimits& limits) {
  std::unique_ptr<Impl> impl(new Impl{.file = file, .blame = blame, .limits = limits});
  TRY(impl->open());
  return ArchiveReader(std::move(impl));
}

Result<bool> ArchiveReader::next() {
  Impl& self = *impl_;
  for (;;) {
    const int outcome = ::archive_read_next_header(self.archive.get(), &self.entry);
    if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN && outcome != ARCHIVE_EOF) {
      return self.damaged();
    }
    if (self.entries == 0) {
      TRY(self.check_filters());
    }
    if (outcome == ARCHIVE_EOF) return false;
    TRY(self.check_entries(++self.entries));
    TRY(self.describe_member());
    if (!self.member.path.empty()) return true;
  }
}

Result<std::uintmax_t> ArchiveReader::read(const Sink& sink) {
  std::uintmax_t end = 0;
  std::uintmax_t counted = impl_->member.size;
  for (;;) {
    const void* bytes = nullptr;
    std::size_t length = 0;
    la_int64_t offset = 0;
    const int outcome = ::archive_read_data_block(impl_->archive.get(), &bytes, &length, &offset);
    if (outcome == ARCHIVE_EOF) return counted;
    if (outcome != ARCHIVE_OK) return impl_->damaged();
    if (length == 0) continue;
    const auto start = static_cast<std::uintmax_t>(offset);
    if (offset < 0 || start < end) return refuse_member("whose parts overlap");
    end = start + length;
    if (end > counted) {
      TRY(impl_->count_bytes(end - counted));
      counted = end;
    }
    TRY(sink(std::string_view(static_cast<const char*>(bytes), length), start));
  }
}

const ArchiveReader::Member& ArchiveReader::member() const {
  return impl_->member;
}

const std::filesystem::path& ArchiveReader::file() const {
  return impl_->file;
}

std::unexpected<Error> ArchiveReader::refuse(std::string_view why, std::string hint) const {
  return impl_->refuse(why, std::move(hint));
}

std::unexpected<Error> ArchiveReader::refuse_member(std::string_view why) const {
  return impl_->refuse_member(why);
}

Result<> ArchiveReader::check_entries(std::uintmax_t entries) const {
  return impl_->check_entries(entries);
}

}  // namespace axle::frontend
