"""Where the system gives no more processes or descriptors, a command fails and the next one works."""

import contextlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import Backend, BackendTest, program  # noqa: E402
from cgroups import (failed_forks, few_processes, inside, limit_processes,  # noqa: E402
                     processes_in, wait_for_a_failed_fork)
from sanitizer import WITHOUT_LEAK_DETECTOR, takes_descriptors_away  # noqa: E402

os.environ.update(WITHOUT_LEAK_DETECTOR)

TELLING = "def tell(): return 'told'\n"
TOLD = {"return": "told"}


def time_used(pid):
    """The seconds of processor time that the process `pid` has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Processes(BackendTest):
    TRIES = 4

    def full(self):
        """A backend in a group that has no room for a hook process."""
        group = self.enterContext(few_processes(self, 40))
        with inside(group):
            backend = self.backend(TELLING)
        self.assertEqual(2, len(processes_in(group)))  # the host and the interpreter
        limit_processes(group, 2)
        return backend, group

    def test_j2_a_fork_that_fails_is_tried_again(self):
        backend, group = self.full()
        path = backend.send("tell")
        wait_for_a_failed_fork(group)
        limit_processes(group, 40)
        backend.event("finished")
        self.assertEqual(TOLD, json.loads(path.read_text()))
        self.assertLess(failed_forks(group), self.TRIES)
        self.assertEqual(0, backend.leave())

    def test_j2_a_fork_that_fails_again_and_again_is_told(self):
        backend, group = self.full()
        interpreter = backend.interpreter()
        answer = backend.call("tell")
        self.assertEqual("BlockingIOError", answer["exc_type"])
        self.assertIn("cannot start a hook process: ", answer["exc_msg"])
        self.assertEqual(self.TRIES, failed_forks(group))
        limit_processes(group, 40)
        self.assertEqual(TOLD, backend.call("tell"))
        self.assertEqual([interpreter], backend.children())
        self.assertEqual(0, backend.leave())

    def test_j2_no_process_for_the_first_import(self):
        with few_processes(self, 1) as group, tempfile.TemporaryDirectory() as folder:
            python = Path(folder) / "python"
            python.write_text(f"#!/bin/sh\necho $$ > '{group}/cgroup.procs'\n"
                              f"exec '{sys.executable}' \"$@\"\n")
            python.chmod(0o755)
            backend = self.backend(TELLING, python=str(python), start=False)
            told = backend.event("failed_to_start")
            self.assertEqual("BlockingIOError", told["failure"]["exc_type"])
            self.assertEqual(self.TRIES, failed_forks(group))
            self.assertEqual(1, backend.process.wait(30))


class Descriptors(BackendTest):
    @contextlib.contextmanager
    def few(self, pid, room):
        """In the block the process `pid` opens no descriptor from the number `room` on."""
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (room, limits[1]))
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):  # it has been replaced
                resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)

    def check(self, isolation, limited):
        """With too few descriptors for the process `limited`, and by and by with enough."""
        backend = self.backend(TELLING, options=["--hook-isolation", isolation])
        self.assertEqual(TOLD, backend.call("tell"))
        children = len(backend.children())
        answers = []
        for room in range(3, 40):
            with self.few(limited(backend), room):
                path = backend.send("tell")
                finished = backend.event("finished")
            answers.append(finished.get("undelivered") or json.loads(path.read_text()))
            self.assertEqual(TOLD, backend.call("tell"))
            self.assertEqual(children, len(backend.children()))
        # Not always the first: inside the interpreter the end of a hook may put the limit back, or
        # come while there is no descriptor even to tell why, which ends it.
        told = ["Too many open files"] + ["ended its process"] * (isolation == "inline")
        self.assertTrue(any(cause in answer.get("exc_msg", "")
                            for answer in answers for cause in told), answers)
        for answer in answers:
            self.assertTrue(answer == TOLD or answer["exc_msg"], answer)
        self.assertEqual(TOLD, answers[-1])
        self.assertEqual(0, backend.leave())

    @takes_descriptors_away
    def test_j1_the_host_has_no_descriptors_to_spare(self):
        for isolation in ("forked", "inline", "fresh"):
            with self.subTest(isolation):
                self.check(isolation, lambda backend: backend.process.pid)

    def test_j1_an_interpreter_that_runs_hooks_has_no_descriptors_to_spare(self):
        self.check("inline", Backend.interpreter)

    def test_j1_an_interpreter_that_has_no_descriptors_to_spare_is_replaced(self):
        backend = self.backend(TELLING)
        self.assertEqual(TOLD, backend.call("tell"))
        children = len(backend.children())
        for room in range(40):
            before = backend.interpreter()
            with self.few(before, room):
                self.assertEqual(TOLD, backend.call("tell"))
            self.assertNotEqual(before, backend.interpreter())
            self.assertEqual(children, len(backend.children()))
        self.assertEqual(0, backend.leave())

    @takes_descriptors_away
    def test_j1_a_host_without_descriptors_waits_and_stops_a_hook(self):
        backend = self.backend("""
            import os, signal
            def wait():
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                if os.fork() == 0: os.setsid()
                while True: signal.pause()
            def tell(): return "told"
        """)
        for most in (3, 0):
            with self.subTest(most):
                backend.send("wait", x_timeout_s=2)
                backend.event("running")
                before = time_used(backend.process.pid)
                with self.few(backend.process.pid, most):
                    answer = backend.event("finished")["undelivered"]
                self.assertTrue(answer["x_timed_out"])
                self.assertLess(time_used(backend.process.pid) - before, 1)
                self.assertEqual(TOLD, backend.call("tell"))
        self.assertEqual([backend.interpreter()], backend.children())
        self.assertEqual(0, backend.leave())

    @takes_descriptors_away
    def test_j1_a_start_with_few_descriptors(self):
        """It starts and works, or says why not; it never hangs and leaves nothing behind."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        limited = folder / "axle-backend"
        last = {}
        for most in range(3, 40):
            limited.write_text(f"#!/bin/sh\nulimit -n {most}\nexec '{program()}' \"$@\"\n")
            limited.chmod(0o755)
            with self.subTest(most), mock.patch.dict(os.environ, AXLE_BIN=str(folder)):
                backend = self.backend(TELLING, start=False)
                while not backend.events and backend.pump(time.monotonic() + 30):
                    pass
                last = backend.events[0] if backend.events else {}
                if last.get("event") == "started":
                    backend.call("tell")
                    self.assertEqual(0, backend.leave())
                else:
                    self.assertNotIn(backend.process.wait(30), (0, -signal.SIGABRT))
                    while backend.pump(time.monotonic() + 30):  # the end of all who write to it
                        pass
                    told = last.get("failure", {}).get("exc_msg") or backend.err.decode()
                    self.assertRegex(told, "Too many open files|Error 24")
        self.assertEqual("started", last["event"])


class OwnLimits(BackendTest):
    SOURCE = """
        import os, resource
        def limits():
            names = sorted(name for name in dir(resource) if name.startswith("RLIMIT_"))
            return [resource.getrlimit(getattr(resource, name)) for name in names]
        def lower(hard):
            for name, most in (("NOFILE", 3), ("FSIZE", 4096), ("CORE", 0), ("CPU", 1000)):
                which = getattr(resource, "RLIMIT_" + name)
                resource.setrlimit(which, (most, most if hard else resource.getrlimit(which)[1]))
        def lower_for_good():
            if os.geteuid() == 0: os.seteuid(65534)  # root could raise them again
            lower(True)
    """

    def test_b9_what_a_hook_does_to_its_limits_does_not_reach_the_next(self):
        for isolation in ("forked", "inline", "fresh"):
            with self.subTest(isolation):
                backend = self.backend(self.SOURCE, options=["--hook-isolation", isolation])
                before = backend.call("limits")
                self.assertEqual({"return": None}, backend.call("lower", kwargs={"hard": False}))
                self.assertEqual(before, backend.call("limits"))
                self.assertEqual(0, backend.leave())

    def test_b9_an_interpreter_that_cannot_raise_a_limit_again_is_replaced(self):
        backend = self.backend(self.SOURCE, options=["--hook-isolation", "inline"])
        before = backend.call("limits")
        interpreter = backend.interpreter()
        self.assertEqual({"return": None}, backend.call("lower", kwargs={"hard": False}))
        self.assertEqual(interpreter, backend.interpreter())
        self.assertEqual({"return": None}, backend.call("lower_for_good"))
        self.assertEqual(before, backend.call("limits"))
        self.assertNotEqual(interpreter, backend.interpreter())
        self.assertEqual(0, backend.leave())


if __name__ == "__main__":
    unittest.main()
