#include "frontend/backend_program.hpp"
#include "frontend/diagnosis.hpp"
#include "frontend/environment.hpp"
#include "frontend/environment_variables.hpp"
#include "frontend/interpreter.hpp"
#include "frontend/pip.hpp"
#include "frontend/program.hpp"
#include "frontend/uv.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace axle::frontend {
namespace {

using State = Finding::State;

constexpr std::chrono::seconds patience{30};

// What a program prints; empty: it fails.
std::string printed_by(const std::filesystem::path& program,
                       std::vector<std::string> arguments,
                       const Cancellation& cancellation) {
  auto ran = run_program({.spawn = {.program = program, .arguments = std::move(arguments)},
                          .deadline = ipc::deadline_in(patience)},
                         cancellation);
  if (!ran || !ran->status.success()) return "";
  std::string text = std::move(ran->out);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

Finding backend_program(const BuildOptions& options,
                        std::string_view version,
                        const Cancellation& cancellation) {
  const std::string subject = "axle-backend";
  const auto program = find_backend_program(options.backend_program);
  if (!program) return {State::wrong, subject, program.error().message, program.error().hint};
  const std::string told = printed_by(*program, {"--version"}, cancellation);
  if (told == fmt::format("axle-backend {}", version)) {
    return {State::right, subject, fmt::format("{} ({})", program->string(), version)};
  }
  if (told.empty()) {
    return {State::wrong,
            subject,
            fmt::format("{} does not run", program->string()),
            "reinstall axle: the two programs belong together"};
  }
  return {State::wrong,
          subject,
          fmt::format("{} is {}, and not of version {}", program->string(), told, version),
          "reinstall axle: the two programs belong together; see AXLE_BACKEND, too"};
}

Finding headers(const Interpreter& interpreter, const Cancellation& cancellation) {
  const std::string header = printed_by(
      interpreter.executable,
      {"-I", "-c", "import sysconfig; print(sysconfig.get_path('include') + '/Python.h', end='')"},
      cancellation);
  std::error_code ignored;
  if (std::filesystem::exists(header, ignored)) return {State::right, "headers", header};
  return {State::doubtful,
          "headers",
          fmt::format("{} is not there", header),
          "extensions in C need it: install the development files of this Python"};
}

Finding installer(const BuildOptions& options,
                  const Interpreter& interpreter,
                  const Cancellation& cancellation) {
  const std::string subject = "installer";
  std::string problem;
  if (options.installer != InstallerChoice::pip) {
    const auto uv = find_uv(cancellation);
    if (uv) return {State::right, subject, fmt::format("{} ({})", uv->name, uv->program.string())};
    problem = uv.error().message;
  }
  if (options.installer != InstallerChoice::uv) {
    const auto pip = find_pip(Environment::of(interpreter), cancellation);
    if (pip) return {State::right, subject, pip->name};
    problem += (problem.empty() ? "" : "; ") + pip.error().message;
  }
  return {State::wrong,
          subject,
          problem,
          "install uv or pip (python3-venv brings one), or build with --no-isolation"};
}

Finding compiler() {
  const auto environment = EnvironmentVariables::current();
  const std::string chosen = environment.value("CC").value_or("");
  if (!chosen.empty()) return {State::right, "compiler", fmt::format("CC is {}", chosen)};
  for (const char* name : {"cc", "gcc", "clang"}) {
    const auto found = ipc::find_program(name, environment.search_path());
    if (found) return {State::right, "compiler", found->string()};
  }
  return {State::doubtful,
          "compiler",
          "none of cc, gcc and clang is on PATH",
          "extensions in C need one: install gcc"};
}

}  // namespace

std::string_view to_string(Finding::State state) noexcept {
  switch (state) {
    case State::right: return "right";
    case State::doubtful: return "doubtful";
    case State::wrong: break;
  }
  return "wrong";
}

std::vector<Finding> diagnose_programs(const BuildOptions& options,
                                       std::string_view version,
                                       const Cancellation& cancellation) {
  std::vector<Finding> found{backend_program(options, version, cancellation)};
  const auto interpreter = find_interpreter(options.python, cancellation);
  if (interpreter) {
    found.push_back({State::right,
                     "interpreter",
                     fmt::format("{} {} ({})",
                                 interpreter->implementation,
                                 interpreter->version,
                                 interpreter->executable.string())});
    found.push_back(headers(*interpreter, cancellation));
    if (options.isolation == Isolation::isolated) {
      found.push_back(installer(options, *interpreter, cancellation));
    }
  } else {
    const Error& error = interpreter.error();
    found.push_back(
        {State::wrong,
         "interpreter",
         error.message,
         error.hint.empty() ? "install Python, or choose one with --python" : error.hint});
  }
  found.push_back(compiler());
  return found;
}

}  // namespace axle::frontend
