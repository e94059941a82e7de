// Foreign bytes on their way to a terminal: the first byte says where they are cut.
#include "cli/printable.hpp"
#include "frontend/printed_text.hpp"
#include "frontend/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

namespace axle::fuzz {
namespace {

/// Whether a terminal shows `text` as it is; newlines and tabs as `also` says.
bool is_harmless(std::string_view text, std::string_view also) {
  if (!is_utf8(text)) return false;
  if (!std::ranges::all_of(text, [&](char c) {
        return also.contains(c) || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
      })) {
    return false;
  }
  for (std::size_t at = 0; (at = text.find('\xC2', at)) != text.npos; ++at) {
    if (static_cast<unsigned char>(text[at + 1]) < 0xA0) return false;  // C1 controls
  }
  return true;
}

void check_filter(std::string_view bytes, std::size_t seed) {
  cli::PrintableFilter filter;
  std::string shown;
  for (const std::string_view piece : pieces(bytes, seed)) {
    const std::string more = filter.feed(piece);
    hold(is_harmless(more, "\n\t"), "what is shown so far does nothing to a terminal");
    shown += more;
  }
  shown += filter.finish();
  hold(shown == cli::printable(bytes), "text does not depend on where it is cut");
  hold(is_harmless(shown, "\n\t"), "what is shown does nothing to a terminal");
  hold(cli::printable(shown) == shown, "what can be shown stays as it is");
}

}  // namespace

void check(std::string_view input) {
  Input front(input);
  const std::size_t seed = front.number();
  const std::string_view bytes = front.rest();
  check_filter(bytes, seed);
  for (const std::string& line : frontend::readable_lines(bytes)) {
    hold(!line.empty() && is_utf8(line) && !line.contains('\n'), "a line is a line of UTF-8");
    hold(!line.contains('\x1b'), "a line has no escapes");
    hold(line.size() <= 503, "a line is cut");
  }
  const std::string text = frontend::to_utf8(bytes);
  hold(is_utf8(text), "text is UTF-8");
  hold(!is_utf8(bytes) || text == bytes, "UTF-8 stays as it is");
  const std::string shown = frontend::printable(bytes);
  hold(is_harmless(shown, ""), "a part of a message does nothing to a terminal");
  hold(shown.size() <= 210, "a part of a message is short");
}

}  // namespace axle::fuzz
