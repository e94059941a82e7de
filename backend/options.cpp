#include "backend/options.hpp"

#include <fmt/format.h>

#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace axle::backend {
namespace {

constexpr const char* see_help = "see axle-backend --help";

Result<HookIsolation> parse_isolation(const std::string& text) {
  for (auto mode : {HookIsolation::forked, HookIsolation::in_line, HookIsolation::fresh}) {
    if (text == to_string(mode)) return mode;
  }
  return fail(errc::usage,
              fmt::format("--hook-isolation is '{}', not forked, inline or fresh", text),
              see_help);
}

Result<int> parse_socket(std::string_view option, const std::string& text) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 3) {
    return fail(errc::usage, fmt::format("{} is '{}', no descriptor above 2", option, text));
  }
  int type = 0;
  socklen_t length = sizeof type;
  if (getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_STREAM) {
    return fail(errc::usage,
                fmt::format("{} is {}, which is not an open stream socket", option, number),
                "pass one end of a socketpair that the child inherits");
  }
  return number;
}

Result<std::chrono::milliseconds> parse_start_time(const std::string& text) {
  constexpr double most = 1e9;
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !(seconds > 0) ||
      seconds > most) {
    return fail(errc::usage,
                fmt::format("--start-timeout is '{}', not a number of seconds", text),
                see_help);
  }
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

Result<bool> parse_reuse(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  // pyproject_api takes every other word for False; so do we for the two that people write.
  if (text == "true") return true;
  if (text == "false") return false;
  return fail(
      errc::usage, fmt::format("the first argument is '{}', not True or False", text), see_help);
}

Result<Options> parse_guarded(std::span<const std::string> words) {
  if (words.size() < 2 || !words[1].contains('/')) {
    return fail(errc::usage, "--guard needs a descriptor and the path of a program", see_help);
  }
  TRY(const int control_fd, parse_socket("--guard", words.front()));
  return Options{.control_fd = control_fd,
                 .guarded = {words.begin() + 1, words.end()},
                 .action = Options::Action::guard};
}

}  // namespace

std::string_view to_string(HookIsolation isolation) noexcept {
  switch (isolation) {
    case HookIsolation::forked: return "forked";
    case HookIsolation::in_line: return "inline";
    case HookIsolation::fresh: return "fresh";
  }
  return "forked";
}

Result<Options> parse_options(std::span<const std::string> arguments) {
  Options options;
  if (const char* python = std::getenv("AXLE_PYTHON"); python != nullptr && *python != '\0') {
    options.python = python;
  }
  std::error_code ignored;
  std::size_t at = 0;
  while (at < arguments.size() && arguments[at].starts_with("--")) {
    std::string name = arguments[at++];
    if (name == "--help") return Options{.action = Options::Action::help};
    if (name == "--version") return Options{.action = Options::Action::version};
    if (name == "--guard") {
      if (at > 1) return fail(errc::usage, "--guard goes with no other option", see_help);
      return parse_guarded(arguments.subspan(at));
    }
    if (name == "--warm" || name == "--immutable-environment") {
      (name == "--warm" ? options.warm : options.immutable_environment) = true;
      continue;
    }
    std::string value;
    if (const auto equals = name.find('='); equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    } else if (at < arguments.size()) {
      value = arguments[at++];
    } else {
      return fail(errc::usage, fmt::format("{} needs a value", name), see_help);
    }
    if (name == "--python") {
      options.python = value;
    } else if (name == "--hook-isolation") {
      TRY(options.hook_isolation, parse_isolation(value));
    } else if (name == "--backend-path") {
      options.backend_path.emplace_back(value);
    } else if (name == "--start-timeout") {
      TRY(options.start_time, parse_start_time(value));
    } else if (name == "--keep-in") {
      options.kept = std::filesystem::absolute(value, ignored);
    } else if (name == "--control-fd") {
      TRY(options.control_fd, parse_socket(name, value));
    } else {
      return fail(errc::usage, fmt::format("there is no option {}", name), see_help);
    }
  }
  const auto rest = arguments.subspan(at);
  if (rest.size() < 2 || rest.size() > 3) {
    return fail(
        errc::usage,
        fmt::format("expected <True|False> <module> [<object>], got {} arguments", rest.size()),
        see_help);
  }
  TRY(options.reuse, parse_reuse(rest[0]));
  options.module = rest[1];
  if (rest.size() == 3) options.object = rest[2];
  if (options.module.empty()) return fail(errc::usage, "the module is empty", see_help);
  return options;
}

std::string_view help_text() noexcept {
  return R"(Keeps a Python build backend warm and runs its hooks (PEP 517, PEP 660).

Usage: axle-backend [options] <True|False> <module> [<object>]
       axle-backend --guard N PROGRAM [ARGUMENT...]

  True    answer commands until `_exit` or the end of standard input
  False   leave after one command
  module  the build backend, e.g. setuptools.build_meta, or native:/path/to/library.so
  object  the object in it, e.g. __legacy__

Options:
  --python PATH            the interpreter (default: $AXLE_PYTHON, else python3 on PATH)
  --hook-isolation MODE    forked (default): each hook in a fork of the warm interpreter
                           inline: in the warm interpreter; fresh: in one started for it
  --backend-path DIR       a folder of an in-tree backend; may be repeated
  --start-timeout SECONDS  how long the import of the build backend may take (default: 30)
  --control-fd N           tell events on this inherited socket instead of standard output
  --warm                   when no hook runs: import what hooks need, keep processes ready for them
  --keep-in DIR            keep there what makes the next start quicker; DIR must be the user's alone
  --immutable-environment  do not look whether modules have changed since they were imported
  --guard N PROGRAM        run this program instead; end it and all that it has started as soon as
                           the other end of this inherited socket is closed, and tell there how it
                           ended
  --version, --help

Commands are JSON objects, one a line, on standard input:
  {"cmd": "build_wheel", "kwargs": {"wheel_directory": "/out"}, "result": "/tmp/result.json"}
)";
}

}  // namespace axle::backend
