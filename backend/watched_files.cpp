#include "backend/watched_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace axle::backend {

namespace json = ipc::json;

std::optional<WatchedFiles::File> WatchedFiles::file_in(const json::Value& value) {
  const auto* list = std::get_if<json::Array>(&value.data);
  if (list == nullptr || list->empty()) return std::nullopt;
  auto path = json::as<std::string>(list->front());
  if (!path) return std::nullopt;
  if (list->size() == 1) return File{.path = *std::move(path), .appearance = std::nullopt};
  if (list->size() != 5) return std::nullopt;
  const auto mtime_s = json::as<std::int64_t>((*list)[1]);
  const auto mtime_ns = json::as<std::int64_t>((*list)[2]);
  const auto size = json::as<std::int64_t>((*list)[3]);
  const auto inode = json::as<std::uint64_t>((*list)[4]);
  if (!mtime_s || !mtime_ns || !size || !inode) return std::nullopt;
  return File{.path = *std::move(path),
              .appearance = Appearance{
                  .mtime_s = *mtime_s, .mtime_ns = *mtime_ns, .size = *size, .inode = *inode}};
}

void WatchedFiles::learn(const json::Object& message) {
  files_.reset();
  const auto* told = json::find(message, "files");
  const auto* list = told != nullptr ? std::get_if<json::Array>(&told->data) : nullptr;
  if (list == nullptr) return;
  std::vector<File> files;
  for (const json::Value& value : *list) {
    auto file = file_in(value);
    if (!file) return;
    files.push_back(*std::move(file));
  }
  files_ = std::move(files);
}

bool WatchedFiles::may_have_changed() const {
  return !files_ || !std::ranges::all_of(*files_, [](const File& file) {
    return look_at(file.path) == file.appearance;
  });
}

std::optional<WatchedFiles::Appearance> WatchedFiles::look_at(const std::string& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return std::nullopt;
  return Appearance{.mtime_s = found.st_mtim.tv_sec,
                    .mtime_ns = found.st_mtim.tv_nsec,
                    .size = found.st_size,
                    .inode = found.st_ino};
}

}  // namespace axle::backend
