// Whether to colour, and how: who asked for it by option or environment, and whether a person
// looks at a terminal that can.
#pragma once

#include <string>
#include <string_view>

namespace axle::cli {

enum class ColorChoice { automatic, always, never };

/// What the environment says about colours: https://no-color.org, https://force-color.org,
/// https://bixense.com/clicolors.
struct ColorEnvironment {
  std::string no_color = {};
  std::string force_color = {};
  std::string clicolor_force = {};
  std::string term = {};

  static ColorEnvironment of_process();
};

/// The option decides; else NO_COLOR (not empty) switches off, FORCE_COLOR or CLICOLOR_FORCE (not
/// empty, not "0") on; else a terminal that is not "dumb" gets colours.
bool colors_wanted(ColorChoice choice, bool is_terminal, const ColorEnvironment& environment);

/// Wraps text into colours, or leaves it as it is.
class Paint {
 public:
  explicit Paint(bool colored = false) noexcept : colored_(colored) {}

  [[nodiscard]] std::string bold(std::string_view text) const { return wrap("1", text); }
  [[nodiscard]] std::string dim(std::string_view text) const { return wrap("2", text); }
  [[nodiscard]] std::string good(std::string_view text) const { return wrap("1;32", text); }
  [[nodiscard]] std::string bad(std::string_view text) const { return wrap("1;31", text); }
  [[nodiscard]] std::string helpful(std::string_view text) const { return wrap("1;36", text); }

 private:
  [[nodiscard]] std::string wrap(std::string_view style, std::string_view text) const;
  bool colored_;
};

}  // namespace axle::cli
