// What every fuzz harness is made of. A harness is one .cpp file that defines `check`: which throws
// any bytes at one reader of ours and holds it to what its header promises.
//
//   void check(std::string_view input) {
//     const auto command = ipc::decode_command(input);
//     if (command) hold(ipc::decode_command(encode(*command)) == *command, "a command reads back");
//   }
//
// Linked with libFuzzer (preset fuzz) it is fuzzed; linked with replay_main.cpp (every other
// preset) it is a test that runs the harness's folder of corpus/. See CONTRIBUTING.md, "Fuzzing".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace axle::fuzz {

/// Defined by the harness: ends the process, by `hold`, where `input` breaks a promise.
void check(std::string_view input);

/// Ends the process if `holds` is false; `promise` says on stderr what was broken.
void hold(bool holds, std::string_view promise);

/// Whether `bytes` are well-formed UTF-8 (RFC 3629); of its own make, to judge ours.
bool is_utf8(std::string_view bytes);
/// Whether `bytes` are one line of ASCII.
bool is_ascii_line(std::string_view bytes);

/// The numbers at the front of an input, and the bytes behind them.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}
  /// The next byte; 0 at the end.
  std::size_t number();
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// `bytes` cut into pieces whose lengths are drawn from `seed`, some empty; with 0 byte by byte.
std::vector<std::string_view> pieces(std::string_view bytes, std::size_t seed);

}  // namespace axle::fuzz
