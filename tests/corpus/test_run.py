"""scripts/corpus on two packages: what it finds, writes down, and does not do twice."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[2] / "scripts/corpus"


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def corpus(self, *options, code=0):
        ran = subprocess.run([CORPUS, "--bin", os.environ["AXLE_BIN"], "--folder",
                              self.folder / "corpus", *map(str, options)], check=False, text=True,
                             stdin=subprocess.DEVNULL, capture_output=True, timeout=800)
        self.assertEqual(ran.returncode, code, ran.stdout + ran.stderr)
        return ran.stdout + ran.stderr

    def test_two_packages_are_built_compared_and_written_down_once(self):
        everything, page = self.folder / "all.json", self.folder / "page.md"
        names = ["iniconfig", "six"]
        told = self.corpus("--only", *names, "--json", everything, "--markdown", page)
        self.assertIn("six==1.17.0: identical", told)
        results = json.loads(everything.read_text())["results"]
        self.assertEqual([one["package"] for one in results], names)
        self.assertEqual([one["backend"] for one in results], ["hatchling.build", "setup.py alone"])
        self.assertEqual({one[frontend]["outcome"] for one in results for frontend in ("axle", "build")},
                         {"built"})
        self.assertIn("| iniconfig 2.0.0 | hatchling.build |", page.read_text())
        self.assertEqual(list((self.folder / "corpus/work").iterdir()), [])

        again = self.corpus("--only", *names)
        self.assertNotIn("identical", again)
        self.assertIn("2 packages, of which 0 need a look", again)

    def test_a_release_that_is_not_there_is_told_and_is_no_row(self):
        listed = self.folder / "list.toml"
        listed.write_text('resolved_as_of = "2025-07-01T00:00:00Z"\npackages = ["six==0.0.0.0.1"]\n')
        page = self.folder / "page.md"
        self.assertIn("six==0.0.0.0.1: not fetched",
                      self.corpus("--list", listed, "--markdown", page, code=1))
        self.assertIn("| of 0 sdists (1 are listed) |", page.read_text())

    def test_a_name_that_is_not_listed(self):
        self.assertIn("does not list sixx", self.corpus("--only", "sixx", code=1))


if __name__ == "__main__":
    unittest.main()
