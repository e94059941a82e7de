#include "backend/output_spool.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdlib.h>
#include <system_error>
#include <utility>

namespace axle::backend {
namespace {

constexpr std::size_t chunk = 64 * 1024;
constexpr off_t hole = 1024 * 1024;  // how much of the file is given back at once

ipc::UniqueFd open_nameless(const std::filesystem::path& folder) {
  ipc::UniqueFd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file) return file;
  std::string name = (folder / ".axle-output-XXXXXX").native();
  file.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (file) ::unlink(name.c_str());
  return file;
}

}  // namespace

bool OutputSpool::empty() const noexcept {
  return taken_ == memory_.size() && read_ == written_ && surplus_.empty();
}

void OutputSpool::put(std::string_view bytes) {
  const bool in_order = read_ == written_ && surplus_.empty();
  if (in_order && memory_.size() - taken_ + bytes.size() <= in_memory_) {
    memory_.erase(0, std::exchange(taken_, 0));
    memory_ += bytes;
    return;
  }
  if (surplus_.empty()) bytes.remove_prefix(spill(bytes));
  surplus_ += bytes;
}

std::size_t OutputSpool::spill(std::string_view bytes) {
  if (!file_) file_ = open_nameless(folder_);
  std::size_t count = 0;
  while (file_ && count < bytes.size()) {
    const ssize_t done =
        ::pwrite(file_.number(), bytes.data() + count, bytes.size() - count, written_);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) break;
    count += static_cast<std::size_t>(done);
    written_ += done;
  }
  return count;
}

std::string OutputSpool::take() {
  if (taken_ == memory_.size()) {
    memory_ = {};
    taken_ = 0;
    if (read_ != written_) return read_back();
    memory_ = std::exchange(surplus_, {});
  }
  std::string bytes = memory_.substr(taken_, chunk);
  taken_ += bytes.size();
  return bytes;
}

std::string OutputSpool::read_back() {
  std::string bytes(std::min<std::size_t>(chunk, static_cast<std::size_t>(written_ - read_)), '\0');
  ssize_t count = -1;
  do {
    count = ::pread(file_.number(), bytes.data(), bytes.size(), read_);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) {
    bytes = fmt::format("\naxle-backend: {} bytes of output are lost: {}\n",
                        written_ - read_,
                        std::generic_category().message(count < 0 ? errno : EIO));
    read_ = written_;
  } else {
    bytes.resize(static_cast<std::size_t>(count));
    read_ += count;
  }
  shrink();
  return bytes;
}

// A reader who is always a little behind must not make the file grow for ever.
void OutputSpool::shrink() {
  if (read_ == written_) {
    forget_file();
  } else if (read_ - given_back_ >= hole) {
    // Not every file system can; then the file grows until it is read to its end.
    constexpr int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    ::fallocate(file_.number(), mode, given_back_, read_ - given_back_);
    given_back_ = read_;
  }
}

void OutputSpool::clear() {
  memory_ = {};
  taken_ = 0;
  forget_file();
  surplus_ = {};
}

void OutputSpool::forget_file() {
  file_.reset();
  read_ = written_ = given_back_ = 0;
}

}  // namespace axle::backend
