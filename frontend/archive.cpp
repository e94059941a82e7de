#include "frontend/archive.hpp"

#include "frontend/tree_writer.hpp"
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
#include <cstddef>
#include <locale.h>
#include <memory>
#include <optional>
#include <utility>

namespace axle::frontend {
namespace {

/// libarchive turns names into the charset of the locale: this makes it UTF-8, for this thread.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) before_ = ::uselocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }

 private:
  locale_t locale_;
  locale_t before_ = nullptr;
};

struct ArchiveDeleter {
  void operator()(struct archive* archive) const { ::archive_read_free(archive); }
};

/// What an archive of some suffix has to be.
struct Format {
  std::string_view suffix;
  std::string_view name;
  int filter;
  bool is_zip;
};
constexpr std::array formats = {
    Format{".tar.gz", "a gzip-compressed tar archive", ARCHIVE_FILTER_GZIP, false},
    Format{".tgz", "a gzip-compressed tar archive", ARCHIVE_FILTER_GZIP, false},
    Format{".tar.bz2", "a bzip2-compressed tar archive", ARCHIVE_FILTER_BZIP2, false},
    Format{".tar.xz", "an xz-compressed tar archive", ARCHIVE_FILTER_XZ, false},
    Format{".zip", "a zip archive", ARCHIVE_FILTER_NONE, true},
    Format{".whl", "a zip archive", ARCHIVE_FILTER_NONE, true},
};

/// One pass over an archive, member by member, within its limits.
class Reader {
 public:
  enum class Kind { file, directory, symbolic_link, hard_link };

  static Result<std::unique_ptr<Reader>> open(const std::filesystem::path& path,
                                              errc blame,
                                              const ArchiveLimits& limits) {
    std::unique_ptr<Reader> reader(new Reader(path, blame, limits));
    TRY(reader->open());
    return reader;
  }

  /// Goes to the next member; false at the end. The root itself ("./") is passed over.
  Result<bool> next();

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  // The current member.
  [[nodiscard]] const MemberPath& path() const { return path_; }
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] std::string_view target() const { return target_; }
  [[nodiscard]] std::uintmax_t size() const { return size_; }
  [[nodiscard]] unsigned mode() const { return ::archive_entry_perm(entry_); }
  [[nodiscard]] std::optional<timespec> modified() const {
    if (::archive_entry_mtime_is_set(entry_) == 0) return std::nullopt;
    return timespec{.tv_sec = ::archive_entry_mtime(entry_),
                    .tv_nsec = ::archive_entry_mtime_nsec(entry_)};
  }

  /// Hands the data of the current file to `sink(bytes, offset)`, a Result<>, in ascending order.
  /// Returns the length of the file, holes included.
  template <class Sink>
  Result<std::uintmax_t> read(Sink sink);

  /// An error about the whole archive.
  [[nodiscard]] std::unexpected<Error> refuse(std::string_view why, std::string hint = {}) const {
    return fail(blame_, fmt::format("{} {}", file_.string(), why), std::move(hint));
  }
  /// An error about the current member.
  [[nodiscard]] std::unexpected<Error> refuse_member(std::string_view why) const {
    return refuse(fmt::format("has a member '{}' {}", name_, why));
  }
  Result<> check_entries(std::uintmax_t entries) const;

 private:
  Reader(std::filesystem::path file, errc blame, const ArchiveLimits& limits)
      : file_(std::move(file)), blame_(blame), limits_(limits) {}

  Result<> open();
  Result<> check_filters() const;
  Result<> describe_member();
  /// Adds to what the archive has come to.
  Result<> count_bytes(std::uintmax_t bytes);
  [[nodiscard]] std::unexpected<Error> damaged() const;

  std::filesystem::path file_;
  errc blame_;
  ArchiveLimits limits_;
  Utf8Locale locale_;
  const Format* format_ = nullptr;
  ipc::UniqueFd fd_;
  std::uintmax_t packed_bytes_ = 0;
  std::unique_ptr<struct archive, ArchiveDeleter> archive_;
  std::uintmax_t entries_ = 0;
  std::uintmax_t bytes_ = 0;

  archive_entry* entry_ = nullptr;
  std::string name_;
  MemberPath path_;
  Kind kind_ = Kind::file;
  std::string target_;
  std::uintmax_t size_ = 0;
};

Result<> Reader::open() {
  const std::string name = file_.filename().string();
  const auto* const found = std::ranges::find_if(
      formats, [&](const Format& format) { return name.ends_with(format.suffix); });
  if (found == formats.end()) {
    return refuse("has no suffix of an archive",
                  "archives end in .tar.gz, .tgz, .tar.bz2, .tar.xz, .zip or .whl");
  }
  format_ = found;
  fd_.reset(::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd_) return fail_errno(blame_, fmt::format("cannot open {}", file_.string()), errno);
  struct stat status = {};
  if (::fstat(fd_.number(), &status) < 0 || !S_ISREG(status.st_mode)) {
    return refuse("is not a regular file");
  }
  packed_bytes_ = static_cast<std::uintmax_t>(status.st_size);
  archive_.reset(::archive_read_new());
  if (!archive_) return fail(errc::internal, "libarchive gives no reader");
  if (format_->is_zip) {
    ::archive_read_support_format_zip_seekable(archive_.get());
  } else {
    ::archive_read_support_format_tar(archive_.get());
    ::archive_read_support_filter_by_code(archive_.get(), format_->filter);
  }
  constexpr std::size_t block = 128U << 10;
  if (::archive_read_open_fd(archive_.get(), fd_.number(), block) != ARCHIVE_OK) return damaged();
  return {};
}

Result<bool> Reader::next() {
  for (;;) {
    const int outcome = ::archive_read_next_header(archive_.get(), &entry_);
    if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN && outcome != ARCHIVE_EOF) {
      return damaged();
    }
    if (entries_ == 0) {
      TRY(check_filters());
    }
    if (outcome == ARCHIVE_EOF) return false;
    TRY(check_entries(++entries_));
    TRY(describe_member());
    if (!path_.empty()) return true;
  }
}

/// One layer of the compression that the suffix promises, no more and no other.
Result<> Reader::check_filters() const {
  const int expected = format_->is_zip ? 1 : 2;  // libarchive counts the file itself, too
  if (::archive_filter_count(archive_.get()) != expected ||
      ::archive_filter_code(archive_.get(), 0) != format_->filter) {
    return refuse(fmt::format("is not {}", format_->name));
  }
  return {};
}

Result<> Reader::describe_member() {
  const char* const name = ::archive_entry_pathname(entry_);
  if (name == nullptr) return refuse("has a member whose name cannot be read");
  name_ = name;
  if (name_.size() >= PATH_MAX) {
    name_.resize(60);
    return refuse_member("... whose name is too long");
  }
  auto path = parse_member_path(name_);
  if (!path) return refuse_member("that leaves the archive");
  path_ = *std::move(path);
  target_.clear();
  size_ = 0;
  if (::archive_entry_is_encrypted(entry_) != 0) return refuse_member("that is encrypted");
  if (const char* const existing = ::archive_entry_hardlink(entry_)) {
    kind_ = Kind::hard_link;
    target_ = existing;
    return {};
  }
  switch (::archive_entry_filetype(entry_)) {
    case AE_IFREG:
      kind_ = Kind::file;
      size_ =
          ::archive_entry_size_is_set(entry_) != 0
              ? static_cast<std::uintmax_t>(std::max<la_int64_t>(::archive_entry_size(entry_), 0))
              : 0;
      // A claim, and refused as such; what is really there is counted as it comes.
      return count_bytes(size_);
    case AE_IFDIR:
      kind_ = Kind::directory;
      return {};
    case AE_IFLNK: {
      kind_ = Kind::symbolic_link;
      const char* const target = ::archive_entry_symlink(entry_);
      target_ = target != nullptr ? target : "";
      return {};
    }
    default:
      return refuse_member("that is a device, FIFO or socket");
  }
}

template <class Sink>
Result<std::uintmax_t> Reader::read(Sink sink) {
  std::uintmax_t end = 0;
  for (;;) {
    const void* bytes = nullptr;
    std::size_t length = 0;
    la_int64_t offset = 0;
    const int outcome = ::archive_read_data_block(archive_.get(), &bytes, &length, &offset);
    if (outcome == ARCHIVE_EOF) break;
    if (outcome != ARCHIVE_OK) return damaged();
    if (length == 0) continue;
    const auto start = static_cast<std::uintmax_t>(offset);
    if (offset < 0 || start < end) return refuse_member("whose parts overlap");
    if (start + length > std::max(end, size_)) {
      TRY(count_bytes(start + length - std::max(end, size_)));
    }
    TRY(sink(std::string_view(static_cast<const char*>(bytes), length), start));
    end = start + length;
  }
  return std::max(end, size_);
}

Result<> Reader::check_entries(std::uintmax_t entries) const {
  if (entries <= limits_.entries) return {};
  return refuse(fmt::format("has more than {} members", limits_.entries));
}

Result<> Reader::count_bytes(std::uintmax_t bytes) {
  if (bytes > limits_.bytes - bytes_) {
    return refuse(fmt::format("unpacks to more than {} bytes", limits_.bytes));
  }
  bytes_ += bytes;
  if (bytes_ > limits_.ratio_from && bytes_ / limits_.ratio > packed_bytes_) {
    return refuse(fmt::format("unpacks to more than {} times its size", limits_.ratio));
  }
  return {};
}

std::unexpected<Error> Reader::damaged() const {
  const char* const why = ::archive_error_string(archive_.get());
  return refuse(
      fmt::format(
          "cannot be read as {}: {}", format_->name, why != nullptr ? why : "unknown error"),
      "the file is damaged, cut off, or something else than its name says");
}

Result<> write_at(int file, std::string_view bytes, std::uintmax_t offset, const MemberPath& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail_errno(errc::io_error, fmt::format("cannot write '{}'", to_string(path)), errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uintmax_t>(written);
  }
  return {};
}

Result<> extract_member(Reader& reader, TreeWriter& writer) {
  const MemberPath& path = reader.path();
  switch (reader.kind()) {
    case Reader::Kind::directory:
      return writer.add_directory(path, reader.modified());
    case Reader::Kind::symbolic_link:
      return writer.add_symbolic_link(path, reader.target(), reader.modified());
    case Reader::Kind::hard_link: {
      const auto existing = parse_member_path(reader.target());
      if (!existing || existing->empty()) {
        return reader.refuse_member("that is a hard link to outside of the archive");
      }
      return writer.add_hard_link(path, *existing);
    }
    case Reader::Kind::file:
      break;
  }
  TRY(auto file, writer.add_file(path));
  std::uintmax_t end = 0;
  TRY(const std::uintmax_t size, reader.read([&](std::string_view bytes, std::uintmax_t offset) {
    end = offset + bytes.size();
    return write_at(file.number(), bytes, offset, path);
  }));
  if (size > end && ::ftruncate(file.number(), static_cast<off_t>(size)) < 0) {
    return fail_errno(errc::io_error, fmt::format("cannot write '{}'", to_string(path)), errno);
  }
  return writer.finish_file(std::move(file), path, reader.mode(), reader.modified());
}

/// Unpacks the members that `wanted` accepts and returns the one folder at the top of them.
template <class Wanted>
Result<std::filesystem::path> extract(Reader& reader,
                                      const std::filesystem::path& destination,
                                      errc blame,
                                      std::string_view what,
                                      Wanted wanted) {
  TRY(auto writer, TreeWriter::open(destination, reader.file(), blame));
  std::string top;
  while (true) {
    TRY(const bool more, reader.next());
    if (!more) break;
    if (!wanted(reader.path())) continue;
    const std::string& name = reader.path().front();
    if (top.empty()) top = name;
    if (name != top) {
      return reader.refuse(fmt::format("has '{}' beside '{}' instead of one {}", name, top, what));
    }
    if (reader.path().size() == 1 && reader.kind() != Reader::Kind::directory) {
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
  TRY(const auto reader, Reader::open(archive, blame, limits));
  std::vector<ArchiveMember> members;
  while (true) {
    TRY(const bool more, reader->next());
    if (!more) return members;
    ArchiveMember member{.name = to_string(reader->path())};
    if (reader->kind() == Reader::Kind::directory) {
      member.kind = ArchiveMember::Kind::directory;
    } else if (reader->kind() != Reader::Kind::file) {
      member.kind = ArchiveMember::Kind::link;
    } else {
      member.size = reader->size();
      if (wanted && wanted(member.name)) {
        const auto refuse = [&] {
          return reader->refuse_member(fmt::format("of more than {} bytes", most));
        };
        if (member.size > most) return refuse();
        TRY(reader->read([&](std::string_view bytes, std::uintmax_t offset) -> Result<> {
          if (offset + bytes.size() > most) return refuse();
          member.bytes.resize(offset);
          member.bytes += bytes;
          return {};
        }));
        member.size = std::max<std::uintmax_t>(member.size, member.bytes.size());
        member.bytes.resize(member.size);
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
  TRY(const auto reader, Reader::open(archive, blame, limits));
  return extract(*reader, destination, blame, "folder with everything", [](const MemberPath&) {
    return true;
  });
}

Result<std::filesystem::path> extract_dist_info(const std::filesystem::path& wheel,
                                                const std::filesystem::path& destination,
                                                errc blame,
                                                const ArchiveLimits& limits) {
  TRY(const auto reader, Reader::open(wheel, blame, limits));
  return extract(*reader, destination, blame, "folder *.dist-info", [](const MemberPath& path) {
    return path.front().ends_with(".dist-info");
  });
}

}  // namespace axle::frontend
