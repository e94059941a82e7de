#include "frontend/interpreter_query.hpp"

#include "frontend/printed_text.hpp"
#include "frontend/program.hpp"

#include <fmt/format.h>

#include <utility>

namespace axle::frontend {
namespace {

// Each field is ended by a NUL, which neither a path nor a line of text has. It goes past
// sys.stdout, which start-up files may have replaced.
constexpr std::string_view answer_begin = "<axle-answer>";
constexpr std::string_view answer_end = "</axle-answer>";
constexpr std::string_view prelude = R"python(
import os, sys
def answer(**fields):
    text = '<axle-answer>\0' + ''.join(n + '=' + v + '\0' for n, v in fields.items()) + '</axle-answer>\n'
    os.write(1, os.fsencode(text) if hasattr(os, 'fsencode') else text)
)python";

std::string last_words(const ProgramResult& result) {
  std::vector<std::string> lines = readable_lines(result.err);
  if (lines.empty()) lines = readable_lines(result.out);
  return as_block(lines, 8);
}

}  // namespace

Result<InterpreterAnswer> ask_interpreter(const InterpreterQuery& query,
                                          const Cancellation& cancellation) {
  const std::string python = query.python.string();
  ProgramRun run{.spawn = {.program = query.python, .arguments = query.flags},
                 .deadline = ipc::deadline_in(query.time_limit)};
  run.spawn.arguments.emplace_back("-c");
  run.spawn.arguments.push_back(std::string(prelude) + std::string(query.script));
  Result<ProgramResult> ran = run_program(std::move(run), cancellation);
  if (!ran && ran.error().code == errc::timed_out) {
    return fail(
        errc::environment_failed,
        fmt::format(
            "the interpreter {} gave no answer within {} ms", python, query.time_limit.count()));
  }
  if (!ran && ran.error().code == errc::io_error) {
    ran.error().code = errc::environment_failed;
    ran.error().message = "the interpreter cannot be run: " + ran.error().message;
  }
  TRY(const ProgramResult result, std::move(ran));
  if (auto answer = find_answer(result.out); answer && result.status.success()) return *answer;
  const std::string words = last_words(result);
  return fail(errc::environment_failed,
              fmt::format("{} does not answer as a Python interpreter: it {}{}{}",
                          python,
                          result.status.describe(),
                          words.empty() ? "" : " and printed:",
                          words));
}

std::optional<InterpreterAnswer> find_answer(std::string_view printed) {
  const std::size_t end = printed.rfind(std::string(1, '\0') + std::string(answer_end));
  if (end == printed.npos) return std::nullopt;
  const std::size_t begin = printed.rfind(std::string(answer_begin) + '\0', end);
  if (begin == printed.npos) return std::nullopt;
  std::string_view fields = printed.substr(0, end + 1).substr(begin + answer_begin.size() + 1);
  InterpreterAnswer answer;
  while (!fields.empty()) {
    const std::string_view field = fields.substr(0, fields.find('\0'));
    const std::size_t equals = field.find('=');
    if (equals == field.npos) return std::nullopt;
    answer.emplace(field.substr(0, equals), field.substr(equals + 1));
    fields.remove_prefix(field.size() + 1);
  }
  return answer;
}

}  // namespace axle::frontend
