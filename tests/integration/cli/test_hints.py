"""What people are told to do about failures that real build backends and compilers make for everyone."""

import os
import sys
import textwrap
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from build_report import build_report  # noqa: E402

VENV = os.environ.get("AXLE_TEST_VENV")
PYTHON = Path(VENV or "") / "bin" / "python"

SETUPTOOLS = """
    [build-system]
    requires = ["setuptools"]
    build-backend = "setuptools.build_meta"
    [project]
    name = "demo"
    version = "1.0"
"""
HATCHLING = """
    [build-system]
    requires = ["hatchling"]
    build-backend = "hatchling.build"
    [project]
    name = "demo"
    version = "1.0"
"""
EXTENSION = """
    from setuptools import Extension, setup
    setup(ext_modules=[Extension("demo", ["demo.c"])])
"""


@unittest.skipUnless(VENV, "AXLE_TEST_VENV names no environment with build backends")
class Hints(AxleTest):
    def project(self, pyproject, files):
        root = self.home / "project"
        for name, content in {"pyproject.toml": pyproject, **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(content))
        return root

    def fails(self, code, *arguments):
        """What it says. Build backends leave temporary files behind where they fail."""
        status, _, err = self.end(self.start("build", "--python", PYTHON, *arguments))
        self.assertEqual(status, code, err)
        return err

    def hint(self, pyproject, code=1, **files):
        """The hint for what becomes of this project, as people and programs get it."""
        root = self.project(pyproject, {name.replace("__", "/", 1).replace("_dot_", "."): text
                                        for name, text in files.items()})
        told = self.home / "report.json"
        err = self.fails(code, "-nwx", "--report", told, root)
        hint = build_report(told.read_text())["projects"][0]["error"]["hint"]
        self.assertIsNotNone(hint, err)
        self.assertIn("hint: " + hint.splitlines()[0], err)
        # With all output shown as it comes, too.
        err = self.fails(code, "-nwxv", root)
        self.assertIn("hint: " + hint.splitlines()[0], err)
        return hint

    def test_several_packages_that_setuptools_does_not_choose_between(self):
        hint = self.hint(SETUPTOOLS, one____init___dot_py="", two____init___dot_py="")
        self.assertIn("[tool.setuptools]", hint)

    def test_a_module_that_the_build_misses(self):
        hint = self.hint(SETUPTOOLS, setup_dot_py="import yaml\n")
        self.assertIn("PyYAML", hint)

    def test_a_build_backend_that_is_not_there(self):
        hint = self.hint("""
            [build-system]
            requires = ["meson-python"]
            build-backend = "mesonpy"
        """, code=4)
        self.assertIn("install meson-python", hint)

    def test_a_header_that_the_compiler_misses(self):
        hint = self.hint(SETUPTOOLS, setup_dot_py=EXTENSION, demo_dot_c="#include <libpq-fe.h>\n")
        self.assertIn("libpq-dev", hint)

    def test_a_library_that_the_linker_misses(self):
        hint = self.hint(
            SETUPTOOLS,
            setup_dot_py=EXTENSION.replace('["demo.c"]', '["demo.c"], libraries=["unheard-of"]'),
            demo_dot_c="int x;\n",
        )
        self.assertIn("the library unheard-of", hint)

    def test_a_compiler_that_is_not_there(self):
        self.environment["CC"] = "/nonexistent/gcc"
        hint = self.hint(SETUPTOOLS, setup_dot_py=EXTENSION, demo_dot_c="int x;\n")
        self.assertIn("build-essential", hint)

    def test_a_version_that_is_none(self):
        for pyproject in (SETUPTOOLS, HATCHLING):
            with self.subTest(pyproject):
                hint = self.hint(pyproject.replace('"1.0"', '"1.0-foo.bar"'), demo____init___dot_py="")
                self.assertIn("1.0-foo.bar is no version", hint)

    def test_a_readme_that_is_not_there(self):
        hint = self.hint(HATCHLING + '    readme = "README.md"\n', demo____init___dot_py="")
        self.assertIn("README.md", hint)

    def test_files_that_hatchling_does_not_find(self):
        hint = self.hint(HATCHLING, other____init___dot_py="")
        self.assertIn("[tool.hatch.build.targets.wheel]", hint)

    def test_the_backends_own_error_comes_first_then_its_output_then_the_hint(self):
        root = self.project(SETUPTOOLS, {"setup.py": EXTENSION, "demo.c": "#include <libpq-fe.h>\n"})
        _, err = self.axle("build", "-nw", "--python", PYTHON, root, code=1)
        order = [err.index(part) for part in ("error: ", "Traceback", "  | demo.c:1:10: fatal error", "hint: ")]
        self.assertEqual(order, sorted(order), err)


if __name__ == "__main__":
    unittest.main()
