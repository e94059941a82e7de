// Lines on the control descriptor, both ways, and what a guard reports.
#include "ipc/event.hpp"

#include "ipc/guard_report.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace axle::fuzz {
namespace {

template <class Message, class Decode>
void check_message(const Message& message, Decode decode) {
  const std::string line = encode(message);
  hold(is_ascii_line(line), "a message is one line of ASCII");
  const auto again = decode(line);
  hold(again && *again == message, "a message reads back as it was written");
}

void check_error(const Error& error) {
  hold(error.code == errc::protocol_error, "a line that is no message breaks the protocol");
  hold(!error.message.empty() && is_utf8(error.message), "messages are UTF-8");
}

}  // namespace

void check(std::string_view input) {
  const auto event = ipc::decode_event(input);
  if (!event) {
    check_error(event.error());
  } else if (*event) {
    check_message(**event, ipc::decode_event);
  }
  const auto cancel = ipc::decode_cancel(input);
  if (!cancel) {
    check_error(cancel.error());
  } else {
    hold(cancel->grace.count() >= 0, "a grace is not negative");
    check_message(*cancel, ipc::decode_cancel);
  }
  const auto report = ipc::decode_guard_report(input);
  if (!report) {
    check_error(report.error());
  } else {
    check_message(*report, ipc::decode_guard_report);
  }
}

}  // namespace axle::fuzz
