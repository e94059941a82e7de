"""--events FILE|FD: what happens, told as it happens, and never at the build's cost."""

import json
import os
import select
import signal
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import DEADLINE, AxleTest  # noqa: E402
from build_report import check  # noqa: E402
from projects import HELD_UP, WAITING  # noqa: E402

NOISY = """
    real_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        print("to stdout")
        os.write(2, b"caf\\xe9 to stderr")
        return real_wheel(wheel_directory)
"""

LOUD = """
    loud_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        for _ in range(3000):
            print("x" * 99)
        return loud_wheel(wheel_directory)
"""


class Events(AxleTest):
    def setUp(self):
        super().setUp()
        self.file = self.home / "events"

    def events(self, text=None):
        lines = (self.file.read_text(encoding="ascii") if text is None else text).splitlines()
        events = [json.loads(line) for line in lines]
        for event in events:
            check("build-event", event)
        return events

    def test_a_build_is_told_from_its_beginning_to_its_end(self):
        project = self.tiny_project(NOISY)
        self.axle("build", "-w", "--events", self.file, project.root)
        events = self.events()
        kinds = [event["event"] for event in events]
        self.assertEqual(kinds[:2], ["build_started", "project_started"])
        self.assertEqual(kinds[-2:], ["project_finished", "build_finished"])
        self.assertEqual(events[0]["projects"], [str(project.root)])
        self.assertEqual((events[-1]["outcome"], events[-1]["exit_code"]), ("built", 0))
        times = [event["elapsed_s"] for event in events]
        self.assertEqual(times, sorted(times))
        (hook,) = (event for event in events if event["event"] == "activity_finished" and "hook" in event)
        self.assertEqual((hook["what"], hook["hook"]["outcome"]), ("build_wheel", "returned"))
        (artifact,) = (event["artifact"] for event in events if event["event"] == "artifact")
        self.assertEqual(artifact["path"], str(project.root / "dist" / project.wheel))
        (environment,) = (event["environment"] for event in events if event["event"] == "environment")
        self.assertEqual(environment["origin"], "made")
        output = {"stdout": "", "stderr": ""}
        for event in events:
            if event["event"] == "output":
                output[event["stream"]] += event["text"]
        self.assertEqual(output, {"stdout": "to stdout\n", "stderr": "caf\ufffd to stderr"})
        begun = [(e["activity"], e["what"]) for e in events if e["event"] == "activity_started"]
        ended = [(e["activity"], e["what"]) for e in events if e["event"] == "activity_finished"]
        self.assertEqual(sorted(begun), sorted(ended))

    def test_events_come_while_it_happens(self):
        project = self.tiny_project(self.started.hooks(), HELD_UP)
        os.mkfifo(project.root / "go-on")
        reader, writer = os.pipe()
        process = self.start("build", "-nw", "--events", str(writer), project.root, pass_fds=[writer])
        os.close(writer)
        self.started.wait()
        told = b""
        while b'"run_hook"' not in told:
            self.assertTrue(select.select([reader], [], [], DEADLINE)[0])
            told += os.read(reader, 65536)
        self.assertNotIn(b'"activity_finished", "what": "build_wheel"', told)
        (project.root / "go-on").write_text("x")
        self.assertEqual(self.end(process)[0], 0)
        with open(reader, "rb") as rest:
            told += rest.read()
        self.assertEqual(self.events(told.decode("ascii"))[-1]["event"], "build_finished")

    def test_projects_side_by_side_are_told_apart(self):
        roots = [self.tiny_project(NOISY).root, self.home / "missing"]
        self.axle("build", "-nw", "-j2", "--events", self.file, *roots, code=3)
        ends = {e["project"]: e for e in self.events() if e["event"] == "project_finished"}
        self.assertEqual({number: e["outcome"] for number, e in ends.items()}, {0: "built", 1: "failed"})
        self.assertEqual(ends[1]["error"]["code"], "invalid_project")
        self.assertTrue(all(e["project"] == 0 for e in self.events() if e["event"] == "output"))

    def test_a_build_that_is_cancelled_is_told_to_its_end(self):
        project = self.tiny_project(self.started.hooks(), WAITING)
        process = self.start("build", "-nw", "--events", self.file, project.root, self.tiny_project().root)
        self.started.wait()
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.end(process)[0], 130)
        events = self.events()
        self.assertEqual([e["outcome"] for e in events if e["event"] == "project_finished"],
                         ["cancelled", "not_begun"])
        self.assertEqual((events[-1]["event"], events[-1]["exit_code"]), ("build_finished", 130))

    def test_the_descriptor_is_not_the_hooks(self):
        project = self.tiny_project("""
            fd_wheel = build_wheel

            def build_wheel(wheel_directory, *_, **__):
                for fd in os.listdir("/proc/self/fd"):
                    if os.path.exists(f"/proc/self/fd/{fd}"):
                        assert not os.path.samefile(f"/proc/self/fd/{fd}", EVENTS)
                return fd_wheel(wheel_directory)
        """, f"    EVENTS = {str(self.file)!r}")
        with self.file.open("w") as file:
            fd = os.dup2(file.fileno(), 77)
            self.axle("build", "-nw", "--events", "fd:77", project.root, pass_fds=[fd])
            os.close(fd)
        self.assertEqual(self.events()[-1]["outcome"], "built")

    def test_a_descriptor_that_is_not_open_is_wrong_usage(self):
        project = self.tiny_project()
        for where in ("3", "fd:9", "fd:x", "1", "0", self.home / "missing" / "events"):
            with self.subTest(where):
                _, err = self.axle("build", "-nw", "--events", where, project.root, code=2)
                self.assertIn("--events", err)
        self.assertFalse((project.root / "dist").exists())

    def test_a_reader_that_goes_away_harms_no_build(self):
        reader, writer = os.pipe()
        os.close(reader)
        process = self.start("build", "-nw", "--events", str(writer), self.tiny_project(LOUD).root, pass_fds=[writer])
        os.close(writer)
        code, out, err = self.end(process)
        self.assertEqual((code, err.count("no more events are told")), (0, 1))
        self.assertTrue(out.strip().endswith(".whl"))

    def test_a_reader_that_never_reads_harms_no_build(self):
        fifo = self.home / "fifo"
        os.mkfifo(fifo)
        _, err = self.axle("build", "-nw", "--events", fifo, self.tiny_project(LOUD).root)
        self.assertEqual(err.count("no more events are told"), 1)

    def test_a_full_disk_harms_no_build(self):
        _, err = self.axle("build", "-nw", "--events", "/dev/full", self.tiny_project().root)
        self.assertIn("No space left", err)


if __name__ == "__main__":
    unittest.main()
