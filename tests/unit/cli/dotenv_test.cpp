#include "cli/dotenv.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>

using namespace axle;
using namespace axle::cli;
using frontend::ArtifactKind;

TEST_SUITE_BEGIN("cli::dotenv");

namespace {

ArtifactReport artifact(ArtifactKind kind, const std::string& path) {
  return {.artifact = {.kind = kind, .path = path, .name = "demo", .version = "1.0"},
          .sha256 = "abc"};
}

}  // namespace

TEST_CASE("dotenv_of has a line for each thing that was built, with paths from the folder") {
  std::deque<ProjectReport> projects(1);
  projects[0].artifacts = {artifact(ArtifactKind::sdist, "/srv/dist/demo-1.0.tar.gz"),
                           artifact(ArtifactKind::wheel, "/out/demo-1.0-py3-none-any.whl")};
  CHECK(dotenv_of(projects, "/srv").value() ==
        "BUILT_NAME=demo\nBUILT_VERSION=1.0\n"
        "BUILT_SDIST=dist/demo-1.0.tar.gz\nBUILT_SDIST_SHA256=abc\n"
        "BUILT_WHEEL=/out/demo-1.0-py3-none-any.whl\nBUILT_WHEEL_SHA256=abc\n"
        "BUILT_ARTIFACTS=dist/demo-1.0.tar.gz /out/demo-1.0-py3-none-any.whl\n");
}

TEST_CASE("dotenv_of has the first of several, and all of them as artifacts") {
  std::deque<ProjectReport> projects(2);
  projects[0].artifacts = {artifact(ArtifactKind::wheel, "/srv/a.whl")};
  projects[1].artifacts = {artifact(ArtifactKind::wheel, "/srv/b.whl")};
  const std::string lines = dotenv_of(projects, "/srv").value();
  CHECK(lines.contains("\nBUILT_WHEEL=a.whl\n"));
  CHECK(!lines.contains("BUILT_WHEEL=b.whl"));
  CHECK(lines.ends_with("\nBUILT_ARTIFACTS=a.whl b.whl\n"));
}

TEST_CASE("dotenv_of has nothing of what was not built, and no path of two lines") {
  std::deque<ProjectReport> projects(1);
  CHECK(dotenv_of(projects, "/srv").value().empty());
  projects[0].artifacts = {artifact(ArtifactKind::wheel, "/srv/a\nBUILT_NAME=x.whl")};
  const auto refused = dotenv_of(projects, "/srv");
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::io_error);
}

TEST_SUITE_END();
