// Each text is what the tool itself prints, as it prints it.
#include "cli/hints.hpp"

#include "cli/hint_names.hpp"
#include "ipc/outcome.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>

using namespace axle::cli;
using axle::errc;
using axle::Error;
using axle::frontend::Isolation;
using axle::ipc::HookFailure;

TEST_SUITE_BEGIN("cli::hints");

namespace {

Error raised(std::string type, std::string message) {
  HookFailure failure;
  failure.exc_type = std::move(type);
  failure.exc_msg = std::move(message);
  return {.code = errc::hook_failed,
          .message = "build_wheel of a backend failed",
          .hook_failure = std::make_shared<const HookFailure>(std::move(failure))};
}

// The hint for a hook that raised this, and printed that.
std::string hint(std::string type,
                 std::string message,
                 std::string_view printed = {},
                 Isolation isolation = Isolation::isolated) {
  const Error error = raised(std::move(type), std::move(message));
  return hint_for({.error = error, .output = printed, .isolation = isolation}).value_or("");
}

std::string compiler_said(std::string_view printed) {
  return hint("CompileError", "command '/usr/bin/gcc' failed with exit code 1", printed);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("A version that is none is told, and how versions are") {
  CHECK(has(hint("ValueError", "Invalid version `1.0-x.y` from field `project.version`, see ..."),
            "1.0-x.y is no version"));
  CHECK(has(hint("InvalidVersion", "Invalid version: 'one'"), "one is no version"));
  CHECK(has(hint("ValueError",
                 "invalid pyproject.toml config: `project.version`.\n"
                 "configuration error: `project.version` must be pep440",
                 "DESCRIPTION:\n    The version.\n\nGIVEN VALUE:\n    \"1.0-x.y\"\n\nOFFENDING"),
            "1.0-x.y is no version"));
}

TEST_CASE("A header that the compiler misses is hinted at by the package that has it") {
  CHECK(compiler_said("demo.c:1:10: fatal error: Python.h: No such file or directory\n"
                      "    1 | #include <Python.h>\n      |          ^~~~~~~~~~\n"
                      "compilation terminated.\n") ==
        "install python3-dev (Debian, Ubuntu) or python3-devel (Fedora), which has the header "
        "Python.h");
  CHECK(has(compiler_said("c/_cffi_backend.c:15:10: fatal error: ffi.h: No such file or directory"),
            "libffi-dev"));
  CHECK(
      has(compiler_said("x.c:2:10: fatal error: 'openssl/evp.h' file not found\n"), "libssl-dev"));
  CHECK(
      has(compiler_said("src/lxml/etree.c:1:10: fatal error: libxml/xmlversion.h: No such file or "
                        "directory\n"),
          "libxml2-dev"));
  CHECK(has(compiler_said("a.c:1:10: fatal error: unheard/of.h: No such file or directory\n"),
            "unheard/of.h"));
  CHECK(
      has(compiler_said("a.c:4:10: fatal error: numpy/arrayobject.h: No such file or directory\n"),
          "add \"numpy\" to [build-system] requires"));
}

TEST_CASE("A library that the linker misses is hinted at by the package that has it") {
  CHECK(has(compiler_said("/usr/bin/ld: cannot find -lpq: No such file or directory\n"
                          "collect2: error: ld returned 1 exit status\n"),
            "libpq-dev"));
  CHECK(has(compiler_said("/usr/bin/ld: cannot find -lssl\n"), "libssl-dev"));
  CHECK(has(compiler_said("ld: library not found for -lodd\n"), "the library odd"));
}

TEST_CASE("A compiler or tool that is not there is hinted at by its package") {
  CHECK(
      has(hint("CompileError", "command 'x86_64-linux-gnu-gcc' failed: No such file or directory"),
          "build-essential"));
  CHECK(has(hint("SystemExit", "1", "error: command 'cc' failed: No such file or directory\n"),
            "build-essential"));
  CHECK(has(hint("SystemExit", "1", "/bin/sh: 1: gcc: not found\n"), "build-essential"));
  CHECK(has(hint("SystemExit",
                 "1",
                 "  Could NOT find a compiler\n  No CMAKE_CXX_COMPILER could be found.\n"),
            "build-essential"));
  CHECK(has(hint("SystemExit",
                 "1",
                 "../meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc'], ['clang']]\n"),
            "build-essential"));
  CHECK(has(hint("FileNotFoundError", "[Errno 2] No such file or directory: 'pg_config'"),
            "libpq-dev"));
  CHECK(has(hint("FileNotFoundError", "[Errno 2] No such file or directory: 'cmake'"), "cmake"));
  CHECK(has(hint("SystemExit", "1", "/bin/sh: 1: pkg-config: not found\n"), "pkg-config"));
  CHECK(has(hint("CMakeNotFoundError", "Could not find CMake with version >=3.15"), "cmake"));
  CHECK(has(hint("ConfigError", "Could not find Ninja 1.8.2 or newer"), "ninja-build"));
}

TEST_CASE("A missing Rust is hinted at") {
  CHECK(has(hint("SystemExit", "1", "error: can't find Rust compiler\n"), "rustup"));
  CHECK(has(hint("SystemExit",
                 "1",
                 "Cargo, the Rust package manager, is not installed or is not on PATH.\n"
                 "This package requires Rust and Cargo to compile extensions.\n"),
            "rustup"));
}

TEST_CASE("A module that the build misses is hinted at by its project") {
  CHECK(hint("ModuleNotFoundError", "No module named 'numpy'") ==
        "the build imports numpy, which is not there: add \"numpy\" to [build-system] requires in "
        "pyproject.toml");
  CHECK(has(hint("ModuleNotFoundError", "No module named 'yaml'"), "add \"PyYAML\""));
  CHECK(has(hint("ModuleNotFoundError", "No module named 'sklearn.base'"), "add \"scikit-learn\""));
  CHECK(has(hint("ModuleNotFoundError", "No module named 'numpy'", "", Isolation::none),
            "install numpy"));
  CHECK(has(hint("SystemExit", "1", "ModuleNotFoundError: No module named 'Cython'\n"),
            "add \"Cython\""));
  CHECK(has(hint("SystemExit", "1", "/usr/bin/python3: No module named cffi\n"), "add \"cffi\""));
}

TEST_CASE("A module that its package does not have is not hinted at by requiring the package") {
  CHECK(hint("ModuleNotFoundError", "No module named 'setuptools.old'") ==
        "the build imports setuptools.old, which setuptools as it is installed does not have: it "
        "takes another version of it");
  Error error = raised("ModuleNotFoundError", "No module named 'flit_core.buildapii'");
  error.message = "the build backend 'flit_core.buildapii' cannot be imported";
  CHECK(hint_for({.error = error}) ==
        "flit_core is there, but has no flit_core.buildapii: is build-backend in pyproject.toml "
        "right?");
}

TEST_CASE("Modules that Python or setuptools gave up are hinted at with what to do") {
  CHECK(has(hint("ModuleNotFoundError", "No module named 'distutils'"), "Python 3.12"));
  CHECK(has(hint("ModuleNotFoundError", "No module named 'distutils.core'"), "setuptools"));
  CHECK(has(hint("ModuleNotFoundError", "No module named 'pkg_resources'"), "setuptools<81"));
  CHECK(has(hint("ModuleNotFoundError", "No module named 'imp'"), "--python 3.11"));
  CHECK(has(hint("ModuleNotFoundError", "No module named 'versioneer'"), "backend-path"));
}

TEST_CASE("What a backend cannot find out by itself is hinted at with the setting that says it") {
  CHECK(has(hint("PackageDiscoveryError",
                 "Multiple top-level packages discovered in a flat-layout: ['one', 'two'].\n\n"
                 "To avoid accidental inclusion of unwanted files or directories,\n"
                 "setuptools will not proceed with this build.\n"),
            "[tool.setuptools]"));
  CHECK(has(hint("PackageDiscoveryError",
                 "Multiple top-level modules discovered in a flat-layout: ['a', 'b'].\n"),
            "py-modules"));
  CHECK(has(hint("ValueError",
                 "Unable to determine which files to ship inside the wheel using the following "
                 "heuristics: https://hatch.pypa.io/latest/plugins/builder/wheel/"
                 "#default-file-selection\n"),
            "[tool.hatch.build.targets.wheel]"));
  CHECK(has(hint("ValueError", "No file/folder found for package demo-project"), "[tool.poetry]"));
  CHECK(has(hint("ValueError", "No file/folder found for module demo"), "[tool.flit.module]"));
}

TEST_CASE("A version that comes from git and cannot be seen is hinted at") {
  const std::string text =
      "setuptools-scm was unable to detect version for /srv/demo.\n\n"
      "Make sure you're either building from a fully intact git repository or PyPI tarballs.";
  CHECK(has(hint("LookupError", text), "SETUPTOOLS_SCM_PRETEND_VERSION"));
  CHECK(has(hint("ValueError", "Error getting the version from source `vcs`: " + text),
            "fetch-depth: 0"));
  CHECK(has(hint("Exception",
                 "Versioning for this project requires either an sdist tarball, or access to an "
                 "upstream git repository."),
            "PBR_VERSION"));
}

TEST_CASE("What setuptools gave up is hinted at with the version that has it") {
  CHECK(has(hint("SystemExit", "error in demo setup command: use_2to3 is invalid."),
            "setuptools<58"));
  CHECK(has(hint("SystemExit",
                 "1",
                 "configuration error: `project.license` must be valid exactly by one definition "
                 "(2 matches found):\n"),
            "setuptools>=77"));
}

TEST_CASE("A file that the project names and has not is hinted at") {
  CHECK(has(hint("OSError", "Readme file does not exist: README.md"), "README.md"));
  CHECK(has(hint("OSError", "License file does not exist: LICENSE.txt"), "LICENSE.txt"));
  CHECK(has(hint("ConfigError", "Description file README.rst does not exist"), "README.rst"));
  CHECK(has(hint("FileNotFoundError", "[Errno 2] No such file or directory: 'README.md'"),
            "MANIFEST.in"));
  CHECK(has(hint("FileNotFoundError",
                 "[Errno 2] No such file or directory: '/tmp/x/demo-1.0/requirements.txt'"),
            "requirements.txt"));
  CHECK(hint("FileNotFoundError", "[Errno 2] No such file or directory: 'data.bin'").empty());
}

TEST_CASE("A disk or memory that is full is hinted at") {
  CHECK(has(hint("OSError", "[Errno 28] No space left on device: '/srv/out'"), "TMPDIR"));
  CHECK(has(compiler_said("g++: fatal error: Killed signal terminated program cc1plus\n"),
            "MAX_JOBS"));
  HookFailure failure;
  failure.exc_type = "BackendDied";
  failure.out_of_memory = true;
  const Error error{.code = errc::hook_failed,
                    .message = "killed",
                    .hook_failure = std::make_shared<const HookFailure>(failure)};
  CHECK(has(hint_for({.error = error}).value_or(""), "MAX_JOBS"));
}

TEST_CASE("Files of another user's build are hinted at") {
  CHECK(has(hint("SystemExit", "error: could not create 'build/lib': Permission denied"),
            "sudo rm -r build"));
  CHECK(has(hint("PermissionError", "[Errno 13] Permission denied: 'demo.egg-info/PKG-INFO'"),
            "sudo rm -r build"));
}

TEST_CASE("The error of the hook counts before what it printed") {
  CHECK(has(
      hint("ModuleNotFoundError", "No module named 'numpy'", "trying: No module named 'fancy'\n"),
      "numpy"));
}

TEST_CASE("Where nothing is known there is no hint") {
  CHECK(hint("ValueError", "no wheel today", "running build_ext\n").empty());
  CHECK(hint("", "").empty());
}

TEST_CASE("A hint stands before the one that there was, and in place of a general one") {
  Error error = raised("ModuleNotFoundError", "No module named 'numpy'");
  error.hint = "the wheel is built from demo-1.0.tar.gz";
  const Error both = with_hint(error, "", Isolation::isolated);
  CHECK(has(both.hint, "numpy"));
  CHECK(has(both.hint, "\nthe wheel is built from"));
  error.code = errc::backend_unavailable;
  CHECK_FALSE(has(with_hint(error, "", Isolation::isolated).hint, "demo-1.0"));
  error.code = errc::cancelled;
  CHECK(with_hint(error, "", Isolation::isolated).hint == error.hint);
}

TEST_CASE("Foreign text in a hint is safe to show, and short") {
  CHECK_FALSE(
      has(compiler_said("a.c: fatal error: \x1b[2Jx.h: No such file or directory"), "\x1b"));
  const std::string long_name(100'000, 'x');
  CHECK(hint("ModuleNotFoundError", "No module named '" + long_name + "'").empty());
}

TEST_CASE("The compiler of Debian's Python is known by its own name") {
  CHECK(provider_of_tool("x86_64-linux-gnu-g++").has_value());
  CHECK_FALSE(provider_of_tool("unheard-of").has_value());
  CHECK(provider_of_header("openssl/ssl.h").has_value());
  CHECK_FALSE(provider_of_header("openssl").has_value());
  CHECK(project_of_module("yaml.reader") == "PyYAML");
  CHECK(project_of_module("numpy") == "numpy");
}
