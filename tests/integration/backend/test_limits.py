"""Where the system gives no more processes or descriptors, a command fails and the next one works."""

import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import Backend, Project  # noqa: E402
from cgroups import (failed_forks, few_processes, inside, limit_processes,  # noqa: E402
                     processes_in, wait_for_a_failed_fork)

TOLD = {"return": "told"}


class Case(unittest.TestCase):
    def backend(self, source="def tell(): return 'told'\n", **options):
        project = Project(source)
        self.addCleanup(project.close)
        backend = Backend(project, **options)
        self.addCleanup(backend.close)
        return backend


class Processes(Case):
    TRIES = 4

    def full(self):
        """A backend in a group that has no room for a hook process."""
        group = self.enterContext(few_processes(self, 40))
        with inside(group):
            backend = self.backend()
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
            backend = self.backend(python=str(python), start=False)
            told = backend.event("failed_to_start")
            self.assertEqual("BlockingIOError", told["failure"]["exc_type"])
            self.assertEqual(self.TRIES, failed_forks(group))
            self.assertEqual(1, backend.process.wait(30))


if __name__ == "__main__":
    unittest.main()
