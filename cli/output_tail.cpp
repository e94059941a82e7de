#include "cli/output_tail.hpp"

#include <algorithm>

namespace axle::cli {
namespace {

std::uintmax_t newlines(std::string_view text) {
  return static_cast<std::uintmax_t>(std::ranges::count(text, '\n'));
}

}  // namespace

void OutputTail::append(std::string_view bytes) {
  kept_ += bytes;
  if (kept_.size() <= 2 * capacity_) return;
  const std::size_t too_much = kept_.size() - capacity_;
  dropped_newlines_ += newlines(std::string_view(kept_).substr(0, too_much));
  dropped_within_line_ = kept_[too_much - 1] != '\n';
  kept_.erase(0, too_much);
}

void OutputTail::clear() {
  kept_.clear();
  dropped_newlines_ = 0;
  dropped_within_line_ = false;
}

OutputTail::End OutputTail::end(std::size_t lines, std::size_t bytes) const {
  const std::string_view kept = kept_;
  std::size_t begin = kept.size() - std::min(bytes, kept.size());
  // The newline that ends the last line does not begin another one.
  std::size_t line = kept.ends_with('\n') ? kept.size() - 1 : kept.size();
  for (std::size_t i = 0; i < lines && line != std::string_view::npos; ++i) {
    line = line == 0 ? std::string_view::npos : kept.rfind('\n', line - 1);
  }
  if (line != std::string_view::npos && lines > 0) begin = std::max(begin, line + 1);
  const bool cut = begin == 0 ? dropped_within_line_ : kept[begin - 1] != '\n';
  return {.text = std::string(kept.substr(begin)),
          .lines_left_out = dropped_newlines_ + newlines(kept.substr(0, begin)),
          .cut_line = cut};
}

}  // namespace axle::cli
