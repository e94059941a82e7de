#include "backend/marker_scrubber.hpp"

#include <algorithm>
#include <utility>

namespace axle::backend {

std::string MarkerScrubber::feed(std::string_view bytes) {
  held_.append(bytes);
  for (std::size_t at = held_.find(marker); at != std::string::npos;
       at = held_.find(marker, at + marker.size())) {
    held_.replace(at, marker.size(), replacement);
  }
  // The longest end of the text that may be the beginning of a marker.
  std::size_t keep = std::min(held_.size(), marker.size() - 1);
  while (keep > 0 && !marker.starts_with(std::string_view(held_).substr(held_.size() - keep))) {
    --keep;
  }
  std::string shown = held_.substr(0, held_.size() - keep);
  held_.erase(0, held_.size() - keep);
  return shown;
}

std::string MarkerScrubber::flush() {
  return std::exchange(held_, {});
}

}  // namespace axle::backend
