// What prepare_metadata_for_build_wheel has made, in the build of the wheel that follows.
#include "frontend/builder.hpp"
#include "tests/integration/frontend/stage.hpp"

#include <string>

using namespace axle;
using namespace axle::test;

namespace {

// A backend of the standard library's, which puts into the wheel what it finds in the folder that
// it is given.
constexpr const char* backend = R"(
import base64, hashlib, os, zipfile

INFO = "demo-1.0.dist-info"
WHEEL = "Wheel-Version: 1.0\nGenerator: own\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
TEXT = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    os.makedirs(os.path.join(metadata_directory, INFO, "extra"))
    with open(os.path.join(metadata_directory, INFO, "METADATA"), "w") as file:
        file.write(TEXT + "Summary: prepared\n")
    with open(os.path.join(metadata_directory, INFO, "extra", "kept"), "w") as file:
        file.write("kept")
    return INFO

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "demo-1.0-py3-none-any.whl"
    files = {"METADATA": TEXT, "WHEEL": WHEEL}
    if metadata_directory is not None:
        with open(os.path.join(metadata_directory, "extra", "kept")) as file:
            files["kept"] = file.read()
        with open(os.path.join(metadata_directory, "METADATA")) as file:
            files["METADATA"] = file.read()
    if os.path.exists("liar"):
        files["METADATA"] = TEXT + "Summary: made up\n"
    record = f"{INFO}/RECORD,,\n"
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
        record += f"{INFO}/{path},sha256={digest.rstrip('=')},{len(text)}\n"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        for path, text in {**files, "RECORD": record}.items():
            wheel.writestr(f"{INFO}/{path}", text)
    return name
)";

struct BuilderStage : Stage {
  BuilderStage() {
    dir.write("tree/own.py", backend);
    dir.write("tree/pyproject.toml",
              "[build-system]\nrequires = []\nbuild-backend = 'own'\nbackend-path = ['.']\n");
  }
  frontend::Builder open() {
    auto builder = frontend::Builder::open(tree,
                                           {.isolation = frontend::Isolation::none,
                                            .python = AXLE_PYTHON,
                                            .backend_program = AXLE_BACKEND_PROGRAM},
                                           observer,
                                           cancellation);
    if (!builder) FAIL("not opened: " << builder.error().message);
    return *std::move(builder);
  }
};

}  // namespace

TEST_SUITE_BEGIN("frontend::Builder");

TEST_CASE("Builder gives build_wheel the metadata that was prepared before, with all its files") {
  BuilderStage stage;
  auto builder = stage.open();
  const auto metadata = builder.metadata();
  REQUIRE(metadata);
  CHECK(contains(metadata->text, "Summary: prepared"));
  for (int i = 0; i < 2; ++i) {
    const auto built = builder.build({.wheel = true}, stage.dir / "out");
    if (built.error) FAIL(built.error->message);
    CHECK(built.artifacts.front().metadata == metadata->text);
  }
}

TEST_CASE("Builder gives no metadata to build_wheel where nobody has asked for any") {
  BuilderStage stage;
  auto builder = stage.open();
  const auto built = builder.build({.wheel = true}, stage.dir / "out");
  if (built.error) FAIL(built.error->message);
  CHECK(!contains(built.artifacts.front().metadata, "prepared"));
}

TEST_CASE("Builder refuses a wheel that has other metadata than was prepared") {
  BuilderStage stage;
  stage.dir.write("tree/liar", "");
  auto builder = stage.open();
  REQUIRE(builder.metadata());
  const auto built = builder.build({.wheel = true}, stage.dir / "out");
  REQUIRE(built.error);
  CHECK(built.error->code == errc::bad_artifact);
  CHECK(contains(built.error->message, "'Summary: made up' where 'Summary: prepared' was told"));
  CHECK(built.artifacts.empty());
  CHECK(std::filesystem::is_empty(stage.dir / "out"));
}

TEST_SUITE_END();
