"""--report of the commands that ask one project something: metadata, requires, hook."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from build_report import build_report  # noqa: E402

RAISING = """
    def get_requires_for_build_wheel(config_settings=None):
        raise ValueError("not today")
"""


class ReportOfQuestions(AxleTest):
    def report(self, *arguments, cwd, code=0):
        file = self.home / "report.json"
        out, _ = self.axle(*arguments, "--report", file, cwd=cwd, code=code)
        report = build_report(file.read_text(encoding="ascii"))
        self.assertEqual((arguments[0], code), (report["command"], report["exit_code"]))
        [project] = report["projects"]
        self.assertEqual(str(cwd), project["source"])
        self.assertEqual(report["outcome"], project["outcome"])
        return out, project

    def hooks(self, project):
        return [(hook["hook"], hook["outcome"]) for hook in project["hooks"]]

    def test_a_question_that_is_answered_is_done(self):
        root = self.tiny_project().root
        out, project = self.report("metadata", "-C", "secret=value", cwd=root)
        self.assertIn('"name": "demo"', out)
        self.assertEqual("done", project["outcome"])
        self.assertEqual([("build_wheel", "returned")], self.hooks(project))
        self.assertEqual(["secret"], project["config_settings"])
        self.assertEqual("tiny_backend", project["backend"]["name"])
        self.assertTrue(project["interpreter"]["version"])
        _, project = self.report("requires", cwd=root)
        self.assertEqual("done", project["outcome"])
        _, project = self.report("hook", ".", "build_wheel", cwd=root)
        self.assertEqual([("build_wheel", "returned")], self.hooks(project))
        self.assertEqual([], project["artifacts"])

    def test_a_hook_that_raises_is_a_failure_of_the_project(self):
        root = self.tiny_project(RAISING).root
        for command in (["metadata"], ["requires"], ["hook", ".", "get_requires_for_build_wheel"]):
            with self.subTest(command[0]):
                _, project = self.report(*command, cwd=root, code=1)
                self.assertEqual("failed", project["outcome"])
                self.assertEqual("hook_failed", project["error"]["code"])
                self.assertEqual("ValueError", project["error"]["hook_failure"]["exc_type"])
                self.assertEqual([("get_requires_for_build_wheel", "failed")], self.hooks(project))

    def test_a_project_that_is_none_is_told_too(self):
        root = self.home / "none"
        root.mkdir()
        _, project = self.report("requires", cwd=root, code=3)
        self.assertEqual("invalid_project", project["error"]["code"])

    def test_a_report_that_cannot_be_written_is_wrong_usage(self):
        root = self.tiny_project().root
        _, err = self.axle("metadata", "--report", "/nowhere/report.json", cwd=root, code=2)
        self.assertIn("/nowhere/report.json", err)


if __name__ == "__main__":
    unittest.main()
