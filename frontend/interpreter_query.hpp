// Asking a Python interpreter a question: a short script whose answer cannot be mistaken for
// anything else that start-up files print.
//
//   TRY(auto answer, ask_interpreter({.python = path, .script = "answer(version=...)"},
//   cancellation)); answer["version"]
#pragma once

#include "frontend/cancellation.hpp"
#include "ipc/error.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

/// What the script said, by name; the values are bytes, as file names are.
using InterpreterAnswer = std::map<std::string, std::string>;

struct InterpreterQuery {
  std::filesystem::path python;
  /// Python of any version, with `os`, `sys` and a function `answer(**fields)` at hand, to be
  /// called once with strings.
  std::string_view script;
  /// -I: neither the caller's PYTHON* variables nor the current folder nor the user's site-packages
  /// have a say. Python 2 does not know it.
  std::vector<std::string> flags = {"-I"};
  std::chrono::milliseconds time_limit = std::chrono::seconds(30);
};

/// Runs the script and returns its answer.
///
/// Fails with `errc::environment_failed`, naming the interpreter, where it cannot be executed (with
/// the system's text), ends badly or without an answer (with what it printed last), or is silent
/// past the time limit; and with `errc::cancelled`.
Result<InterpreterAnswer> ask_interpreter(const InterpreterQuery& query,
                                          const Cancellation& cancellation);

/// The last whole answer in what an interpreter printed; nothing where there is none.
std::optional<InterpreterAnswer> find_answer(std::string_view printed);

}  // namespace axle::frontend
