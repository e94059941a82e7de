"""--trace FILE: the timeline of a command, whatever becomes of it."""

import json
import select
import signal
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import DEADLINE, AxleTest  # noqa: E402
from daemon_program import DaemonTest  # noqa: E402
from projects import BACKEND  # noqa: E402

RAISING = """
    def build_wheel(*_, **__):
        raise ValueError("no wheel today")
"""

BURNING = """
    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        import time
        end = time.process_time() + 0.2
        while time.process_time() < end: pass
        return real_build_wheel(wheel_directory)
"""

WAITING = """
    def build_wheel(*_, **__):
        tell()
        import select
        select.select([], [], [])
"""


class Trace(AxleTest):
    def setUp(self):
        super().setUp()
        self.file = self.home / "trace.json"

    def spans(self):
        """Of each lane its spans as (name, begin, end, details), after it is checked that they nest."""
        events = json.loads(self.file.read_text())["traceEvents"]
        lanes = {}
        for event in events:
            if event["ph"] == "X":
                end = event["ts"] + event["dur"]
                lane = lanes.setdefault(event["tid"], [])
                lane.append((event["name"], event["ts"], end, event["args"]))
        for spans in lanes.values():
            for _, begin, end, _ in spans:
                for _, other_begin, other_end, _ in spans:
                    apart = end <= other_begin or other_end <= begin
                    within = other_begin <= begin and end <= other_end
                    around = begin <= other_begin and other_end <= end
                    self.assertTrue(apart or within or around, spans)
        return lanes

    def names(self, lane=1):
        return [name for name, *_ in self.spans()[lane]]

    def test_a_build_is_there_with_every_hook_and_its_process(self):
        project = self.tiny_project(self.started.hooks(), "    get_requires_for_build_wheel = lambda *_: []")
        self.axle("build", "--trace", self.file, project.root)
        spans = {name: details for name, _, _, details in self.spans()[1]}
        for name in (
            "build_sdist",
            "get_requires_for_build_wheel",
            "build_wheel",
            "Starting tiny_backend",
            "Creating an isolated environment",
            f"Checking {project.wheel}",
            f"Moving {project.wheel}",
        ):
            self.assertEqual(spans[name]["outcome"], "succeeded", name)
        pids = [spans[hook]["hook_pid"] for hook in ("build_sdist", "build_wheel")]
        self.assertEqual(len(set(pids)), 2)
        self.assertEqual(self.names()[-1], "demo")

    def test_a_hook_has_its_processor_time(self):
        self.axle("build", "-nw", "--trace", self.file, self.tiny_project(BURNING).root)
        spans = {name: details for name, _, _, details in self.spans()[1]}
        self.assertLess(150_000, sum(spans["build_wheel"][f"{part}_us"] for part in ("user", "system")))

    def test_a_build_that_fails_is_there_too(self):
        self.axle("build", "-nw", "--trace", self.file, self.tiny_project(RAISING).root, code=1)
        spans = {name: details for name, _, _, details in self.spans()[1]}
        self.assertEqual(spans["build_wheel"]["outcome"], "failed")

    def test_a_build_that_is_cancelled_is_there_too(self):
        project = self.tiny_project(self.started.hooks(), WAITING)
        process = self.start("build", "-nw", "--trace", self.file, project.root)
        (hook,) = self.started.wait()
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.end(process)[0], 128 + signal.SIGINT)
        spans = {name: details for name, _, _, details in self.spans()[1]}
        self.assertEqual(spans["build_wheel"]["outcome"], "failed")
        self.assertEqual(spans["build_wheel"]["hook_pid"], hook)
        self.assert_nothing_left()

    def test_builds_side_by_side_lie_in_lanes(self):
        roots = [self.tiny_project().root for _ in range(4)]
        self.axle("build", "-nw", "-j2", "--trace", self.file, *roots)
        lanes = self.spans()
        self.assertEqual(sorted(lanes), [1, 2])
        builds = [name for spans in lanes.values() for name, *_ in spans if name.endswith("demo")]
        self.assertEqual(len(builds), 4)

    def test_waiting_for_the_other_build_of_a_project_is_there(self):
        root = self.tiny_project().root
        self.axle("build", "-nw", "-j2", "--trace", self.file, root, root)
        waits = [
            name
            for spans in self.spans().values()
            for name, *_ in spans
            if name == "Waiting for the other build of this project"
        ]
        self.assertGreaterEqual(len(waits), 1)

    def test_every_command_has_it(self):
        root = self.tiny_project().root
        for command, hook in (
            (("metadata", root), "build_wheel"),
            (("requires", root), "Starting tiny_backend"),
            (("hook", root, "build_wheel"), "build_wheel"),
        ):
            with self.subTest(command[0]):
                self.axle(command[0], "-n", "--trace", self.file, *command[1:])
                self.assertIn(hook, self.names())

    def test_a_file_that_cannot_be_written_stops_the_command_before_it_builds(self):
        project = self.tiny_project()
        for place in (self.home / "missing" / "trace.json", self.home):
            _, err = self.axle("build", "-nw", "--trace", place, project.root, code=2)
            self.assertIn(str(place), err)
        self.assertFalse((project.root / "dist").exists())


class Training(DaemonTest):
    def test_the_training_of_a_backend_is_there(self):
        site = self.home / "site"
        site.mkdir()
        (site / "backend.py").write_text(BACKEND)
        tree = self.home / "tree"
        tree.mkdir()
        (tree / "demo.py").write_text("answer = 42\n")
        (tree / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "backend"\n')
        file, found = self.home / "trace.json", []
        deadline = time.monotonic() + DEADLINE
        while not found:
            self.assertLess(time.monotonic(), deadline)
            process = self.start("build", "-nw", "--trace", file, tree, env={"PYTHONPATH": str(site)})
            self.assertEqual(self.end(process)[0], 0)
            events = json.loads(file.read_text())["traceEvents"]
            found = [event for event in events if "train" in event["name"]]
            # It happens while no hook is wanted, and builds without a pause leave no time for it.
            while not any(self.home.glob("cache/axle/interpreter-starts/*-lesson-*")):
                self.assertLess(time.monotonic(), deadline)
                select.select([], [], [], 0.01)
        if found[0]["ph"] == "i":  # before this build
            self.assertRegex(found[0]["name"], r"^the backend has trained before, for \d+\.\d\d s$")
        else:
            self.assertEqual([(event["ph"], event["name"]) for event in found],
                             [("b", "training"), ("e", "training")])


if __name__ == "__main__":
    unittest.main()
