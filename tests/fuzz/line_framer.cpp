// Bytes to lines: the first byte of the input is the limit, the second says where it is cut.
#include "ipc/line_framer.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <utility>

namespace axle::fuzz {
namespace {

using Line = std::pair<std::string, std::size_t>;  // its text, or its length where it is overlong

Line as_line(const ipc::LineFramer::Item& item) {
  if (const auto* text = std::get_if<std::string>(&item)) return {*text, 0};
  return {"", std::get<ipc::OverlongLine>(item).length};
}

Line expected_line(std::string_view line, std::size_t limit) {
  if (line.size() > limit) return {"", line.size()};
  return {std::string(line), 0};
}

/// What the header promises, in the plainest way, of a stream that is known whole.
std::vector<Line> expected_lines(std::string_view stream, std::size_t limit) {
  std::vector<Line> lines;
  for (std::size_t end; (end = stream.find('\n')) != stream.npos; stream.remove_prefix(end + 1)) {
    std::string_view line = stream.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(expected_line(line, limit));
  }
  if (!stream.empty()) lines.push_back(expected_line(stream, limit));
  return lines;
}

void check_cut(std::string_view stream, std::size_t limit, std::size_t seed) {
  ipc::LineFramer framer(limit);
  std::vector<Line> lines;
  for (const std::string_view piece : pieces(stream, seed)) {
    framer.feed(piece);
    while (const auto item = framer.next()) lines.push_back(as_line(*item));
  }
  if (const auto item = framer.finish()) lines.push_back(as_line(*item));
  hold(lines == expected_lines(stream, limit), "lines do not depend on where they are cut");
  hold(!framer.finish(), "a framer is empty after the end");
}

}  // namespace

void check(std::string_view input) {
  Input front(input);
  const std::size_t limit = front.number() % 32;
  const std::size_t seed = front.number();
  check_cut(front.rest(), limit, seed);
  check_cut(front.rest(), limit, 0);
}

}  // namespace axle::fuzz
