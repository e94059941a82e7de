// The output of hooks without the protocol's marker: the first byte says where it is cut.
#include "backend/marker_scrubber.hpp"

#include "tests/fuzz/fuzz.hpp"

namespace axle::fuzz {
namespace {

using backend::MarkerScrubber;

/// What the header promises, in the plainest way, of a stream that is known whole.
std::string expected_text(std::string_view stream) {
  std::string text;
  while (!stream.empty()) {
    if (stream.starts_with(MarkerScrubber::marker)) {
      text += MarkerScrubber::replacement;
      stream.remove_prefix(MarkerScrubber::marker.size());
    } else {
      text += stream.front();
      stream.remove_prefix(1);
    }
  }
  return text;
}

}  // namespace

void check(std::string_view input) {
  Input front(input);
  const std::size_t seed = front.number();
  MarkerScrubber scrubber;
  std::string shown;
  std::size_t fed = 0;
  for (const std::string_view piece : pieces(front.rest(), seed)) {
    shown += scrubber.feed(piece);
    fed += piece.size();
    hold(shown.size() + MarkerScrubber::marker.size() > fed, "less than a marker is held back");
  }
  shown += scrubber.flush();
  hold(!shown.contains(MarkerScrubber::marker), "no marker is shown");
  hold(shown == expected_text(front.rest()), "all but markers is shown as it came");
  hold(scrubber.flush().empty(), "a scrubber is empty after the end");
}

}  // namespace axle::fuzz
