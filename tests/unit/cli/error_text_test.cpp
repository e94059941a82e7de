#include "cli/error_text.hpp"

#include "ipc/outcome.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

using namespace axle::cli;
using axle::errc;
using axle::Error;
using axle::ipc::HookFailure;

TEST_SUITE_BEGIN("cli::error_text");

namespace {

std::string plain(const Error& error,
                  const std::optional<FailedOutput>& output = std::nullopt,
                  ErrorDetail detail = ErrorDetail::full) {
  return error_text(error, output, detail, Paint(false));
}

Error hook_error(HookFailure failure) {
  return {.code = errc::hook_failed,
          .message = "build_wheel of demo_backend failed",
          .hook_failure = std::make_shared<const HookFailure>(std::move(failure))};
}

}  // namespace

TEST_CASE("A simple error is one line, and its hint another") {
  CHECK(plain({.code = errc::invalid_project, .message = "there is no pyproject.toml in /x"}) ==
        "error: there is no pyproject.toml in /x\n");
  CHECK(plain({.code = errc::usage, .message = "no option --x", .hint = "did you mean --y?"}) ==
        "error: no option --x\n"
        "hint: did you mean --y?\n");
  CHECK(plain({.code = errc::internal, .message = ""}) == "error:\n");
}

TEST_CASE("Colours mark the words of ours alone") {
  CHECK(error_text({.code = errc::usage, .message = "no", .hint = "yes"},
                   std::nullopt,
                   ErrorDetail::full,
                   Paint(true)) ==
        "\x1b[1;31merror:\x1b[0m no\n"
        "\x1b[1;36mhint:\x1b[0m yes\n");
}

TEST_CASE("Further lines of a message are indented") {
  CHECK(plain({.code = errc::invalid_project, .message = "line 1\n\nline 3\n", .hint = "a\nb"}) ==
        "error: line 1\n"
        "\n"
        "  line 3\n"
        "\n"
        "hint: a\n"
        "  b\n");
}

TEST_CASE("A hook's own error comes first, then its output, then the hint") {
  Error error = hook_error({.exc_type = "ValueError",
                            .exc_msg = "no [project] table",
                            .traceback = "Traceback (most recent call last):\n"
                                         "  File \"_build.py\", line 12, in build_wheel\n"
                                         "ValueError: no [project] table\n",
                            .notes = {"see the manual"}});
  error.hint = "add one";
  const FailedOutput output{.source = "build_wheel (demo_backend)",
                            .text = "compiling\n\nlinking",
                            .lines_left_out = 118};
  CHECK(plain(error, output) ==
        "error: build_wheel of demo_backend failed\n"
        "  ValueError: no [project] table\n"
        "    see the manual\n"
        "\n"
        "  Traceback (most recent call last):\n"
        "    File \"_build.py\", line 12, in build_wheel\n"
        "  ValueError: no [project] table\n"
        "\n"
        "  The end of what build_wheel (demo_backend) printed (118 earlier lines left out):\n"
        "  | compiling\n"
        "  |\n"
        "  | linking\n"
        "\n"
        "hint: add one\n");
}

TEST_CASE("Causes come with the root first") {
  const Error error =
      hook_error({.exc_type = "BuildError",
                  .exc_msg = "demo._fast",
                  .causes = {{.exc_type = "FileNotFoundError",
                              .exc_msg = "gcc",
                              .traceback = "Traceback ...\nFileNotFoundError: gcc\n",
                              .relation = "context"},
                             {.exc_type = "CompileError",
                              .exc_msg = "exit code 1\nstderr",
                              .notes = {"in fast.c"},
                              .relation = "context"},
                             {.exc_type = "KeyError", .exc_msg = "", .relation = "cause"},
                             {.exc_type = "OSError", .exc_msg = "other", .relation = "group"}}});
  CHECK(plain(error) ==
        "error: build_wheel of demo_backend failed\n"
        "  BuildError: demo._fast\n"
        "\n"
        "  Root cause: FileNotFoundError: gcc\n"
        "    Traceback ...\n"
        "    FileNotFoundError: gcc\n"
        "\n"
        "  While it was handled: CompileError: exit code 1\n"
        "    stderr\n"
        "    in fast.c\n"
        "  Cause: KeyError\n"
        "  One of the group: OSError: other\n");
}

TEST_CASE("A cause's traceback that the last one contains is not repeated") {
  const Error error = hook_error(
      {.exc_type = "B",
       .exc_msg = "b",
       .traceback = "Traceback:\nA: a\n\nThe above ...\n\nTraceback:\nB: b\n",
       .causes = {{.exc_type = "A", .exc_msg = "a", .traceback = "Traceback:\nA: a\n"}}});
  const std::string text = plain(error);
  CHECK(text.find("Traceback:\n  A: a") != std::string::npos);
  CHECK(text.find("    Traceback:") == std::string::npos);
}

TEST_CASE("A traceback without frames is not repeated") {
  Error error =
      hook_error({.exc_type = "ImportError", .exc_msg = "x", .traceback = "ImportError: x\n"});
  error.message = "the build backend cannot be imported: ImportError: x";
  CHECK(plain(error) == "error: the build backend cannot be imported: ImportError: x\n");
}

TEST_CASE("A text of many lines is told once, however often Python repeats it") {
  const std::string told = "two packages\n\nName one of them.\n";
  const std::string message = "error: " + told;
  const Error error =
      hook_error({.exc_type = "SystemExit",
                  .exc_msg = message,
                  .traceback = "Traceback:\npkg.Discovery: two packages\n\nName one of them.\n\n"
                               "During handling ...\n\nTraceback:\nSystemExit: " +
                               message,
                  .causes = {{.exc_type = "Discovery",
                              .exc_msg = told,
                              .traceback = "Traceback:\n  frame\nDiscovery: " + told}}});
  CHECK(plain(error) ==
        "error: build_wheel of demo_backend failed\n"
        "  SystemExit: error: two packages\n"
        "\n"
        "  Name one of them.\n"
        "\n"
        "  Root cause: Discovery: two packages ...\n"
        "    Traceback:\n"
        "      frame\n"
        "    Discovery: two packages ...\n"
        "\n"
        "  Traceback:\n"
        "  pkg.Discovery: two packages ...\n"
        "\n"
        "  During handling ...\n"
        "\n"
        "  Traceback:\n"
        "  SystemExit: error: two packages ...\n");
}

TEST_CASE("A process that died is told without a class that no one raised") {
  Error error = hook_error({.code = 139,
                            .exc_type = "BackendDied",
                            .exc_msg = "the hook process was killed by SIGSEGV",
                            .signal = 11,
                            .stderr_tail = "Segfault\x1b[2J\n",
                            .stack = "File \"_build.py\", line 8\n"});
  CHECK(plain(error) ==
        "error: build_wheel of demo_backend failed\n"
        "  the hook process was killed by SIGSEGV\n"
        "\n"
        "  It was at:\n"
        "  File \"_build.py\", line 8\n"
        "\n"
        "  The end of what the hook printed:\n"
        "  | Segfault\\x1b[2J\n");
  error.message = "build_wheel: the hook process was killed by SIGSEGV";
  CHECK(plain(error).starts_with("error: build_wheel: the hook process was killed by SIGSEGV\n\n"));
}

TEST_CASE("C1 Of the stack of a hook that was stopped only the innermost frames are told") {
  std::string stack = "Current thread 0x7 (most recent call first):\n";
  for (int frame = 0; frame < 100; ++frame) stack += "  frame " + std::to_string(frame) + "\n";
  HookFailure failure{
      .code = 124, .exc_type = "HookTimedOut", .exc_msg = "", .timed_out = true, .stack = stack};
  std::string text = plain(hook_error(failure));
  CHECK(text.contains("  It was at:\n  Current thread"));
  CHECK(text.contains("    frame 8\n    ...\n"));
  CHECK_FALSE(text.contains("frame 9\n"));
  failure.traceback = "Traceback:\nKeyboardInterrupt\n";
  CHECK_FALSE(plain(hook_error(failure)).contains("It was at"));
}

TEST_CASE("Of a failure's own output only the end is shown and nothing where it was shown before") {
  std::string printed;
  for (int line = 0; line < 100; ++line) printed += "line " + std::to_string(line) + "\n";
  const Error error = hook_error({.exc_type = "E", .exc_msg = "e", .stderr_tail = printed});
  const std::string text = plain(error);
  CHECK(text.contains("(40 earlier lines left out)"));
  CHECK_FALSE(text.contains("| line 39\n"));
  CHECK(text.contains("| line 40\n"));
  const std::string shown_before = plain(error, std::nullopt, ErrorDetail::no_output);
  CHECK(shown_before.contains("E: e"));
  CHECK_FALSE(shown_before.contains("line 99"));
}

TEST_CASE("Memory that ran out and who stopped a hook are told") {
  const std::string text = plain(hook_error({.exc_type = "KeyboardInterrupt",
                                             .exc_msg = "",
                                             .out_of_memory = true,
                                             .cancelled = "you, by SIGINT"}));
  CHECK(text ==
        "error: build_wheel of demo_backend failed\n"
        "  KeyboardInterrupt\n"
        "  The system ran out of memory.\n"
        "  It was stopped: you, by SIGINT\n");
}

TEST_CASE("What the message has said of a stopped hook is not said again") {
  Error error = hook_error({.exc_type = "HookTimedOut",
                            .exc_msg = "build_wheel was stopped after 5 s",
                            .timed_out = true});
  error.message = "build_wheel was stopped after 5 s";
  CHECK(plain(error) == "error: build_wheel was stopped after 5 s\n");
  error = hook_error({.exc_type = "Cancelled",
                      .exc_msg = "build_wheel was stopped: SIGINT",
                      .cancelled = "SIGINT"});
  error.message = "stopped by SIGINT while running build_wheel";
  CHECK(plain(error) ==
        "error: stopped by SIGINT while running build_wheel\n"
        "  Cancelled: build_wheel was stopped: SIGINT\n");
}

TEST_CASE("Other failures follow, each as complete as the first") {
  Error error{.code = errc::hook_failed, .message = "first", .hint = "do this"};
  error.others.push_back({.code = errc::backend_gone,
                          .message = "the backend was killed by SIGKILL",
                          .hook_failure = std::make_shared<const HookFailure>(
                              HookFailure{.exc_type = "OSError", .exc_msg = "x"})});
  CHECK(plain(error) ==
        "error: first\n"
        "hint: do this\n"
        "also: the backend was killed by SIGKILL\n"
        "  OSError: x\n");
}

TEST_CASE("In brief an error is what happened and what to do") {
  Error error = hook_error({.exc_type = "ValueError", .exc_msg = "x", .traceback = "Traceback"});
  error.hint = "do this";
  error.others.push_back({.code = errc::io_error, .message = "other"});
  CHECK(plain(error, FailedOutput{.source = "x", .text = "y"}, ErrorDetail::brief) ==
        "error: build_wheel of demo_backend failed\n"
        "hint: do this\n");
}

TEST_CASE("N9 No escape of a backend's reaches the terminal through an error") {
  const std::string evil =
      "\x1b]0;t\x07\xc2\x9b"
      "2J\xff\r\x08";
  Error error = hook_error({.exc_type = evil,
                            .exc_msg = evil,
                            .traceback = evil,
                            .notes = {evil},
                            .causes = {{.exc_type = evil,
                                        .exc_msg = evil,
                                        .traceback = evil + evil,
                                        .notes = {evil},
                                        .relation = evil}},
                            .cancelled = evil,
                            .stderr_tail = evil,
                            .stack = evil});
  error.message = evil;
  error.hint = evil;
  error.others.push_back(error);
  const std::string text = plain(error);
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    REQUIRE((c == '\n' || (code >= 0x20 && code < 0x7f)));
  }
  const std::string source =
      plain({.code = errc::usage, .message = ""}, FailedOutput{.source = evil, .text = "x"});
  CHECK(source.find('\x1b') == std::string::npos);
}

TEST_SUITE_END();
