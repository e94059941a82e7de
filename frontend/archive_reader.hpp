// One pass over an archive, member by member: what archive.hpp is made of. libarchive is in here
// and nowhere else.
//
//   TRY(auto reader, ArchiveReader::open(file, errc::invalid_project, {}));
//   for (;;) {
//     TRY(const bool more, reader.next());
//     if (!more) break;
//     ...reader.member()...
//   }
#pragma once

#include "frontend/archive.hpp"
#include "frontend/tree_writer.hpp"
#include "ipc/error.hpp"

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
namespace axle::frontend {

/// Every function fails with the `blame` that the reader was opened with. Belongs to the thread
/// that opened it, because it holds that thread's locale at UTF-8: destroy it there, the last one
/// first.
class ArchiveReader {
 public:
  struct Member {
    enum class Kind { file, directory, symbolic_link, hard_link };
    std::string name;  ///< As it is written there.
    MemberPath path;   ///< Not empty.
    Kind kind = Kind::file;
    std::string target;       ///< Of links, as it is written there.
    std::uintmax_t size = 0;  ///< Bytes of a file, as claimed.
    unsigned mode = 0;        ///< Permissions.
    std::optional<timespec> modified;
  };
  /// Takes `bytes` that stand at `offset`. What is between two calls is a hole.
  using Sink = std::function<Result<>(std::string_view bytes, std::uintmax_t offset)>;

  static Result<ArchiveReader> open(const std::filesystem::path& file,
                                    errc blame,
                                    const ArchiveLimits& limits);
  ArchiveReader(ArchiveReader&&) noexcept;
  ArchiveReader& operator=(ArchiveReader&&) = delete;
  ~ArchiveReader();

  /// Goes to the next member, passing over the root ("./"); false at the end. Refuses names with
  /// "..", devices, FIFOs and sockets, what is encrypted, and what is past a limit.
  Result<bool> next();
  [[nodiscard]] const Member& member() const;
  /// Hands the data of the current file to `sink`, front to back, and returns how long the file is,
  /// holes included. Once for each member. Passes an error of the sink on.
  Result<std::uintmax_t> read(const Sink& sink);

  [[nodiscard]] const std::filesystem::path& file() const;
  /// The error "FILE WHY".
  [[nodiscard]] std::unexpected<Error> refuse(std::string_view why, std::string hint = {}) const;
  /// The error "FILE has a member 'NAME' WHY".
  [[nodiscard]] std::unexpected<Error> refuse_member(std::string_view why) const;
  /// Whether so many are within the limit for entries.
  [[nodiscard]] Result<> check_entries(std::uintmax_t entries) const;

 private:
  struct Impl;  // keeps libarchive out of this header
  explicit ArchiveReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace axle::frontend
