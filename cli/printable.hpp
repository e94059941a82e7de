// Foreign bytes made safe to show on a terminal: what a backend prints can colour nothing, move no
// cursor, set no title, answer no query and hide no text.
//
//   PrintableFilter filter;
//   write(2, filter.feed(bytes));   // as they come, cut anywhere
//   write(2, filter.finish());
//
// Printable UTF-8, newlines and tabs pass. A carriage return is a line's end. Sequences that only
// colour, or clear a line's rest ("ESC [ ... m", "ESC [ ... K"), are dropped; of every other one
// the escape is shown as \x1b and the rest as it is. Control characters and bytes that are not
// UTF-8 are shown as \xNN; C1 controls and those that reorder text as \uNNNN.
#pragma once

#include <string>
#include <string_view>

namespace axle::cli {

class PrintableFilter {
 public:
  /// What can be shown of all bytes so far; keeps a character or sequence that is not complete.
  std::string feed(std::string_view bytes);
  /// What was kept, as an incomplete one. The filter is as new afterwards.
  std::string finish();

 private:
  void take(char byte, std::string& shown);
  bool continues_character(unsigned char byte) const;
  void take_character(std::string& shown);
  void give_up_pending(std::string& shown);

  std::string pending_;  // an unfinished character or escape sequence
  bool carriage_return_ = false;
};

/// The same for text that is whole.
std::string printable(std::string_view text);

}  // namespace axle::cli
