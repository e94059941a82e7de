"""What GitHub is told once a build is over: annotations, the step's summary and its outputs."""

import hashlib
import json
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from github_runner import read_log, read_outputs  # noqa: E402

RAISING = '''
    def build_wheel(*_, **__):
        import json
        json.loads("100 %,: no\\n<b>")
'''


class CiReport(AxleTest):
    def setUp(self):
        super().setUp()
        self.summary, self.output = self.home / "summary.md", self.home / "output"
        self.environment.update(CI="true", GITHUB_ACTIONS="true",
                                GITHUB_STEP_SUMMARY=str(self.summary),
                                GITHUB_OUTPUT=str(self.output))
        for file in (self.summary, self.output):
            file.write_text("")

    def project(self, *hooks, **options):
        project = self.tiny_project(*hooks, **options)
        self.environment["GITHUB_WORKSPACE"] = str(project.root.parent)
        return project

    def errors(self, log):
        return [command for command in read_log(log)[0] if command.name == "error"]

    def line_of(self, project, text, file="tiny_backend.py"):
        lines = (project.root / file).read_text().splitlines()
        return str(next(number for number, line in enumerate(lines, 1) if text in line))

    def test_a_build_has_its_artifacts_in_the_summary_and_in_the_outputs(self):
        project = self.project()
        out, err = self.axle("build", project.root)
        self.assertEqual(self.errors(err), [])
        outputs = read_outputs(self.output.read_text())
        self.assertEqual(outputs["paths"], out.strip())
        summary = self.summary.read_text()
        self.assertTrue(summary.startswith("### demo is built\n"), summary)
        for artifact in json.loads(outputs["artifacts"]):
            data = Path(artifact["path"]).read_bytes()
            self.assertEqual(artifact["size"], len(data))
            self.assertEqual(artifact["hashes"]["sha256"], hashlib.sha256(data).hexdigest())
            self.assertIn(artifact["hashes"]["sha256"], summary)
        self.assertRegex(summary, r"\| demo \| <code>build&#95;wheel</code> \| \d+ ms \|  \|")

    def test_an_error_stands_beside_the_line_that_raised_it(self):
        project = self.project(RAISING)
        _, err = self.axle("build", "-w", project.root, code=1)
        [error] = self.errors(err)
        self.assertEqual(error.properties, {"file": "demo/tiny_backend.py",
                                            "line": self.line_of(project, "json.loads"),
                                            "title": "demo could not be built"})
        self.assertIn("build_wheel of tiny_backend failed", error.data)
        self.assertTrue(self.summary.read_text().startswith("### demo could not be built\n"))

    def test_what_fails_in_the_unpacked_sdist_stands_beside_the_project_s_own_line(self):
        project = self.project(RAISING)
        _, err = self.axle("build", project.root, code=1)
        [error] = self.errors(err)
        self.assertEqual(error.properties["file"], "demo/tiny_backend.py")
        self.assertEqual(error.properties["line"], self.line_of(project, "json.loads"))
        # The sdist was built nevertheless.
        self.assertTrue(read_outputs(self.output.read_text())["paths"].endswith(".tar.gz"))

    def test_a_pyproject_that_is_wrong_has_its_line(self):
        project = self.project(pyproject="[build-system]\nrequires = 3\n")
        _, err = self.axle("build", "-w", project.root, code=3)
        [error] = self.errors(err)
        self.assertEqual(error.properties["file"], "demo/pyproject.toml")
        self.assertEqual(error.properties["line"], "2")

    def test_each_of_several_projects_has_its_error(self):
        good, bad, worse = self.project(), self.project(RAISING), self.project(RAISING)
        _, err = self.axle("build", "-w", "-j3", good.root, bad.root, worse.root, code=1)
        self.assertEqual(len(self.errors(err)), 2)
        self.assertTrue(self.summary.read_text().startswith("### 2 of 3 projects could not be built"))

    def test_a_summary_is_appended_and_never_too_long(self):
        self.summary.write_text("# Before\n" + "x" * (1024 * 1024 - 200))
        self.axle("build", "-w", self.project().root)
        text = self.summary.read_text()
        self.assertTrue(text.startswith("# Before\n"))
        self.assertLessEqual(len(text), 1024 * 1024)
        self.assertIn("More does not fit into a summary", text)

    def test_a_file_that_cannot_be_written_is_a_notice_and_no_failure(self):
        self.summary.unlink()
        os.mkfifo(self.summary)
        self.environment["GITHUB_OUTPUT"] = str(self.home / "missing" / "output")
        _, err = self.axle("build", "-w", self.project().root)
        self.assertIn("note: GITHUB_STEP_SUMMARY: ", err)
        self.assertIn("note: GITHUB_OUTPUT: ", err)

    def test_a_link_in_place_of_a_file_is_not_followed(self):
        target = self.home / "target"
        target.write_text("")
        self.output.unlink()
        self.output.symlink_to(target)
        _, err = self.axle("build", "-w", self.project().root)
        self.assertIn("note: GITHUB_OUTPUT: ", err)
        self.assertEqual(target.read_text(), "")

    def test_nobody_else_writes_these_files(self):
        self.axle("build", "-w", "--ci", "generic", self.project().root)
        self.axle("metadata", self.project().root)
        self.assertEqual(self.summary.read_text() + self.output.read_text(), "")


if __name__ == "__main__":
    unittest.main()
