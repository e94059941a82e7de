"""What the tests of the fault matrix share: a backend whose hooks go wrong, and the proof that it
does not matter afterwards.

After each fault the same axle-backend answers a good hook and `_exit`, and of it and its hooks no
process and no descriptor is left.
"""

import os
import time
import unittest
import uuid
from pathlib import Path

from backend_driver import DEADLINE, Backend, Project, wait_gone
from sanitizer import SANITIZED  # noqa: F401

ISOLATIONS = ("forked", "fresh", "inline")

GOOD = """

def ok(): return "ok"
"""


def open_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def processes_with(mark):
    """The processes that have `mark` in their environment, but for this one."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                pass  # ended meanwhile, or another user's
    return found


class MatrixTest(unittest.TestCase):
    def setUp(self):
        self.mark = f"AXLE_TEST_MARK={uuid.uuid4().hex}"

    def project(self, source):
        project = Project(source)
        self.addCleanup(project.close)
        with open(project.root / "backend.py", "a", encoding="utf-8") as file:
            file.write(GOOD)
        return project

    def environment(self, **changes):
        name, _, value = self.mark.partition("=")
        return {**os.environ, name: value, **changes}

    def backend(self, project, isolation="forked", env=None, **options):
        """A backend that has answered once."""
        options.setdefault("options", ["--hook-isolation", isolation])
        backend = Backend(project, env=env or self.environment(), **options)
        self.addCleanup(backend.close)
        self.assertEqual({"return": "ok"}, backend.call("ok"))
        backend.descriptors = open_descriptors(backend.process.pid)
        return backend

    def check_unharmed(self, backend):
        """The same host answers, with no more open than before, and leaves with nothing left."""
        self.assertEqual({"return": "ok"}, backend.call("ok"))
        # One that is going away may still be there.
        deadline = time.monotonic() + DEADLINE
        while open_descriptors(backend.process.pid) > backend.descriptors:
            self.assertLess(time.monotonic(), deadline, "more descriptors are open than before")
        self.assertEqual(0, backend.leave())
        self.check_nothing_left()

    def check_nothing_left(self):
        for pid in processes_with(self.mark):
            wait_gone(pid)

    def check_failure(self, answer, code, exc_type, message=""):
        """The three keys of a failure, of their types, and nothing but x_ keys beside them."""
        self.assertNotIn("return", answer)
        self.assertEqual((int, str, str),
                         tuple(type(answer[key]) for key in ("code", "exc_type", "exc_msg")))
        self.assertEqual([], [key for key in answer if not key.startswith("x_")
                              and key not in ("code", "exc_type", "exc_msg")])
        self.assertEqual((code, exc_type), (answer["code"], answer["exc_type"]), answer)
        self.assertIn(message, answer["exc_msg"])

    def check_failures(self, source, table, check=None, controls=(True, False)):
        """Each cmd of `table` fails as it says: (code, exc_type, a part of exc_msg)."""
        project = self.project(source)
        for isolation in ISOLATIONS:
            for control in controls:
                backend = self.backend(project, isolation, control=control)
                for cmd, expected in table.items():
                    with self.subTest(cmd, isolation=isolation, control=control):
                        answer = backend.call(cmd)
                        self.check_failure(answer, *expected)
                        self.assertEqual({"return": "ok"}, backend.call("ok"))
                        if check:
                            check(backend, cmd, answer)
                with self.subTest("afterwards", isolation=isolation, control=control):
                    self.check_unharmed(backend)
