"""Hooks in a shared library: every way in which C++ can end yields a result file."""

import os
import signal
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import MARKER, Backend, Project  # noqa: E402

LIBRARY = os.environ["AXLE_NATIVE_BACKEND"]
FUTURE = os.environ["AXLE_NATIVE_BACKEND_OF_THE_FUTURE"]

# cmd: (code, exc_type, a part of exc_msg)
FAILURES = {
    "fails": (3, "Custom", "told"),
    "silent": (1, "RuntimeError", "without an answer"),
    "not_json": (1, "TypeError", "not JSON"),
    "throw_int": (1, "int", "42"),
    "throw_text": (1, "char const*", "a text"),
    "throw_string": (1, "string", "a string"),
    "throw_unheard": (1, "Unheard", "Unheard"),
    "throw_special": (1, "Special", "special"),
    "violate": (128 + signal.SIGABRT, "BackendDied", "SIGABRT"),
    "exit_0": (1, "BackendDied", "exit code 0"),
    "exit_7": (7, "BackendDied", "exit code 7"),
    "abort": (128 + signal.SIGABRT, "BackendDied", "SIGABRT"),
    "segfault": (128 + signal.SIGSEGV, "BackendDied", "SIGSEGV"),
    "stack_overflow": (128 + signal.SIGSEGV, "BackendDied", "SIGSEGV"),
    "no_such_hook": (1, "MissingCommand", "no_such_hook"),
}
# Under AddressSanitizer some of these end in its own report and exit code.
SANITIZED = os.environ.get("AXLE_SANITIZE", "")


class Native(unittest.TestCase):
    control = True

    def setUp(self):
        self.project = Project("")
        self.addCleanup(self.project.close)
        self.backend = Backend(self.project, module=f"native:{LIBRARY}", in_tree=False,
                               control=self.control)
        self.addCleanup(self.backend.close)

    def check_alive(self):
        self.assertEqual({"return": "native-1.0-py3-none-any.whl"}, self.backend.call("build_wheel"))

    def test_a6_a7_failures(self):
        for cmd, (code, exc_type, message) in FAILURES.items():
            if SANITIZED and cmd in ("segfault", "stack_overflow"):
                continue
            with self.subTest(cmd):
                answer = self.backend.call(cmd)
                self.assertIn("code", answer)
                self.assertEqual(code, answer["code"], answer)
                self.assertIn(exc_type, answer["exc_type"])
                self.assertIn(message, answer["exc_msg"])
                self.check_alive()
        self.assertEqual(0, self.backend.leave())

    def test_a7_a_thread_that_exits_is_the_end_of_the_hook(self):
        answer = self.backend.call("thread_exit")
        self.assertEqual("BackendDied", answer["exc_type"])
        self.check_alive()

    def test_d3_a_hook_that_closes_everything_still_answers(self):
        self.assertEqual({"return": "closed"}, self.backend.call("close_all"))

    def test_arguments_and_folder(self):
        kwargs = {"config_settings": {"a": ["b", "\u00e9"]}, "n": 1}
        self.assertEqual({"return": kwargs}, self.backend.call("echo", kwargs=kwargs))
        self.assertEqual({"return": str(self.project.root)}, self.backend.call("folder"))
        self.assertEqual({"return": "/usr"}, self.backend.call("folder", x_cwd="/usr"))

    def test_unsupported_operation(self):
        self.assertTrue(self.backend.call("build_sdist")["x_unsupported"])


class NativeText(Native):
    control = False

    def test_output_and_lines(self):
        self.backend.call("build_wheel")
        out = self.backend.out.decode()
        self.assertIn("started backend NativeBackend", out)
        self.assertLess(out.index("\nbuilding\n"), out.index(MARKER.decode()))


class NativeStart(unittest.TestCase):
    def test_a_library_that_cannot_be_loaded(self):
        project = Project("")
        self.addCleanup(project.close)
        with tempfile.NamedTemporaryFile(suffix=".so") as plain:
            plain.write(b"no library")
            plain.flush()
            for library in ("/no/such/library.so", plain.name, FUTURE):
                with self.subTest(library):
                    with Backend(project, module=f"native:{library}", in_tree=False,
                                 start=False) as backend:
                        event = backend.event("failed_to_start")
                        self.assertEqual("ImportError", event["failure"]["exc_type"])
                        self.assertIn(library, event["failure"]["exc_msg"])
                        self.assertEqual(1, backend.process.wait(30))


if __name__ == "__main__":
    unittest.main()
