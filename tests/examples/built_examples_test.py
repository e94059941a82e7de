"""axle builds the examples, and what it builds works: the wheels are used, the sdists are looked into.

    AXLE_BIN=build/dev/bin python3 tests/examples/built_examples_test.py [Isolated|NotIsolated[.test]]

NotIsolated needs AXLE_TEST_VENV, an environment that has the build backends; Isolated a package index.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
AXLE = Path(os.environ["AXLE_BIN"]).resolve() / "axle"
TEST_VENV = os.environ.get("AXLE_TEST_VENV", "")


class Examples:
    """Builds each example with `OPTIONS`, from a copy: what backends leave in the source tree is theirs."""

    OPTIONS: "list[str]" = []

    def build(self, example, *names):
        temporary = tempfile.TemporaryDirectory(prefix="axle-example-")
        self.addCleanup(temporary.cleanup)
        source = Path(temporary.name, example)
        shutil.copytree(
            EXAMPLES / example,
            source,
            ignore=shutil.ignore_patterns("dist", "build", "*.egg-info", "__pycache__"),
        )
        run = subprocess.run(
            [AXLE, "build", *self.OPTIONS, source],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "AXLE_DAEMON": "0",
                 "XDG_CACHE_HOME": str(Path(temporary.name, "cache"))},
            timeout=240,
        )
        self.assertEqual(run.returncode, 0, run.stderr)
        artifacts = [Path(line) for line in run.stdout.splitlines()]
        self.assertEqual([artifact.name for artifact in artifacts], list(names), run.stderr)
        self.assertEqual([artifact.resolve().parent for artifact in artifacts], [source / "dist"] * 2)
        return artifacts

    def output_from(self, wheel, *arguments):
        """What the module in `wheel` prints, run straight from it."""
        run = subprocess.run(
            [sys.executable, "-B", "-X", "utf8", "-m", *arguments],
            env={**os.environ, "PYTHONPATH": str(wheel)},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout.strip()

    def test_humanly(self):
        sdist, wheel = self.build(
            "humanly", "humanly-1.2.0.tar.gz", "humanly-1.2.0-py3-none-any.whl"
        )
        self.assertEqual(self.output_from(wheel, "humanly", "size", "1536000"), "1.5 MB")
        with tarfile.open(sdist) as archive:
            self.assertIn("humanly-1.2.0/src/humanly/py.typed", archive.getnames())

    def test_moonphase(self):
        _, wheel = self.build(
            "moonphase", "moonphase-0.4.0.tar.gz", "moonphase-0.4.0-py3-none-any.whl"
        )
        self.assertEqual(self.output_from(wheel, "moonphase", "2024-04-08"), "🌑 new moon, 0 % lit")

    def test_roman_figures(self):
        sdist, wheel = self.build(
            "roman-figures", "roman_figures-2.0.1.tar.gz", "roman_figures-2.0.1-py3-none-any.whl"
        )
        self.assertEqual(self.output_from(wheel, "roman_figures", "1984"), "MCMLXXXIV")
        with tarfile.open(sdist) as archive:
            self.assertIn("roman_figures-2.0.1/tests/test_roman_figures.py", archive.getnames())

    def test_dicebag(self):
        sdist, wheel = self.build(
            "dicebag", "dicebag-3.6.0.tar.gz", "dicebag-3.6.0-py3-none-any.whl"
        )
        self.assertEqual(len(self.output_from(wheel, "dicebag", "2d6").splitlines()), 11)
        with tarfile.open(sdist) as archive:
            self.assertIn("dicebag-3.6.0/tests/test_dicebag.py", archive.getnames())


class Isolated(Examples, unittest.TestCase):
    pass


class NotIsolated(Examples, unittest.TestCase):
    OPTIONS = ["--no-isolation", "--python", f"{TEST_VENV}/bin/python"]


if __name__ == "__main__":
    unittest.main()
