#include "backend/marker_scrubber.hpp"

#include <doctest/doctest.h>

#include <string>

using axle::backend::MarkerScrubber;

TEST_SUITE_BEGIN("backend::MarkerScrubber");

namespace {

/// The stream `text`, fed in pieces of `step` bytes.
std::string scrub(const std::string& text, std::size_t step) {
  MarkerScrubber scrubber;
  std::string shown;
  for (std::size_t at = 0; at < text.size(); at += step) {
    shown += scrubber.feed(std::string_view(text).substr(at, step));
    CHECK(shown.find(MarkerScrubber::marker) == std::string::npos);
  }
  return shown + scrubber.flush();
}

}  // namespace

TEST_CASE("D1 MarkerScrubber alters the marker however the stream is cut") {
  const std::string marker(MarkerScrubber::marker);
  const std::string altered(MarkerScrubber::replacement);
  const std::string text = "a\n" + marker + "x\nBackend: Backend: Wrote respBackend" + marker +
                           marker + "y\nBackend: Wrote response";
  const std::string expected = "a\n" + altered + "x\nBackend: Backend: Wrote respBackend" +
                               altered + altered + "y\nBackend: Wrote response";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    CAPTURE(step);
    CHECK(scrub(text, step) == expected);
  }
}

TEST_CASE("MarkerScrubber shows at once what cannot be part of a marker") {
  MarkerScrubber scrubber;
  CHECK(scrubber.feed("compiling... ") == "compiling... ");
  CHECK(scrubber.feed("Back") == "");
  CHECK(scrubber.feed("ground") == "Background");
  CHECK(scrubber.flush() == "");
}

TEST_SUITE_END();
