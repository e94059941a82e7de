#include "ipc/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <functional>

namespace axle::ipc::json {
namespace {

constexpr std::size_t most_values = 100'000;

bool is_high_surrogate(unsigned unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low_surrogate(unsigned unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}
bool is_escaped_byte(unsigned unit) {
  return unit >= 0xDC80 && unit <= 0xDCFF;
}

/// The code unit of the escape \uXXXX at `position`, or nothing if none is there.
std::optional<unsigned> escape_at(std::string_view text, std::size_t position) {
  if (position + 6 > text.size() || text.substr(position, 2) != "\\u") return std::nullopt;
  const char* begin = text.data() + position + 2;
  unsigned unit = 0;
  const auto [end, problem] = std::from_chars(begin, begin + 4, unit, 16);
  if (problem != std::errc() || end != begin + 4) return std::nullopt;
  return unit;
}

/// The library refuses lone surrogates, so escaped bytes pass it in disguise: \udcXX as NUL and
/// U+00XX, and a NUL as two. `unmask` turns them into bytes again.
Result<std::string> mask_escaped_bytes(std::string_view text) {
  std::string masked;
  masked.reserve(text.size() + text.size() / 8);
  std::size_t position = 0;
  while (position < text.size()) {
    const auto backslash = std::min(text.find('\\', position), text.size());
    masked += text.substr(position, backslash - position);
    position = backslash;
    if (position == text.size()) break;
    const auto unit = escape_at(text, position);
    std::size_t taken = unit ? 6 : 2;
    if (unit && is_high_surrogate(*unit)) {
      const auto next = escape_at(text, position + 6);
      if (!next || !is_low_surrogate(*next)) {
        return fail(errc::protocol_error, "invalid JSON: a lone surrogate");
      }
      taken = 12;
    } else if (unit && is_escaped_byte(*unit)) {
      constexpr std::string_view digits = "0123456789abcdef";
      masked += "\\u0000\\u00";
      masked += digits[(*unit >> 4) & 0xF];
      masked += digits[*unit & 0xF];
      position += 6;
      continue;
    } else if (unit && is_low_surrogate(*unit)) {
      return fail(errc::protocol_error, "invalid JSON: a lone surrogate");
    } else if (unit && *unit == 0) {
      masked += "\\u0000";
    }
    masked += text.substr(position, taken);
    position += taken;
  }
  return masked;
}

std::string unmask(std::string_view masked) {
  std::string bytes;
  bytes.reserve(masked.size());
  for (std::size_t i = 0; i < masked.size(); ++i) {
    if (masked[i] != '\0') {
      bytes += masked[i];
    } else if (masked[++i] == '\0') {
      bytes += '\0';
    } else {  // U+0080 to U+00FF: two bytes of UTF-8, with the upper two bits in the first
      const auto lead = static_cast<unsigned char>(masked[i]);
      const auto trail = static_cast<unsigned char>(masked[++i]);
      bytes += static_cast<char>((lead & 0x03) << 6 | (trail & 0x3F));
    }
  }
  return bytes;
}

/// Takes the library's events and makes a Value of them; false stops the library.
class Reader {
 public:
  using Library = nlohmann::json;

  Reader(std::size_t deepest, bool masked) : deepest_(deepest), masked_(masked) {}

  bool null() { return put({}); }
  bool boolean(bool truth) { return put({truth}); }
  bool number_integer(std::int64_t number) { return put({Number{std::to_string(number)}}); }
  bool number_unsigned(std::uint64_t number) { return put({Number{std::to_string(number)}}); }
  bool number_float(double /*number*/, const std::string& token) {
    std::string number = token;  // has the decimal point of the C locale, whatever that is now
    const auto belongs = [](char c) { return std::string_view("0123456789+-.eE").contains(c); };
    std::ranges::replace_if(number, std::not_fn(belongs), '.');
    return put({Number{std::move(number)}});
  }
  bool string(std::string& text) { return put({own(text)}); }
  static bool binary(Library::binary_t& /*bytes*/) { return false; }
  bool start_object(std::size_t /*elements*/) { return open({Object{}}); }
  bool start_array(std::size_t /*elements*/) { return open({Array{}}); }
  bool key(std::string& text) {
    key_ = own(text);
    return true;
  }
  bool end_array() { return close(); }
  bool end_object() {
    const auto& object = std::get<Object>(open_.back()->data);
    std::vector<std::string_view> keys;
    keys.reserve(object.size());
    for (const auto& member : object) keys.push_back(member.key);
    std::ranges::sort(keys);
    const auto twice = std::ranges::adjacent_find(keys);
    if (twice == keys.end()) return close();
    return refuse("the key " + json_string(twice->substr(0, 100)).text + " stands twice");
  }
  bool parse_error(std::size_t position,
                   const std::string& /*token*/,
                   const Library::exception& /*what*/) {
    return refuse("a mistake near byte " + std::to_string(position));
  }

  Result<Value> result() && {
    if (!problem_.empty()) return fail(errc::protocol_error, "invalid JSON: " + problem_);
    return std::move(root_);
  }

 private:
  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  std::string own(std::string& text) const { return masked_ ? unmask(text) : std::move(text); }

  /// Where the next value belongs: containers that are still open do not move, because nothing is
  /// added beside them until they are closed.
  Value* place(Value value) {
    if (open_.empty()) return &(root_ = std::move(value));
    if (auto* array = std::get_if<Array>(&open_.back()->data)) {
      return &array->emplace_back(std::move(value));
    }
    auto& object = std::get<Object>(open_.back()->data);
    return &object.emplace_back(std::move(key_), std::move(value)).value;
  }

  bool put(Value value) {
    if (++values_ > most_values) return refuse("more than 100000 values");
    place(std::move(value));
    return true;
  }

  bool open(Value container) {
    if (++values_ > most_values) return refuse("more than 100000 values");
    if (open_.size() == deepest_) {
      return refuse("nested deeper than " + std::to_string(deepest_));
    }
    open_.push_back(place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::size_t deepest_;
  bool masked_;
  std::size_t values_ = 0;
  Value root_;
  std::vector<Value*> open_;
  std::string key_;
  std::string problem_;
};

}  // namespace

Result<Value> parse(std::string_view text, std::size_t deepest) {
  // The library skips a byte order mark and takes a NUL for the end.
  if (text.starts_with("\xEF\xBB\xBF")) {
    return fail(errc::protocol_error, "invalid JSON: a byte order mark");
  }
  if (text.contains('\0')) return fail(errc::protocol_error, "invalid JSON: a NUL byte");
  const bool has_surrogates = text.contains("\\ud") || text.contains("\\uD");
  std::string masked;
  if (has_surrogates) {
    TRY(masked, mask_escaped_bytes(text));
    text = masked;
  }
  Reader reader(deepest, has_surrogates);
  nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  return std::move(reader).result();
}

}  // namespace axle::ipc::json
