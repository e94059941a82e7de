"""A build through the daemon finds what a build without it finds, whatever settles that: variables
that the backend or a .pth file looks at, folders in PYTHONPATH, and what changes between builds."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import DEADLINE  # noqa: E402
from daemon_program import DaemonTest  # noqa: E402

BACKEND = """
import os, sys

flavour = os.environ.get("FLAVOUR", "plain")

def get_requires_for_build_wheel(*_):
    try:
        import helper
    except ImportError:
        helper = None
    names = ("OF_PTH", "LC_CTYPE", "MORE")
    return {
        "flavour": flavour,
        "variables": {name: os.environ.get(name) for name in names},
        "helper": getattr(helper, "value", None),
        "path": [os.path.basename(folder) for folder in sys.path],
    }

def build_wheel(*_): pass
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\n'


class Surroundings(DaemonTest):
    def setUp(self):
        super().setUp()
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.home / "venv"],
                       check=True, timeout=DEADLINE)
        self.python = self.home / "venv" / "bin" / "python"
        [self.site] = (self.home / "venv").glob("lib/*/site-packages")
        (self.site / "backend.py").write_text(BACKEND)
        self.environment["PYTHONDONTWRITEBYTECODE"] = "1"

    def tree(self, name, helper):
        tree = self.home / name
        (tree / "lib").mkdir(parents=True)
        (tree / "pyproject.toml").write_text(PYPROJECT)
        (tree / "lib" / "helper.py").write_text(f"value = {helper!r}\n")
        return tree

    def show(self, tree, *options, env=()):
        """What a hook finds."""
        status, out, err = self.end(self.start("hook", "-n", "--python", self.python, *options, tree,
                                               "get_requires_for_build_wheel", env=env))
        self.assertEqual(status, 0, err)
        return json.loads(out)["return"]

    def assert_the_same(self, tree, env=()):
        """With the daemon, twice, as without; what that is."""
        alone = self.show(tree, "--no-daemon", "--hook-isolation", "fresh", env=env)
        for _ in range(2):
            self.assertEqual(alone, self.show(tree, env=env))
        return alone

    def test_a_relative_folder_in_pythonpath_is_one_of_the_source_tree(self):
        one, two = self.tree("one", "of one"), self.tree("two", "of two")
        for tree, value in ((one, "of one"), (two, "of two"), (one, "of one")):
            self.assertEqual(value, self.assert_the_same(tree, {"PYTHONPATH": "lib"})["helper"])
        self.assertEqual("of two", self.assert_the_same(two, {"PYTHONPATH": f"{self.home}:lib"})["helper"])
        (two / "helper.py").write_text("value = 'beside'\n")
        self.assertEqual("beside", self.assert_the_same(two, {"PYTHONPATH": f"{self.home}:"})["helper"])

    def test_an_absolute_folder_in_pythonpath_is_watched(self):
        tree, folder = self.tree("one", ""), self.home / "folder"
        folder.mkdir()
        env = {"PYTHONPATH": str(folder)}
        self.assertIsNone(self.assert_the_same(tree, env)["helper"])
        (folder / "backend.py").write_text("def build_wheel(*_): pass\ndef get_requires_for_build_wheel(*_): return 'other'\n")
        self.assertEqual("other", self.assert_the_same(tree, env))

    def test_variables_that_the_backend_reads_when_it_is_imported(self):
        tree = self.tree("one", "")
        for flavour in ("plain", "sweet", "sour", "plain"):
            env = {} if flavour == "plain" else {"FLAVOUR": flavour}
            self.assertEqual(flavour, self.assert_the_same(tree, {**env, "MORE": "1"})["flavour"])
        self.assertEqual(1, len(self.daemon()["backends"]))

    def test_variables_that_a_pth_file_or_python_sets(self):
        tree = self.tree("one", "")
        for value in ("old", "new"):
            (self.site / "some.pth").write_text(f"import os; os.environ['OF_PTH'] = {value!r}\n")
            told = self.assert_the_same(tree, {"LANG": "C", "LC_ALL": ""})["variables"]
            self.assertEqual(value, told["OF_PTH"])
        os.unlink(self.site / "some.pth")
        self.assertIsNone(self.assert_the_same(tree)["variables"]["OF_PTH"])

    def test_folders_that_a_pth_file_adds(self):
        tree = self.tree("one", "")
        for name in ("first", "second"):
            (self.site / "some.pth").write_text(str(self.home / name))
            self.assertNotIn(name, self.assert_the_same(tree)["path"])
            (self.home / name).mkdir()
            self.assertIn(name, self.assert_the_same(tree)["path"])

    def test_a_sitecustomize_that_comes_and_goes(self):
        tree, folder = self.tree("one", ""), self.home / "folder"
        folder.mkdir()
        file = folder / "sitecustomize.py"  # ahead of one in the standard library
        for value in (None, "old", "new", None):
            file.unlink(missing_ok=True)
            if value:
                file.write_text(f"import os; os.environ['MORE'] = {value!r}\n")
            told = self.assert_the_same(tree, {"PYTHONPATH": str(folder)})
            self.assertEqual(value, told["variables"]["MORE"])


if __name__ == "__main__":
    unittest.main()
