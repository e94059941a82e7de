"""--report FILE and --format json: what programs are told of a build, whatever becomes of it."""

import hashlib
import json
import os
import signal
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from build_report import build_report  # noqa: E402
from projects import WAITING  # noqa: E402

RAISING = """
    def build_wheel(*_, **__):
        try:
            {}["version"]
        except KeyError as error:
            raise ValueError("no wheel today") from error
"""

DYING = """
    import os, signal

    def build_wheel(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)
"""


class Report(AxleTest):
    def setUp(self):
        super().setUp()
        self.file = self.home / "report.json"

    def report(self):
        return build_report(self.file.read_text(encoding="ascii"))

    def only_project(self):
        (project,) = self.report()["projects"]
        return project

    def test_a_build_is_told_with_its_artifacts_hooks_and_environment(self):
        project = self.tiny_project()
        self.axle("build", "--report", self.file, "-C", "token=hush", project.root)
        report = self.report()
        self.assertEqual((report["command"], report["outcome"], report["exit_code"]), ("build", "built", 0))
        self.assertIsNone(report["error"])
        (told,) = report["projects"]
        self.assertEqual(told["source"], str(project.root))
        self.assertEqual((told["name"], told["version"], told["outcome"]), ("demo", "1.0", "built"))
        self.assertEqual([artifact["kind"] for artifact in told["artifacts"]], ["sdist", "wheel"])
        for artifact in told["artifacts"]:
            data = Path(artifact["path"]).read_bytes()
            self.assertEqual(artifact["size"], len(data))
            self.assertEqual(artifact["hashes"], {"sha256": hashlib.sha256(data).hexdigest()})
        hooks = {hook["hook"]: hook for hook in told["hooks"]}
        self.assertEqual(list(hooks), ["build_sdist", "build_wheel"])
        for hook in hooks.values():
            self.assertEqual((hook["outcome"], hook["exit_code"], hook["signal"]), ("returned", 0, None))
            self.assertNotEqual(hook["pid"], hook["backend_pid"])
            self.assertLessEqual(hook["begun_s"] + hook["elapsed_s"], report["elapsed_s"] + 0.01)
        self.assertEqual(told["backend"]["name"], "tiny_backend")
        self.assertEqual(told["interpreter"]["version"].split(".")[0], "3")
        self.assertTrue(told["interpreter"]["platform"])
        (environment,) = told["environments"]
        self.assertEqual((environment["origin"], environment["resolved"]), ("made", []))
        self.assertTrue(os.path.isdir(environment["path"]))

    def test_an_environment_that_was_there_is_told_as_kept(self):
        project = self.tiny_project()
        for origin in ("made", "kept"):
            self.axle("build", "-w", "--report", self.file, project.root)
            self.assertEqual(self.only_project()["environments"][0]["origin"], origin)

    def test_of_settings_only_the_keys_are_told(self):
        project = self.tiny_project()
        self.axle("build", "-nw", "--report", self.file, "-C", "token=hush-hush", project.root)
        self.assertEqual(self.only_project()["config_settings"], ["token"])
        self.assertNotIn("hush-hush", self.file.read_text())

    def test_without_isolation_nobody_says_what_is_installed(self):
        self.axle("build", "-nw", "--report", self.file, self.tiny_project().root)
        (environment,) = self.only_project()["environments"]
        self.assertEqual((environment["origin"], environment["resolved"]), ("own", None))

    def test_a_hook_that_raises_is_told_as_in_its_result_file(self):
        self.axle("build", "-n", "--report", self.file, self.tiny_project(RAISING).root, code=1)
        self.assertEqual(self.report()["exit_code"], 1)
        told = self.only_project()
        self.assertEqual(told["outcome"], "failed")
        self.assertEqual([artifact["kind"] for artifact in told["artifacts"]], ["sdist"])
        self.assertEqual(told["hooks"][-1]["outcome"], "failed")
        failure = told["error"]["hook_failure"]
        self.assertEqual(told["error"]["code"], "hook_failed")
        self.assertEqual((failure["exc_type"], failure["exc_msg"]), ("ValueError", "no wheel today"))
        self.assertIn("Traceback", failure["x_traceback"])
        self.assertEqual(failure["x_causes"][0]["exc_type"], "KeyError")

    def test_a_hook_whose_process_is_killed_is_told_with_the_signal(self):
        self.axle("build", "-nw", "--report", self.file, self.tiny_project(DYING).root, code=1)
        told = self.only_project()
        self.assertEqual((told["hooks"][0]["signal"], told["hooks"][0]["exit_code"]), (9, 137))
        self.assertEqual(told["error"]["hook_failure"]["x_signal"], 9)

    def test_a_hook_that_takes_too_long_is_told(self):
        project = self.tiny_project(self.started.hooks(), WAITING)
        self.axle("build", "-nw", "--timeout", "0.5", "--report", self.file, project.root, code=6)
        told = self.only_project()
        self.assertEqual((told["outcome"], told["error"]["code"]), ("failed", "timed_out"))
        self.assertEqual(told["hooks"][0]["outcome"], "timed_out")

    def test_a_build_that_is_cancelled_is_told(self):
        waiting = self.tiny_project(self.started.hooks(), WAITING)
        later = self.tiny_project()
        process = self.start("build", "-nw", "--report", self.file, waiting.root, later.root)
        self.started.wait()
        # Until it ends, the file says so.
        self.assertEqual(self.report()["outcome"], "unfinished")
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.end(process)[0], 130)
        report = self.report()
        self.assertEqual((report["outcome"], report["exit_code"]), ("cancelled", 130))
        self.assertEqual([told["outcome"] for told in report["projects"]], ["cancelled", "not_begun"])
        self.assertEqual(report["projects"][0]["hooks"][0]["outcome"], "cancelled")
        self.assertEqual(report["projects"][0]["error"]["signal"], 2)
        self.assert_nothing_left()

    def test_an_axle_that_is_killed_leaves_unfinished_in_place_of_what_was_there(self):
        self.file.write_text("{}")
        process = self.start("build", "-nw", "--report", self.file,
                             self.tiny_project(self.started.hooks(), WAITING).root)
        self.started.wait()
        process.kill()
        self.end(process)
        self.assertEqual((self.report()["outcome"], self.report()["exit_code"]), ("unfinished", None))

    def test_projects_are_in_the_order_of_the_command_line(self):
        roots = [self.tiny_project().root, self.home / "missing", self.tiny_project(RAISING).root, self.tiny_project().root]
        self.axle("build", "-nw", "-j4", "--report", self.file, *roots, code=3)
        report = self.report()
        self.assertEqual([told["source"] for told in report["projects"]], list(map(str, roots)))
        self.assertEqual(
            [told["outcome"] for told in report["projects"]], ["built", "failed", "failed", "built"]
        )
        self.assertEqual(report["projects"][1]["error"]["code"], "invalid_project")
        self.assertEqual(report["projects"][1]["hooks"], [])

    def test_a_file_that_cannot_be_written_stops_the_command_before_it_builds(self):
        project = self.tiny_project()
        for place in (self.home / "missing" / "report.json", self.home):
            _, err = self.axle("build", "-nw", "--report", place, project.root, code=2)
            self.assertIn(str(place), err)
        self.assertFalse((project.root / "dist").exists())

    def test_a_trace_that_cannot_be_written_is_in_the_report(self):
        self.axle("build", "--report", self.file, "--trace", self.home, self.tiny_project().root, code=2)
        report = self.report()
        self.assertEqual((report["exit_code"], report["error"]["code"]), (2, "usage"))

    def test_with_format_json_standard_output_has_the_report_and_nothing_else(self):
        noisy = self.tiny_project("    print('noise')\n    import os; os.system('echo more noise')")
        out, _ = self.axle("build", "-nwv", "--format", "json", noisy.root)
        (told,) = build_report(out)["projects"]
        self.assertEqual(told["artifacts"][0]["path"], str(noisy.root / "dist" / noisy.wheel))
        out, _ = self.axle("build", "-nw", "--format=json", self.tiny_project(RAISING).root, code=1)
        self.assertEqual(build_report(out)["exit_code"], 1)

    def test_a_document_that_nobody_reads_is_told_in_the_file(self):
        reader, writer = os.pipe()
        os.close(reader)
        process = self.start("build", "-nw", "--format=json", "--report", self.file,
                             self.tiny_project().root, stdout=writer)
        os.close(writer)
        self.assertEqual(self.end(process)[0], 141)
        self.assertEqual(self.report()["exit_code"], 141)

    def test_what_is_kept_is_told_in_the_same_way(self):
        self.axle("build", "-w", self.tiny_project().root)
        for command in (("env", "list"), ("daemon", "status")):
            out, _ = self.axle(*command, "--format", "json")
            self.assertIsInstance(json.loads(out), list)
            self.assertEqual(self.axle(*command, "--json")[0].count("{"), out.count("{"))

    def test_a_format_that_there_is_not_is_wrong_usage(self):
        _, err = self.axle("build", "--format", "jsom", code=2)
        self.assertIn("did you mean json?", err)


if __name__ == "__main__":
    unittest.main()
