#include "cli/source_location.hpp"

#include "ipc/outcome.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>

using namespace axle;
using namespace axle::cli;
using std::filesystem::path;

TEST_SUITE_BEGIN("cli::SourceLocation");

namespace {

class Tree {
 public:
  Tree() {
    for (const char* file : {"setup.py",
                             "pyproject.toml",
                             "tools/backend.py",
                             ".venv/lib/python3/site-packages/guest.py"}) {
      temp.write(file, "x\n");
    }
  }
  test::TempDir temp;
  path folder = temp.path();

  [[nodiscard]] std::string frame(const std::string& file, int line) const {
    return "  File \"" + (folder / file).string() + "\", line " + std::to_string(line) +
           ", in build_wheel\n    raise ValueError\n";
  }
};

SourceLocation at(const char* file, int line) {
  return {.file = file, .line = line};
}

}  // namespace

TEST_CASE("The innermost frame of the project is where an error came from") {
  const Tree tree;
  const std::string traceback = "Traceback (most recent call last):\n" + tree.frame("setup.py", 3) +
                                tree.frame("tools/backend.py", 14) +
                                "  File \"/usr/lib/python3/json.py\", line 7, in loads\n" +
                                tree.frame(".venv/lib/python3/site-packages/guest.py", 1) +
                                "ValueError: no\n";
  CHECK(location_in_traceback(traceback, tree.folder) == at("tools/backend.py", 14));
}

TEST_CASE("A traceback without a frame of the project has no place in it") {
  const Tree tree;
  CHECK_FALSE(location_in_traceback("", tree.folder));
  CHECK_FALSE(location_in_traceback(tree.frame("gone.py", 3), tree.folder));
  CHECK_FALSE(location_in_traceback(tree.frame("../other.py", 3), tree.folder));
  CHECK_FALSE(location_in_traceback("  File \"<frozen os>\", line 1, in x\n", tree.folder));
  CHECK_FALSE(location_in_traceback("  File \"<string>\", line 1, in <module>\n", tree.folder));
  CHECK_FALSE(location_in_traceback("  File \"", tree.folder));
  CHECK_FALSE(location_in_traceback("  File \", line 3", tree.folder));
}

TEST_CASE("setup.py is where setuptools runs a text without a name") {
  const Tree tree;
  CHECK(location_in_traceback("  File \"/env/setuptools/build_meta.py\", line 317, in run_setup\n"
                              "    exec(code, locals())\n"
                              "  File \"<string>\", line 5, in <module>\n",
                              tree.folder) == at("setup.py", 5));
}

TEST_CASE("A syntax error has no function") {
  const Tree tree;
  CHECK(location_in_traceback("  File \"" + (tree.folder / "setup.py").string() +
                                  "\", line 12\n    x ==\nSyntaxError: invalid syntax\n",
                              tree.folder) == at("setup.py", 12));
}

TEST_CASE("A file of an unpacked sdist is the file that the sdist was made of") {
  const Tree tree;
  CHECK(location_in_traceback(
            "  File \"/tmp/axle-sdist-x1/demo-1.0/tools/backend.py\", line 2, in build_wheel\n",
            tree.folder) == at("tools/backend.py", 2));
  CHECK_FALSE(location_in_traceback("  File \"/tmp/axle-sdist-x1\", line 2, in x\n", tree.folder));
}

TEST_CASE("The root cause is told before what came of it") {
  const Tree tree;
  ipc::HookFailure failure;
  failure.traceback = tree.frame("setup.py", 30);
  failure.causes = {
      {.exc_type = "KeyError", .exc_msg = "x"},
      {.exc_type = "ValueError", .exc_msg = "y", .traceback = tree.frame("tools/backend.py", 4)}};
  Error error{.code = errc::hook_failed, .message = "build_wheel failed"};
  error.hook_failure = std::make_shared<ipc::HookFailure>(failure);
  CHECK(location_of(error, tree.folder) == at("tools/backend.py", 4));
  failure.causes.clear();
  error.hook_failure = std::make_shared<ipc::HookFailure>(failure);
  CHECK(location_of(error, tree.folder) == at("setup.py", 30));
}

TEST_CASE("A pyproject.toml that is wrong is told with its line") {
  const Tree tree;
  const auto location = [&](const std::string& message, errc code = errc::invalid_project) {
    return location_of(Error{.code = code, .message = message}, tree.folder);
  };
  CHECK(location((tree.folder / "pyproject.toml").string() + ":7:3: no") ==
        at("pyproject.toml", 7));
  CHECK(location("pyproject.toml has no name") == at("pyproject.toml", 0));
  CHECK_FALSE(location("there is no project"));
  CHECK_FALSE(location("pyproject.toml:7:3: no", errc::io_error));
}
