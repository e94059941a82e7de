// The interpreters of this machine, and running them: for tests that start real ones.
#pragma once

#include "frontend/environment.hpp"
#include "frontend/interpreter.hpp"
#include "tests/support/scoped_variable.hpp"
#include "tests/support/skip.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace axle::test {

/// The interpreter that the tests are configured with, and those of pyenv from Python 3.8 on.
std::vector<std::string> pythons();
/// The interpreter that the tests are configured with.
std::string python();
/// An interpreter of pyenv with this version, "3.12"; newer ones are no match.
std::optional<std::string> pyenv_python(const std::string& version);

/// Finds an interpreter that has to be there.
frontend::Interpreter interpreter(const std::string& python);

struct Ended {
  int code;
  std::string out;
  std::string err;
};
/// Runs a program, found on its own PATH, with these variables to its end.
Ended run(const std::vector<std::string>& command, const std::vector<std::string>& variables);
/// What a Python script prints in an environment; it has to succeed.
std::string run_python(const frontend::Environment& environment, std::string_view script);

/// Writes an executable file.
std::filesystem::path write_program(const std::filesystem::path& path, std::string_view text);

/// Writes a wheel of the project `axle-hello` 1.0 into `folder`, with a module `axle_hello` and a
/// program `axle-hello` that prints sys.prefix; returns the requirement for it.
std::string write_hello_wheel(const std::filesystem::path& folder);

}  // namespace axle::test
