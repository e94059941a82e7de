#include "ipc/line_framer.hpp"

#include <utility>

namespace axle::ipc {

void LineFramer::feed(std::string_view bytes) {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    searched_ -= start_;
    start_ = 0;
  }
  buffer_ += bytes;
}

std::optional<LineFramer::Item> LineFramer::next() {
  const std::size_t newline = buffer_.find('\n', searched_);
  if (newline == std::string::npos) {
    searched_ = buffer_.size();
    // A "\r" at the end may yet turn out to be no part of the line.
    std::size_t length = searched_ - start_;
    if (length > 0 && buffer_.back() == '\r') --length;
    if (dropped_ > 0 || length > longest_line_) {
      dropped_ += length;
      buffer_.erase(0, start_ + length);
      start_ = 0;
      searched_ = buffer_.size();
    }
    return std::nullopt;
  }
  std::size_t length = newline - start_;
  if (length > 0 && buffer_[newline - 1] == '\r') --length;
  Item item;
  if (dropped_ > 0 || length > longest_line_) {
    item = OverlongLine{std::exchange(dropped_, 0) + length};
  } else {
    item = buffer_.substr(start_, length);
  }
  start_ = searched_ = newline + 1;
  return item;
}

std::optional<LineFramer::Item> LineFramer::finish() {
  // What `next` has not cut is one unfinished line.
  const std::size_t length = buffer_.size() - start_;
  std::optional<Item> item;
  if (dropped_ > 0 || length > longest_line_) {
    item = OverlongLine{dropped_ + length};
  } else if (length > 0) {
    item = buffer_.substr(start_);
  }
  buffer_.clear();
  start_ = searched_ = dropped_ = 0;
  return item;
}

}  // namespace axle::ipc
