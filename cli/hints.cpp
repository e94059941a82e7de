#include "cli/hints.hpp"

#include "cli/hint_names.hpp"
#include "cli/printable.hpp"
#include "ipc/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

namespace axle::cli {
namespace {

using frontend::Isolation;
using Hint = std::optional<std::string>;

/// All that was said, in the order in which it is looked at.
struct Said {
  const FailedBuild& build;
  std::vector<std::string_view> texts;

  [[nodiscard]] bool has(std::string_view sign) const {
    return std::ranges::any_of(texts, [&](std::string_view text) { return text.contains(sign); });
  }
  /// What stands between `before` and `after` on one line, where that is short and not empty: the
  /// last one of the first text that has it.
  [[nodiscard]] Hint between(std::string_view before, std::string_view after) const {
    for (const std::string_view text : texts) {
      for (auto at = text.rfind(before); at != text.npos; at = text.rfind(before, at - 1)) {
        const std::string_view line = text.substr(at + before.size());
        const std::string_view rest = line.substr(0, line.find('\n'));
        const std::string_view found =
            after.empty() ? rest.substr(0, rest.find_first_of(" \t\r"))
                          : rest.substr(0, std::min(rest.find(after), rest.size()));
        constexpr std::size_t longest = 200;
        if ((after.empty() || found.size() < rest.size()) && !found.empty() &&
            found.size() < longest) {
          return printable(found);
        }
        if (at == 0) break;
      }
    }
    return std::nullopt;
  }
};

std::string require(const Said& said, std::string_view project) {
  return said.build.isolation == Isolation::isolated
             ? fmt::format("add \"{}\" to [build-system] requires in pyproject.toml", project)
             : fmt::format(
                   "install {} where the build runs, or leave --no-isolation out where "
                   "pyproject.toml "
                   "requires it",
                   project);
}

std::string unquoted(std::string_view word) {
  const std::size_t begin = std::min(word.find_first_not_of("'\"`["), word.size());
  const std::size_t end = word.find_last_not_of("'\"`]");
  return std::string(word.substr(begin, end == word.npos ? 0 : end + 1 - begin));
}

Hint lack_of_memory(const Said& said) {
  const auto& failure = said.build.error.hook_failure;
  const bool killed =
      said.has("Killed signal terminated program") || said.has("signal: 9, SIGKILL");
  if (!killed && (failure == nullptr || !failure->out_of_memory)) return std::nullopt;
  return "the machine ran out of memory: let fewer compilers run side by side (MAX_JOBS=1, "
         "CMAKE_BUILD_PARALLEL_LEVEL=1, CARGO_BUILD_JOBS=1; a smaller -j), or give it more";
}

Hint full_disk(const Said& said) {
  if (!said.has("No space left on device") && !said.has("Disk quota exceeded")) return std::nullopt;
  return "free some space; TMPDIR names the folder for temporary files, --outdir that of artifacts";
}

Hint missing_header(const Said& said) {
  Hint header = said.between("fatal error: '", "' file not found");
  if (!header) header = said.between("fatal error: ", ": No such file or directory");
  if (!header) return std::nullopt;
  const Hint provider = provider_of_header(*header);
  if (!provider) {
    return fmt::format(
        "the compiler does not find the header {}: install the package with the headers of that "
        "library (its name ends in -dev or -devel), or name their folder in CPATH",
        *header);
  }
  if (provider->starts_with("the build requirement ")) {
    return fmt::format("{} has the header {}: {}",
                       *provider,
                       *header,
                       require(said, provider->substr(provider->rfind(' ') + 1)));
  }
  return fmt::format("install {}, which has the header {}", *provider, *header);
}

Hint missing_library(const Said& said) {
  Hint library = said.between("cannot find -l", ": No such file");
  if (!library) library = said.between("cannot find -l", "");
  if (!library) library = said.between("library not found for -l", "");
  if (!library) return std::nullopt;
  while (library->ends_with(':')) library->pop_back();
  if (const Hint provider = provider_of_library(*library)) {
    return fmt::format("install {}, which has the library {}", *provider, *library);
  }
  return fmt::format(
      "the linker does not find the library {}: install the package for development with it "
      "(its name ends in -dev or -devel), or name its folder in LIBRARY_PATH",
      *library);
}

Hint missing_rust(const Said& said) {
  if (!said.has("can't find Rust compiler") &&
      !said.has("Cargo, the Rust package manager, is not installed or is not on PATH") &&
      !said.has("Rust not found, installing into a temporary directory")) {
    return std::nullopt;
  }
  return "the project is written in Rust in part: install cargo and rustc, by the system's "
         "packages or rustup, and have them on PATH";
}

Hint missing_tool(const Said& said) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> texts{{
      {"error: command '", "' failed: No such file or directory"},
      {"command '", "' failed: No such file or directory"},
      {"unable to execute '", "': No such file or directory"},
      {"No such file or directory: '", "'"},
      {"/bin/sh: 1: ", ": not found"},
      {"/bin/sh: line 1: ", ": command not found"},
      {"sh: 1: ", ": not found"},
      {"Program '", "' not found or not executable"},
      {"Problem with the CMake installation, aborting build. CMake executable is ", ""},
      {"exec: ", ": not found"},
  }};
  for (const auto& [before, after] : texts) {
    const Hint found = said.between(before, after);
    if (!found) continue;
    const std::string tool = found->substr(found->rfind('/') + 1);
    if (const Hint provider = provider_of_tool(tool)) {
      return fmt::format("the build runs {}, which is not there: install {}", tool, *provider);
    }
  }
  const auto needs = [&](std::initializer_list<std::string_view> signs,
                         std::string_view tool) -> Hint {
    for (const std::string_view sign : signs) {
      if (said.has(sign)) {
        return fmt::format("the build needs {}: install {}",
                           tool,
                           provider_of_tool(tool).value_or(std::string(tool)));
      }
    }
    return std::nullopt;
  };
  if (auto hint = needs({"gcc: command not found",
                         "No CMAKE_C_COMPILER could be found",
                         "No CMAKE_CXX_COMPILER could be found",
                         "Unknown compiler(s): [['cc']",
                         "no acceptable C compiler found in $PATH"},
                        "gcc")) {
    return hint;
  }
  if (auto hint = needs({"CMake must be installed to build",
                         "Could not find CMake with version",
                         "Problem with the CMake installation"},
                        "cmake")) {
    return hint;
  }
  if (auto hint = needs({"Could not detect Ninja", "Could not find Ninja"}, "ninja")) return hint;
  return needs({"pkg-config: command not found",
                "Pkg-config for machine host machine not found",
                "The pkg-config command could not be found"},
               "pkg-config");
}

Hint missing_module(const Said& said) {
  const auto& failure = said.build.error.hook_failure;
  Hint module;
  if (failure != nullptr && failure->exc_type == "ModuleNotFoundError") {
    module =
        Said{.build = said.build, .texts = {failure->exc_msg}}.between("No module named '", "'");
  }
  if (!module) module = said.between("ModuleNotFoundError: No module named '", "'");
  if (!module) module = said.between("python: No module named ", "");
  if (!module) module = said.between("python3: No module named ", "");
  if (!module) return std::nullopt;
  const std::string top = module->substr(0, module->find('.'));
  if (top == "distutils") {
    return "distutils is gone from Python 3.12 on: " + require(said, "setuptools") +
           ", which brings its own, or build with an older Python (--python 3.11)";
  }
  if (top == "pkg_resources") {
    return "newer versions of setuptools have no pkg_resources: " + require(said, "setuptools<81");
  }
  if (top == "imp" || top == "asyncore" || top == "asynchat" || top == "smtpd") {
    return fmt::format(
        "{} is gone from Python 3.12 on: build a newer version of the project, or with an older "
        "Python (--python 3.11)",
        top);
  }
  if (top == "versioneer") {
    return "versioneer.py is in the project itself: add \"versioneer\" to [build-system] requires, "
           "or backend-path = [\".\"] beside it";
  }
  // Python names what is missing, and that is a module in a package only where the package is
  // there.
  const std::string owner = project_of_module(*module);
  if (module->contains('.') && owner == top) {
    return said.build.error.message.contains("cannot be imported")
               ? fmt::format(
                     "{} is there, but has no {}: is build-backend in pyproject.toml right?",
                     top,
                     *module)
               : fmt::format(
                     "the build imports {}, which {} as it is installed does not have: it "
                     "takes another version of it",
                     *module,
                     top);
  }
  if (top == "setuptools" || top == "wheel") return require(said, top);
  return fmt::format("the build imports {}, which is not there: {}", *module, require(said, owner));
}

Hint undetected_version(const Said& said) {
  if (said.has("was unable to detect version for")) {
    return "the version comes from git, and there is no tag to be seen here: fetch the whole "
           "history with its tags (git fetch --tags --unshallow; fetch-depth: 0 in GitHub "
           "Actions), "
           "or say the version in SETUPTOOLS_SCM_PRETEND_VERSION";
  }
  if (said.has("Versioning for this project requires either an sdist tarball")) {
    return "the version comes from git, by pbr: build in a clone with its tags, or say the version "
           "in PBR_VERSION";
  }
  if (said.has("Cannot find the version from SCM or SCM isn't detected")) {
    return "the version comes from git, by pdm-backend: build in a clone with its tags, or say the "
           "version in PDM_BUILD_SCM_VERSION";
  }
  return std::nullopt;
}

Hint invalid_version(const Said& said) {
  Hint version = said.between("Invalid version `", "`");            // hatchling
  if (!version) version = said.between("Invalid version: '", "'");  // packaging
  if (!version && said.has("`project.version` must be pep440")) {   // setuptools
    version = said.between("GIVEN VALUE:\n    \"", "\"");
    if (!version) version = "that of the project";
  }
  if (!version) return std::nullopt;
  return fmt::format(
      "{} is no version: these are numbers with dots, then perhaps a1, b1, rc1, .post1 or .dev1, "
      "and behind a + what is yours alone: 1.0, 1.0rc1, 1.0+linux (PEP 440)",
      *version);
}

Hint ambiguous_packages(const Said& said) {
  if (said.has("top-level packages discovered in a flat-layout")) {
    return "tell setuptools which folders belong to the project: [tool.setuptools] packages = "
           "[\"...\"] or [tool.setuptools.packages.find] include = [\"...*\"] in pyproject.toml";
  }
  if (said.has("top-level modules discovered in a flat-layout")) {
    return "tell setuptools which modules belong to the project: [tool.setuptools] py-modules = "
           "[\"...\"] in pyproject.toml; [] for none";
  }
  if (said.has("Unable to determine which files to ship inside the wheel")) {
    return "tell hatchling which folder the package is: [tool.hatch.build.targets.wheel] packages "
           "= [\"src/...\"] in pyproject.toml";
  }
  if (said.has("No file/folder found for package ")) {
    return "tell poetry which folder the package is: [tool.poetry] packages = [{include = \"...\", "
           "from = \"src\"}] in pyproject.toml";
  }
  if (said.has("No file/folder found for module ")) {
    return "tell flit which module the project is: [tool.flit.module] name = \"...\" in "
           "pyproject.toml";
  }
  return std::nullopt;
}

Hint old_setup(const Said& said) {
  if (said.has("use_2to3 is invalid")) {
    return "setuptools 58 gave up use_2to3: build a newer version of the project, or " +
           require(said, "setuptools<58");
  }
  if (said.has("`project.license` must be valid exactly by one definition")) {
    return "a license as plain text (license = \"MIT\", PEP 639) needs " +
           std::string("setuptools 77 or newer: ") + require(said, "setuptools>=77");
  }
  return std::nullopt;
}

Hint missing_file(const Said& said) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> texts{{
      {"Readme file does not exist: ", ""},
      {"License file does not exist: ", ""},
      {"Description file ", " does not exist"},
      {"License file ", " does not exist"},
      {"Readme path `", "` does not exist"},
      {"file does not exist: ", ""},
      {"No such file or directory: ", ""},
      {"can't copy ", ": doesn't exist"},
      {"Cannot find file ", ""},
  }};
  constexpr std::array<std::string_view, 12> of_projects{"readme",
                                                         "license",
                                                         "licence",
                                                         "copying",
                                                         "notice",
                                                         "changelog",
                                                         "changes",
                                                         "history",
                                                         "news",
                                                         "authors",
                                                         "requirements",
                                                         "version"};
  for (const auto& [before, after] : texts) {
    const Hint found = said.between(before, after);
    if (!found) continue;
    const std::string file = unquoted(*found);
    std::string name = file.substr(file.rfind('/') + 1);
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (std::ranges::any_of(of_projects, [&](auto word) { return name.starts_with(word); })) {
      return fmt::format(
          "the project names {}, which is not there: add it, or name another; where it is in the "
          "source tree and only the sdist lacks it, include it (MANIFEST.in for setuptools)",
          file);
    }
  }
  return std::nullopt;
}

Hint forbidden_litter(const Said& said) {
  if (!said.has("Permission denied")) return std::nullopt;
  for (const std::string_view place :
       {"'build/", "'build'", "build/lib", "build/temp", ".egg-info"}) {
    if (said.has(place)) {
      return "an earlier build, of another user perhaps, has left files that you must not change: "
             "remove build/ and *.egg-info in the source tree (sudo rm -r build *.egg-info)";
    }
  }
  return std::nullopt;
}

Hint unsupported(const Said& said) {
  const auto& failure = said.build.error.hook_failure;
  if (failure == nullptr || !failure->unsupported) return std::nullopt;
  return "the build backend cannot make this of this source tree; --wheel builds straight from it";
}

constexpr std::array rules{lack_of_memory,
                           full_disk,
                           missing_header,
                           missing_library,
                           missing_rust,
                           undetected_version,
                           invalid_version,
                           ambiguous_packages,
                           old_setup,
                           missing_module,
                           missing_file,
                           missing_tool,
                           forbidden_litter,
                           unsupported};

}  // namespace

std::optional<std::string> hint_for(const FailedBuild& build) {
  Said said{.build = build, .texts = {}};
  if (const auto* failure = build.error.hook_failure.get()) {
    said.texts = {failure->exc_msg};
    // As Python prints it; the message of a SyntaxError and the like is not all.
    for (const ipc::Cause& cause : failure->causes) said.texts.emplace_back(cause.exc_msg);
    said.texts.emplace_back(failure->traceback);
    said.texts.emplace_back(failure->stderr_tail);
  } else {
    said.texts = {build.error.message};
  }
  said.texts.push_back(build.output);
  for (const auto& rule : rules) {
    if (auto hint = rule(said)) return hint;
  }
  return std::nullopt;
}

Error with_hint(Error error, std::string_view output, frontend::Isolation isolation) {
  const bool of_backend = error.code == errc::hook_failed || error.code == errc::backend_gone ||
                          error.code == errc::backend_unavailable;
  if (!of_backend) return error;
  auto hint = hint_for({.error = error, .output = output, .isolation = isolation});
  if (!hint) return error;
  if (error.code == errc::hook_failed && !error.hint.empty()) *hint += "\n" + error.hint;
  error.hint = *std::move(hint);
  return error;
}

}  // namespace axle::cli
