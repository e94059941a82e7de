// Keeps hooks from forging the protocol that stands in the text of standard output: a stream of
// bytes in which one piece of text is replaced wherever it occurs. Pure.
#pragma once

#include <string>
#include <string_view>

namespace axle::backend {

/// Replaces each "Backend: Wrote response " by "Backend: wrote response ". A part of the marker at
/// the end of what was fed is held back until it is decided.
class MarkerScrubber {
 public:
  static constexpr std::string_view marker = "Backend: Wrote response ";
  static constexpr std::string_view replacement = "Backend: wrote response ";

  /// Returns what may be shown of the stream so far.
  std::string feed(std::string_view bytes);
  /// The stream pauses or ends: what was held back.
  std::string flush();

 private:
  std::string held_;
};

}  // namespace axle::backend
