"""--keep: the temporary folders of a build stay, and it is said where."""

import json
import re
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from build_report import build_report  # noqa: E402

LITTER = """
    def build_wheel(wheel_directory, *_):
        Path("litter").write_text("from the hook")
        return write_wheel(wheel_directory, {"demo.py": ""})
"""
NOT_WHAT_IT_SAYS = """
    def build_wheel(wheel_directory, *_):
        Path(wheel_directory, "half-a-wheel").write_text("look at me")
        return write_wheel(wheel_directory, {"demo.py": ""}).replace("demo", "other")
"""


class Keep(AxleTest):
    def keep(self, *words, code=0, cwd=None):
        """Runs axle --keep; what it says that it has kept, by what it is, and its output."""
        status, out, err = self.end(self.start(*words, "-n", "--keep", cwd=cwd))
        self.assertEqual(status, code, err)
        kept = {what: Path(path) for what, path in re.findall(r"note: kept (.*) in (/\S+)", err)}
        # All of it, and nothing beside it.
        self.assertEqual(sorted(self.tmp.iterdir()),
                         sorted(path for path in kept.values() if path.parent == self.tmp))
        for path in kept.values():
            self.assertTrue(any(path.iterdir()), path)
            self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        return kept, out

    def test_the_unpacked_sdist_stays_as_the_hooks_have_left_it(self):
        project = self.tiny_project(LITTER)
        kept, out = self.keep("build", "--format", "json", project.root)
        self.assertEqual(list(kept), [f"the unpacked {project.sdist}"])
        [path] = kept.values()
        self.assertEqual((path / "demo-1.0" / "litter").read_text(), "from the hook")
        [told] = json.loads(out)["projects"]
        self.assertEqual(told["kept"], [{"what": f"the unpacked {project.sdist}", "path": str(path)}])

    def test_what_a_failed_build_has_made_stays(self):
        project = self.tiny_project(NOT_WHAT_IT_SAYS)
        kept, _ = self.keep("build", "-w", project.root, code=7)
        self.assertEqual(list(kept), ["what was built as the wheel"])
        [path] = kept.values()
        self.assertEqual(path.parent, project.root / "dist")
        self.assertEqual((path / "half-a-wheel").read_text(), "look at me")

    def test_the_copy_of_the_tree_stays(self):
        project = self.tiny_project(LITTER)
        kept, _ = self.keep("build", "-w", "--no-litter", project.root)
        self.assertEqual((kept["the copy of demo"] / "demo" / "litter").read_text(), "from the hook")
        self.assertFalse((project.root / "litter").exists())

    def test_both_copies_of_a_build_that_is_compared_stay(self):
        project = self.tiny_project(LITTER)
        told = self.home / "report.json"
        status, _, err = self.end(self.start("build", "-w", "-n", "--keep", "--reproducible",
                                             "--report", told, project.root))
        self.assertIn(status, (0, 7), err)  # whether they are the same is a matter of seconds
        [report] = build_report(told.read_text())["projects"]
        kept = {each["what"]: Path(each["path"]) for each in report["kept"]}
        for path in kept.values():
            self.addCleanup(shutil.rmtree, path)
            self.assertIn(f" in {path}\n", err)
        self.assertEqual(sorted(kept), ["the artifacts of the second build", "the copy of demo",
                                        "the copy of demo (second build)"])
        self.assertTrue((kept["the copy of demo (second build)"] / "demo" / "litter").exists())

    def test_reports_of_questions_tell_it_too(self):
        project = self.tiny_project()
        told = self.home / "report.json"
        for words in (["metadata"], ["requires"], ["hook", "--outdir", self.home / "out"]):
            with self.subTest(words[0]):
                hook = ["build_wheel"] if words[0] == "hook" else []
                kept, _ = self.keep(*words, "--no-litter", "--report", told, project.root, *hook)
                self.assertIn("the copy of demo", kept)
                [report] = build_report(told.read_text())["projects"]
                self.assertEqual({each["what"]: Path(each["path"]) for each in report["kept"]}, kept)
                for path in kept.values():
                    shutil.rmtree(path)

    def test_the_metadata_stay(self):
        project = self.tiny_project("""
            def prepare_metadata_for_build_wheel(metadata_directory, *_):
                folder = Path(metadata_directory, DIST_INFO)
                folder.mkdir()
                (folder / "METADATA").write_text(METADATA)
                return DIST_INFO
        """)
        kept, _ = self.keep("metadata", project.root)
        self.assertTrue((kept["the metadata"] / "demo-1.0.dist-info" / "METADATA").exists())


if __name__ == "__main__":
    unittest.main()
