// Result files, and what stands in them.
#include "ipc/outcome.hpp"

#include "ipc/private_dir.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/scratch.hpp"

namespace axle::fuzz {
namespace {

using ipc::Outcome;

template <class T>
void check_type(const Result<T>& read) {
  if (read) return;
  hold(read.error().code == errc::bad_artifact, "a value of another type is a bad artifact");
  hold(is_utf8(read.error().message), "messages are UTF-8");
}

void check_values(const ipc::JsonText& value) {
  hold(ipc::parse_json_text(value.text) == value, "a value that was read is read unchanged");
  check_type(ipc::as_string(value));
  check_type(ipc::as_string_list(value));
  check_type(ipc::as_true_names(value));
  if (const auto text = ipc::as_string(value)) {
    hold(ipc::json_string(*text) == value, "a string is written as it was");
  }
  if (const auto list = ipc::as_string_list(value)) {
    hold(ipc::json_strings(*list) == value, "a list of strings is written as it was");
  }
}

}  // namespace

void check(std::string_view input) {
  static const Scratch scratch;
  const auto file = scratch.path() / "result.json";
  const auto outcome = ipc::decode_outcome(input);
  hold(ipc::write_file_atomically(file, input).has_value(), "a result file can be written");
  const auto read = ipc::read_result_file(file);
  hold(read.has_value() == outcome.has_value(), "a file is read as its text is");
  if (!outcome) {
    hold(outcome.error().code == errc::protocol_error,
         "text that is no result breaks the protocol");
    hold(is_utf8(outcome.error().message), "messages are UTF-8");
    return;
  }
  hold(*read == *outcome, "a file is read as its text is");
  const std::string text = encode(*outcome);
  hold(is_ascii_line(text), "a result is one line of ASCII");
  hold(ipc::decode_outcome(text).value() == *outcome, "a result reads back as it was written");
  hold(ipc::write_result_file(file, *outcome).has_value(), "a result file can be written");
  hold(ipc::read_result_file(file).value() == *outcome,
       "a result file reads back as it was written");
  if (const auto* returned = std::get_if<ipc::Returned>(&*outcome)) check_values(returned->value);
}

}  // namespace axle::fuzz
