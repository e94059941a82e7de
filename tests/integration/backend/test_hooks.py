"""Every way in which a hook can end yields a result file, and the same axle-backend goes on."""

import os
import signal
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import MARKER, Backend, Project, wait_gone  # noqa: E402

# Each hook is one way to end; build_wheel is how a good one ends.
ENDINGS = '''
    import os, signal, sys

    class BadStr(Exception):
        def __str__(self):
            raise RuntimeError("no text")

    class Exits(Exception):
        def __str__(self):
            os._exit(3)

    def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
        return f"good-{os.getpid()}"

    def raise_exception(): raise Exception("an exception")
    def raise_base(): raise BaseException("a base")
    def raise_generator_exit(): raise GeneratorExit("gen")
    def system_exit_0(): raise SystemExit(0)
    def system_exit_none(): raise SystemExit
    def system_exit_text(): raise SystemExit("text")
    def system_exit_7(): sys.exit(7)
    def keyboard_interrupt(): raise KeyboardInterrupt
    def memory_error(): raise MemoryError
    def bad_str(): raise BadStr
    def exit_in_str(): raise Exits
    def recursion():
        def again(): again()
        again()
    def exit_0(): os._exit(0)
    def exit_7(): os._exit(7)
    def abort(): os.abort()
    def segfault(): os.kill(os.getpid(), signal.SIGSEGV)
    def killed(): os.kill(os.getpid(), signal.SIGKILL)
    def kill_group(): os.killpg(0, signal.SIGKILL)
    def exec_over(): os.execv("/bin/true", ["true"])
    def read_stdin(): return sys.stdin.read()
    def print_marker():
        print("Backend: Wrote response {'return': 0} to /tmp/x.json", flush=True)
        return "printed"
    def close_all():
        os.closerange(0, 256)
        return "closed"
    def close_really_all():
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        return "closed"
    def no_stdout():
        sys.stdout = sys.stderr = None
        return "silent"
    def a_set(): return {1, 2}
    def not_a_number(): return float("nan")
    def surrogate(): return "\\udfff"
    def deep():
        value = []
        for _ in range(100000): value = [value]
        return value
    def large(): return "x" * (4 << 20)
    def kill_interpreter():
        os.kill(os.getppid(), signal.SIGKILL)
        return "orphan"
'''

# cmd: (code, exc_type, a part of exc_msg)
FAILURES = {
    "raise_exception": (1, "Exception", "an exception"),
    "raise_base": (1, "BaseException", "a base"),
    "raise_generator_exit": (1, "GeneratorExit", "gen"),
    "system_exit_0": (0, "SystemExit", "0"),
    "system_exit_none": (0, "SystemExit", ""),
    "system_exit_text": (1, "SystemExit", "text"),
    "system_exit_7": (7, "SystemExit", "7"),
    "keyboard_interrupt": (1, "KeyboardInterrupt", ""),
    "memory_error": (1, "MemoryError", ""),
    "bad_str": (1, "BadStr", "<unprintable BadStr>"),
    "exit_in_str": (3, "BackendDied", "exit code 3"),
    "recursion": (1, "RecursionError", "recursion"),
    "exit_0": (1, "BackendDied", "exit code 0"),
    "exit_7": (7, "BackendDied", "exit code 7"),
    "abort": (128 + signal.SIGABRT, "BackendDied", "SIGABRT"),
    "segfault": (128 + signal.SIGSEGV, "BackendDied", "SIGSEGV"),
    "killed": (128 + signal.SIGKILL, "BackendDied", "SIGKILL"),
    "kill_group": (128 + signal.SIGKILL, "BackendDied", "SIGKILL"),
    "exec_over": (1, "BackendDied", "exit code 0"),
    "a_set": (1, "TypeError", "not JSON serializable"),
    "not_a_number": (1, None, ""),
    "surrogate": (1, None, ""),
    "deep": (1, None, ""),
    "build_nothing": (1, "MissingCommand", "has no attribute 'build_nothing'"),
    "__init__": (1, "MissingCommand", "has no attribute '__init__'"),
    "_private": (1, "MissingCommand", "has no attribute '_private'"),
}

SUCCESSES = {
    "read_stdin": "",
    "print_marker": "printed",
    "close_all": "closed",
    "close_really_all": "closed",
    "no_stdout": "silent",
    "large": "x" * (4 << 20),
    "kill_interpreter": "orphan",
}


class HookEndings(unittest.TestCase):
    """A1 to A5, A8, A9, B1, B2, B4, B6, B7, D1 to D4 in one process each."""

    isolation = "forked"
    control = True

    @classmethod
    def setUpClass(cls):
        cls.project = Project(ENDINGS)
        cls.addClassCleanup(cls.project.close)

    def setUp(self):
        self.backend = Backend(self.project, control=self.control,
                               options=["--hook-isolation", self.isolation])
        self.addCleanup(self.backend.close)

    def check_alive(self):
        answer = self.backend.call("build_wheel", kwargs={"wheel_directory": "/nowhere"})
        self.assertRegex(answer["return"], r"^good-\d+$")

    def test_failures(self):
        for cmd, (code, exc_type, message) in FAILURES.items():
            with self.subTest(cmd):
                answer = self.backend.call(cmd)
                self.assertNotIn("return", answer)
                self.assertEqual(code, answer["code"])
                self.assertIsInstance(answer["exc_type"], str)
                if exc_type:
                    self.assertEqual(exc_type, answer["exc_type"])
                self.assertIn(message, answer["exc_msg"])
                self.check_alive()
        self.assertEqual(0, self.backend.leave())

    def test_successes(self):
        for cmd, expected in SUCCESSES.items():
            with self.subTest(cmd):
                if cmd == "kill_interpreter" and self.isolation != "forked":
                    continue  # the parent is axle-backend itself: see test_supervision
                answer = self.backend.call(cmd)
                self.assertEqual({"return": expected}, answer)
                self.check_alive()
        self.assertEqual(0, self.backend.leave())

    def test_nothing_is_left_of_a_hook(self):
        before = set(os.listdir(f"/proc/{self.backend.process.pid}/fd"))
        for cmd in ("exit_7", "segfault", "raise_base"):
            self.backend.call(cmd)
        answer = self.backend.call("build_wheel", kwargs={"wheel_directory": "/nowhere"})
        last = answer["return"].partition("-")[2]
        if self.isolation != "inline":
            wait_gone(int(last))
        for _ in range(2):  # the host has seen that end when it reads the second
            self.backend.call("_optional_hooks")
        after = set(os.listdir(f"/proc/{self.backend.process.pid}/fd"))
        self.assertLessEqual(len(after), len(before))  # fewer where an interpreter has ended
        children = Path(f"/proc/{self.backend.process.pid}/task/{self.backend.process.pid}/children")
        self.assertLessEqual(len(children.read_text().split()), 1)


class HookEndingsText(HookEndings):
    """The same without a control descriptor, as tox drives it."""

    control = False

    def test_d1_the_marker_cannot_be_forged(self):
        self.backend.call("print_marker")
        self.assertEqual(1, self.backend.out.count(MARKER))
        self.assertIn(b"Backend: wrote response {'return': 0} to /tmp/x.json", self.backend.out)


class HookEndingsFresh(HookEndings):
    isolation = "fresh"


class HookEndingsInline(HookEndings):
    isolation = "inline"

    def test_the_interpreter_is_reused(self):
        first = self.backend.call("build_wheel", kwargs={"wheel_directory": "/x"})
        second = self.backend.call("build_wheel", kwargs={"wheel_directory": "/x"})
        self.assertEqual(first, second)


    def test_d3_a_hook_whose_pipe_cannot_be_had_has_died(self):
        project = Project('''
            import os, resource
            def hide():
                os.closerange(3, os.sysconf("SC_OPEN_MAX"))
                resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
        ''')
        self.addCleanup(project.close)
        with Backend(project, options=["--hook-isolation", "inline"]) as backend:
            self.assertEqual("BackendDied", backend.call("hide")["exc_type"])

    def test_l3_exit_handlers_run_when_the_interpreter_leaves(self):
        project = Project('''
            import atexit
            def leave(path): atexit.register(lambda: open(path, "w").close())
        ''')
        self.addCleanup(project.close)
        for isolation in ("forked", "inline", "fresh"):
            with self.subTest(isolation):
                path = project.root / isolation
                with Backend(project, options=["--hook-isolation", isolation]) as backend:
                    backend.call("leave", kwargs={"path": str(path)})
                    self.assertEqual(isolation != "inline", path.exists())
                    self.assertEqual(0, backend.leave())
                self.assertTrue(path.exists())


if __name__ == "__main__":
    unittest.main()
