// A JSON value as text: how values cross our own borders without a JSON library in a header, and
// how such text is made.
//
//   JsonObject kwargs;
//   kwargs.add("wheel_directory", json_string(directory.native()));
//   kwargs.add("config_settings", settings.json);
//   JsonText text = kwargs.text();
//
// Everything made here is ASCII on one line, as Python's json.dumps makes it, and so reads the same
// in every locale. Paths and environment variables are bytes and need not be UTF-8: each byte that
// is not part of UTF-8 is written as Python's `surrogateescape` does, 0xE9 as "\udce9", and becomes
// that byte again when it is read (schemas/README.md, "Text and bytes").
#pragma once

#include "ipc/error.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace axle::ipc {

/// One JSON value, serialised: UTF-8, on one line, valid. Whoever makes one vouches for that.
struct JsonText {
  std::string text = "null";

  bool operator==(const JsonText&) const = default;
};

/// The arrays and objects of one value nest at most this deep.
inline constexpr std::size_t deepest_value = 512;

/// Text that comes from elsewhere as a JsonText: checked strictly and written anew. Fails with
/// `errc::protocol_error` for all that RFC 8259 forbids or leaves open: a byte order mark, NaN, an
/// object with two equal keys, text that is not UTF-8, a lone surrogate that stands for no byte,
/// a value that is deeper than `deepest_value` or has more than 100,000 values in it.
Result<JsonText> parse_json_text(std::string_view text);

/// A string of any bytes.
JsonText json_string(std::string_view bytes);
JsonText json_strings(std::span<const std::string> list);
/// An object of strings, such as an environment.
JsonText json_string_map(const std::map<std::string, std::string>& members);
JsonText json_integer(std::int64_t number);
JsonText json_unsigned(std::uint64_t number);
JsonText json_bool(bool truth);
JsonText json_list(std::span<const JsonText> elements);

/// An object that is written member after member, in the order of `add`. Equal keys are a bug of
/// the caller.
class JsonObject {
 public:
  JsonObject& add(std::string_view key, const JsonText& value);
  [[nodiscard]] JsonText text() const { return {body_ + '}'}; }

 private:
  std::string body_ = "{";
};

}  // namespace axle::ipc
