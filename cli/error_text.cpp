#include "cli/error_text.hpp"

#include "cli/output_tail.hpp"
#include "cli/printable.hpp"
#include "ipc/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace axle::cli {
namespace {

using ipc::Cause;
using ipc::HookFailure;

constexpr int shown_frames = 10;

// Every line of `text` behind `prefix`, and ended. Of empty lines the prefix keeps no blank at its
// end.
std::string behind(std::string_view prefix, std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string lines;
  while (true) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines += prefix;
    lines += text.substr(0, end);
    while (lines.ends_with(' ')) lines.pop_back();
    lines += '\n';
    if (end == text.size()) return lines;
    text.remove_prefix(end + 1);
  }
}

// One sentence after a word in colour; further lines of it are indented.
std::string sentence(const std::string& word, std::string_view foreign) {
  std::string text = printable(foreign);
  text.erase(0, text.find_first_not_of(" \n"));
  if (text.empty()) return word + "\n";
  return word + " " + behind("  ", text).substr(2);
}

// As Python ends its tracebacks; of a process that died without an exception, how it died.
std::string exception_line(const std::string& type, const std::string& message) {
  if (type.empty() || type == "BackendDied") return message;
  return message.empty() ? type : type + ": " + message;
}

// What has been shown in full, so that a text of many lines is not shown again wherever Python
// repeats it: in each exception that was raised because of it, and in the tracebacks.
class Shown {
 public:
  // `text`, in which each of those is its first line alone.
  [[nodiscard]] std::string rest_of(std::string text) const {
    for (const std::string& message : messages_) {
      const std::string first_line = message.substr(0, message.find('\n')) + " ...";
      for (auto at = text.find(message); at != text.npos; at = text.find(message, at)) {
        text.replace(at, message.size(), first_line);
        at += first_line.size();
      }
    }
    return text;
  }

  void add(const std::string& message) {
    if (is_long(message)) messages_.push_back(without_end(message));
  }

  // If `message` is a part of one of them, it has been shown, too.
  void add_part(const std::string& message) {
    const std::string part = without_end(message);
    const auto has_part = [&](const std::string& whole) { return whole.contains(part); };
    if (std::ranges::any_of(messages_, has_part)) add(message);
  }

 private:
  static bool is_long(const std::string& message) {
    return std::ranges::count(without_end(message), '\n') >= 2;
  }
  static std::string without_end(std::string message) {
    while (message.ends_with('\n')) message.pop_back();
    return message;
  }

  std::vector<std::string> messages_;
};

std::string_view relation_of(const Cause& cause, bool is_first) {
  if (cause.relation == "group") return "One of the group:";
  if (is_first) return "Root cause:";
  return cause.relation == "context" ? "While it was handled:" : "Cause:";
}

void add_causes(std::string& text, const HookFailure& failure, Shown& shown, const Paint& paint) {
  bool is_first = true;
  bool apart = true;  // a blank line before the next one
  for (const Cause& cause : failure.causes) {
    text += apart ? "\n  " : "  ";
    text += paint.bold(relation_of(cause, is_first));
    text += ' ';
    const std::string line = exception_line(cause.exc_type, cause.exc_msg);
    shown.add_part(cause.exc_msg);
    text += behind("    ", printable(shown.rest_of(line))).substr(4);
    shown.add(cause.exc_msg);
    for (const std::string& note : cause.notes) text += behind("    ", printable(note));
    // Python prints a chain of exceptions as one traceback.
    apart = !failure.traceback.contains(cause.traceback);
    if (apart) text += behind("    ", printable(shown.rest_of(cause.traceback)));
    is_first = false;
  }
}

void add_section(std::string& text, std::string_view title, std::string_view foreign) {
  if (foreign.empty()) return;
  text += '\n';
  if (!title.empty()) text += fmt::format("  {}\n", title);
  text += behind("  ", printable(foreign));
}

// The first lines of a stack: they are the innermost frames.
std::string innermost(const std::string& stack) {
  std::size_t end = 0;
  for (int line = 0; line < shown_frames; ++line) {
    const auto newline = stack.find('\n', end);
    if (newline == stack.npos) return stack;
    end = newline + 1;
  }
  return end < stack.size() ? stack.substr(0, end) + "  ..." : stack;
}

void add_failure(std::string& text,
                 const HookFailure& failure,
                 std::string_view told,
                 const Paint& paint) {
  const std::string line = exception_line(failure.exc_type, failure.exc_msg);
  // A hook that axle has stopped has no exception of its own to name.
  const bool stopped = failure.timed_out || !failure.cancelled.empty();
  const std::string& known = stopped && !failure.exc_msg.empty() ? failure.exc_msg : line;
  if (!line.empty() && !told.contains(known)) {
    text += behind("  ", paint.bold(printable(line)));
  }
  Shown shown;
  shown.add(failure.exc_msg);
  for (const std::string& note : failure.notes) text += behind("    ", printable(note));
  if (failure.out_of_memory) text += "  The system ran out of memory.\n";
  if (!failure.cancelled.empty() && !told.contains(failure.cancelled) &&
      !line.contains(failure.cancelled)) {
    text += behind("  ", printable("It was stopped: " + failure.cancelled));
  }
  add_causes(text, failure, shown, paint);
  // Without frames it is what the message says already.
  const std::string traceback = shown.rest_of(failure.traceback);
  if (!told.contains(traceback.substr(0, traceback.find_last_not_of('\n') + 1))) {
    add_section(text, "", traceback);
  }
  // A traceback tells the same, from the exception with which the hook was stopped.
  if (failure.traceback.empty())
    add_section(text, paint.bold("It was at:"), innermost(failure.stack));
}

void add_output(std::string& text, const FailedOutput& output, const Paint& paint) {
  std::string title = fmt::format("The end of what {} printed", printable(output.source));
  if (output.lines_left_out > 0) {
    title += fmt::format(" ({} earlier line{} left out)",
                         output.lines_left_out,
                         output.lines_left_out == 1 ? "" : "s");
  }
  text += "\n  " + paint.bold(title + ":") + "\n";
  // The bar tells the backend's words from ours.
  text += behind("  | ", output.text);
}

// The end of stderr that came with a failure, no more of it than of other output.
void add_tail(std::string& text, std::string_view stderr_tail, const Paint& paint) {
  OutputTail tail;
  tail.append(stderr_tail);
  const OutputTail::End end = tail.end(shown_lines, shown_bytes);
  add_output(
      text,
      {.source = "the hook", .text = printable(end.text), .lines_left_out = end.lines_left_out},
      paint);
}

std::string described(const Error& error,
                      const std::optional<FailedOutput>& output,
                      ErrorDetail detail,
                      const Paint& paint,
                      std::string_view word) {
  std::string text = sentence(paint.bad(word), error.message);
  const HookFailure* failure = error.hook_failure.get();
  if (detail != ErrorDetail::brief) {
    if (failure != nullptr) add_failure(text, *failure, error.message, paint);
    if (detail == ErrorDetail::full && output) {
      add_output(text, *output, paint);
    } else if (detail == ErrorDetail::full && failure != nullptr && !failure->stderr_tail.empty()) {
      add_tail(text, failure->stderr_tail, paint);
    }
  }
  const bool is_long = std::ranges::count(text, '\n') > 2;
  if (!error.hint.empty()) {
    if (is_long) text += '\n';
    text += sentence(paint.helpful("hint:"), error.hint);
  }
  if (detail != ErrorDetail::brief) {
    for (const Error& other : error.others) {
      text += described(other, std::nullopt, detail, paint, "also:");
    }
  }
  return text;
}

}  // namespace

std::string error_text(const Error& error,
                       const std::optional<FailedOutput>& output,
                       ErrorDetail detail,
                       const Paint& paint) {
  return described(error, output, detail, paint, "error:");
}

}  // namespace axle::cli
