#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace axle::cli {
namespace {

constexpr std::array<std::string_view, 8> names{
    "build", "metadata", "requires", "hook", "env", "daemon", "doctor", "completion"};

constexpr std::string_view codes = R"~(  0   done
  1   a hook of the build backend failed
  2   wrong usage
  3   not a valid project
  4   the interpreter, the isolated environment or the backend could not be had
  5   the build backend died
  6   timed out
  7   the artifact is not what it claims to be
  70  a bug in axle
  74  a file could not be read or written
  128+n  stopped by signal n (130: Ctrl-C); 141: nobody reads standard output
)~";

constexpr std::string_view program =
    R"~(Builds Python packages (sdists, wheels, editables) with their build backends.

Usage: axle COMMAND [OPTION]... [ARGUMENT]...

Commands:
{}
Options:
  -h, --help     Print this help; "axle COMMAND --help" tells more
  -V, --version  Print the version

Examples:
  axle build                     the project in this folder, into dist/
  axle build -w ../foo -o out    only the wheel of ../foo, into out/
  axle metadata | jq .version    its version

Results go to standard output, all else to standard error. Options may also be
environment variables (AXLE_TIMEOUT=90) and stand in axle/axle.toml of your
configuration or, some of them, in [tool.axle] of a pyproject.toml.

Exit codes:
{})~";

// In the order of Command.
constexpr std::array<CommandText, names.size()> texts{{
    {"Build an sdist and a wheel",
     R"~(Builds the artifacts of Python projects and prints their paths.

A SOURCE is a folder with a pyproject.toml or setup.py, or an sdist (.tar.gz);
without one it is the current folder. Unless you choose, axle builds an sdist
and then the wheel from that sdist; of a SOURCE that is an sdist, the wheel.

Standard output has the path of each artifact on a line of its own and nothing
else: beneath DIR as you gave it, or relative to the current folder.)~",
     "axle build [OPTION]... [SOURCE]...",
     R"~(  axle build                     sdist and wheel, into ./dist
  axle build -w                  the wheel alone, straight from the source tree
  axle build foo-1.0.tar.gz      the wheel of an sdist, beside it
  axle build -o out one two      two projects into one folder
  axle build -j4 one two three   up to four side by side
  axle build -e -o /tmp/here     an editable wheel, for this machine only
  axle build -n                  with the build requirements that are installed
  axle build -C quiet=yes        with a setting for the build backend
  pip install "$(axle build -w -q)"
)~"},
    {"Print the metadata of a project as JSON",
     R"~(Prints the core metadata of a Python project as JSON.

Keys are those of PEP 566 ("name", "version", "requires_dist", ...). Nothing is
built where the backend can prepare metadata without.)~",
     "axle metadata [OPTION]... [SOURCE]",
     R"~(  axle metadata                  of the project in this folder
  axle metadata foo-1.0.tar.gz   of an sdist
  axle metadata foo-1.0-py3-none-any.whl
  axle metadata -q | jq -r .version
)~"},
    {"Print what building a project requires",
     R"~(Prints what building a Python project requires, one requirement a line.

First what pyproject.toml lists in [build-system] requires, then what the build
backend asks for. The wheel's requirements, unless you choose.)~",
     "axle requires [OPTION]... [SOURCE]",
     R"~(  axle requires                  for the wheel of the project in this folder
  axle requires --sdist ../foo   for an sdist
  axle requires > build-requirements.txt
)~"},
    {"Run one hook of a build backend and print its outcome as JSON",
     R"~(Runs one hook of a project's build backend and prints its outcome as JSON.

The outcome is {"return": ...} or, with exit code 1, {"code", "exc_type",
"exc_msg", ...}. Directories and config_settings that --kwargs leaves out are
filled in. For those who write build backends, and look into them.)~",
     "axle hook [OPTION]... SOURCE HOOK",
     R"~(  axle hook . build_wheel
  axle hook . get_requires_for_build_sdist | jq '.return[]'
  axle hook . build_wheel --kwargs '{"config_settings": {"x": ["1", "2"]}}'
)~"},
    {"List, find and remove the environments that are kept",
     R"~(Lists, finds and removes the isolated environments that are kept for builds.

list   prints them: key, Python, size, age, last use, state, requirements
path   prints the folder of the one that builds a project; makes it if need be
prune  removes those that are damaged, replaced or were unused for long
clear  removes all; what a build uses at this moment stays, as for prune

They are in $XDG_CACHE_HOME/axle/environments (~/.cache/...), and made anew
after a day, or after the time that --environment-max-age says (12h, 7d, 0).)~",
     "axle env list|path|prune|clear [OPTION]... [SOURCE]",
     R"~(  axle env list
  axle env path ../foo           where the wheel of ../foo is built
  axle env path --key 57d79a     that one
  axle env prune --older-than 7d
)~"},
    {"Look at, start or stop the daemon that keeps build backends warm",
     R"~(Looks at, starts or stops the daemon that keeps build backends warm.

ACTION is one of
  status  what daemons there are, and what they keep (also without ACTION)
  start   start the daemon, if there is none
  stop    let all daemons of yours leave, as soon as their builds are over
  logs    print the daemon's log
  run     be the daemon, in the foreground unless told otherwise

Nobody has to start it: builds do, but in CI (where the variable CI is set), and
it leaves when nothing has been built for ten minutes. AXLE_DAEMON=0 does
without it, AXLE_DAEMON=1 uses it in CI too.)~",
     "axle daemon [OPTION]... [ACTION]",
     R"~(  axle daemon                    what is kept warm
  axle daemon status --json | jq '.[].backends[].memory_bytes'
  axle daemon stop
)~"},
    {"Tell what is right and wrong with this machine and project",
     R"~(Tells what is right and wrong with this machine, and with the project in this
folder or SOURCE, each with what to do about it.

right     as it should be
doubtful  builds work, but some may not, or take longer
wrong     no build works; the exit code is 4 then)~",
     "axle doctor [OPTION]... [SOURCE]",
     R"~(  axle doctor
  axle doctor --python 3.12 ../foo
  axle doctor --json | jq '.findings[] | select(.state != "right")'
)~"},
    {"Print what teaches a shell to complete axle's command line",
     R"~(Prints the script that teaches a shell to complete axle's command line: the
commands, their options and what these may be.)~",
     "axle completion bash|zsh|fish",
     R"~(  axle completion bash > ~/.local/share/bash-completion/completions/axle
  axle completion zsh > ~/.zfunc/_axle     where fpath=(~/.zfunc $fpath)
  axle completion fish > ~/.config/fish/completions/axle.fish
)~"},
}};

}  // namespace

std::span<const std::string_view> command_names() {
  return names;
}

std::string_view to_string(Command command) {
  return names.at(static_cast<std::size_t>(command));
}

std::optional<Command> command_of(std::string_view name) {
  const auto* found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Command>(found - names.begin());
}

const CommandText& text_of(Command command) {
  return texts.at(static_cast<std::size_t>(command));
}

std::string_view exit_codes() {
  return codes;
}

std::string program_help() {
  std::string commands;
  for (std::size_t i = 0; i < names.size(); ++i) {
    commands += fmt::format("  {:<10}  {}\n", names.at(i), texts.at(i).brief);
  }
  return fmt::format(program, commands, codes);
}

std::string command_help(Command command, std::string_view options) {
  const CommandText& text = text_of(command);
  return fmt::format("{}\n\nUsage: {}\n\n{}Examples:\n{}\nExit codes:\n{}",
                     text.summary,
                     text.usage,
                     options,
                     text.examples,
                     codes);
}

}  // namespace axle::cli
