#include "frontend/text_file.hpp"

#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <system_error>

namespace axle::frontend {

namespace fs = std::filesystem;

Result<std::optional<std::string>> read_text_file(const fs::path& file, const fs::path& shown) {
  constexpr std::size_t most_bytes = std::size_t{4} << 20;
  const std::string& name = shown.empty() ? file.native() : shown.native();
  std::error_code error;
  const fs::file_status status = fs::symlink_status(file, error);
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  const bool is_link = fs::is_symlink(status);
  if (!is_link) {
    if (auto text = ipc::read_file(file, most_bytes)) return *std::move(text);
  }
  // What is wrong is told of the file that it leads to.
  const fs::path target = fs::canonical(file, error);
  const bool is_missing =
      error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
  if (is_missing && !is_link) return std::nullopt;
  if (error) {
    return fail(errc::invalid_project,
                fmt::format("cannot read {}: {}{}",
                            name,
                            error.message(),
                            is_link ? " (it is a symbolic link)" : ""));
  }
  auto text = ipc::read_file(target, most_bytes);
  if (text) return *std::move(text);
  const std::string prefix = is_link || name != file.native() ? name + ": " : "";
  return fail(errc::invalid_project, prefix + text.error().message);
}

}  // namespace axle::frontend
