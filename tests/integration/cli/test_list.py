"""axle build --list: what would be built, while nothing is."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402

PYPROJECT = """
[build-system]
requires = ["nobody-has-this >= 1"]
build-backend = "nobody.has:this"
[project]
name = "Demo.Project"
{version}
"""


class List(AxleTest):
    def project(self, name="one", version="version = '1.5'"):
        root = self.home / name
        root.mkdir()
        (root / "pyproject.toml").write_text(PYPROJECT.format(version=version))
        return root

    def listed(self, *arguments, code=0):
        out, err = self.axle("build", "--list", "--format", "json", "--python", sys.executable,
                             *arguments, code=code)
        return json.loads(out), err

    def test_it_tells_what_the_files_say_and_starts_nothing(self):
        root = self.project()
        before = sorted(root.rglob("*"))
        [build], _ = self.listed("--extra-requires", "more", root)
        self.assertEqual(build["interpreter"]["version"], sys.version.split()[0])
        del build["interpreter"]
        self.assertEqual(build, {
            "source": str(root), "name": "Demo.Project", "version": "1.5",
            "kinds": ["sdist", "wheel"], "output_directory": str(root / "dist"),
            "backend": "nobody.has:this", "requirements": ["nobody-has-this >= 1", "more"],
        })
        self.assertEqual(sorted(root.rglob("*")), before)
        out, _ = self.axle("build", "--list", "-w", "-o", "there", "--python", sys.executable, root)
        self.assertIn(f"{root}: Demo.Project 1.5\n  wheel into there\n  by nobody.has:this with", out)
        self.assertIn("requires nobody-has-this >= 1\n", out)

    def test_what_only_the_backend_knows_is_null(self):
        [build], _ = self.listed(self.project(version="dynamic = ['version']"))
        self.assertIsNone(build["version"])

    def test_what_cannot_be_read_is_told_and_the_others_are_listed(self):
        builds, err = self.listed(self.home / "nowhere", self.project(), code=3)
        self.assertEqual([build["name"] for build in builds], ["Demo.Project"])
        self.assertIn("nowhere", err)

    def test_a_projects_own_file_counts(self):
        root = self.project()
        (root / "axle.toml").write_text("wheel = true\noutdir = 'out'\n")
        [build], _ = self.listed(root)
        self.assertEqual((build["kinds"], build["output_directory"]), (["wheel"], str(root / "out")))


if __name__ == "__main__":
    unittest.main()
