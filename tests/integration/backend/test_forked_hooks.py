"""Hooks in processes of their own: what each begins with, and how one is stopped."""

import json
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import Backend, Project, process_exists, wait_gone  # noqa: E402
from sanitizer import BRIEF  # noqa: E402


class Forked(unittest.TestCase):
    def backend(self, source, **options):
        project = Project(source)
        self.addCleanup(project.close)
        backend = Backend(project, **options)
        self.addCleanup(backend.close)
        return backend

    def test_each_hook_has_a_process_of_its_own_and_an_unspoilt_one(self):
        backend = self.backend('''
            import os, sys
            state = []
            def spoil():
                state.append(1); os.environ["SPOILT"] = "1"; os.chdir("/"); os.umask(0o777)
                sys.argv.append("spoilt"); sys.modules["spoilt"] = sys
            def tell():
                mask = os.umask(0); os.umask(mask)
                return [state, os.environ.get("SPOILT"), os.getcwd(), mask, sys.argv,
                        "spoilt" in sys.modules, os.getpid()]
        ''')
        before = backend.call("tell")["return"]
        self.assertEqual({"return": None}, backend.call("spoil"))
        after = backend.call("tell")["return"]
        self.assertNotEqual(before.pop(), after.pop())
        self.assertEqual(before, after)

    def test_the_command_sets_folder_environment_and_umask(self):
        backend = self.backend('''
            import os
            def tell():
                mask = os.umask(0); os.umask(mask)
                return [os.getcwd(), dict(os.environ), mask]
        ''')
        answer = backend.call("tell", x_cwd="/usr", x_env={"A": "b", "C": "d\u00e9"}, x_umask=0o27)
        cwd, environment, mask = answer["return"]
        self.assertEqual("/usr", cwd)
        self.assertEqual("b", environment["A"])
        self.assertEqual("d\u00e9", environment["C"])
        self.assertNotIn("PATH", environment)
        self.assertEqual(0o27, mask)

    def test_n6_an_orphan_is_gone_when_its_hook_has_finished(self):
        backend = self.backend('''
            import os, threading
            def leave_an_orphan():
                told, tell = os.pipe()
                child = os.fork()
                if child == 0:
                    os.setsid()
                    orphan = os.fork()
                    if orphan == 0: threading.Event().wait()
                    os.write(tell, str(orphan).encode())
                    os._exit(0)
                os.waitpid(child, 0)
                return int(os.read(told, 20))
        ''')
        result = backend.send("leave_an_orphan")
        notice = backend.event("notice")["text"]
        backend.event("finished")
        orphan = json.loads(result.read_text())["return"]
        self.assertRegex(notice, rf"left processes behind, .* \(pid {orphan}\)")
        self.assertFalse(process_exists(orphan))

    def test_n6_a_sibling_that_a_hook_has_made_of_itself_is_killed_and_named(self):
        # clone(2) with CLONE_PARENT: the child of the hook's parent, which is the warm interpreter.
        backend = self.backend('''
            import ctypes, os, threading
            libc = ctypes.CDLL(None)
            def make_a_sibling():
                clone = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
                told, tell = os.pipe()
                if libc.syscall(clone, 0x8000, 0, 0, 0, 0) == 0:
                    os.setsid()
                    os.write(tell, str(os.getpid()).encode())
                    threading.Event().wait()
                return int(os.read(told, 20)), os.getppid()
            def interpreter():
                return os.getppid()
        ''')
        sibling, parent = backend.call("make_a_sibling")["return"]
        told = [event for event in getattr(backend, "dropped", []) if event["event"] == "notice"]
        notice = (told or [backend.event("notice")])[0]["text"]  # before the answer, or after it
        self.assertRegex(
            notice, rf"^make_a_sibling left processes behind, which were killed: .* \(pid {sibling}\)$")
        self.assertFalse(process_exists(sibling))
        self.assertNotEqual(parent, backend.call("interpreter")["return"])

    def test_a_process_that_the_import_has_started_stays(self):
        project = Project('''
            import os, subprocess, sys
            server = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
            def numbers():
                return os.getppid(), server.pid
        ''')
        self.addCleanup(project.close)
        backend = Backend(project, in_tree=False, env={**os.environ, "PYTHONPATH": str(project.root)})
        self.addCleanup(backend.close)
        first = backend.call("numbers")["return"]
        self.assertEqual(first, backend.call("numbers")["return"])
        self.assertTrue(process_exists(first[1]))

    def test_b8_a_hook_that_does_not_leave_is_made_to(self):
        backend = self.backend('''
            import atexit, os, threading
            def hang_at_exit():
                atexit.register(threading.Event().wait)
                return os.getpid()
            def leave_a_thread():
                threading.Thread(target=threading.Event().wait).start()
                return os.getpid()
        ''')
        for cmd in ("hang_at_exit", "leave_a_thread"):
            with self.subTest(cmd):
                pid = backend.call(cmd)["return"]
                self.assertFalse(process_exists(pid))
        self.assertEqual(0, backend.leave())

    def test_d5_of_a_hook_that_forks_only_the_first_answers(self):
        backend = self.backend('''
            import os
            def both_return():
                os.fork()
                return "once"
        ''')
        for _ in range(5):
            self.assertEqual({"return": "once"}, backend.call("both_return"))
        self.assertEqual(0, backend.leave())

    def test_d8_a_grandchild_that_holds_the_output_delays_nothing(self):
        backend = self.backend('''
            import subprocess
            def leave_child():
                return subprocess.Popen(["sleep", "1000"]).pid
        ''')
        for control in (True, False):
            with self.subTest(control=control):
                pid = backend.call("leave_child")["return"]
                self.assertFalse(process_exists(pid))

    def test_c1_a_hook_is_stopped_at_its_deadline_and_says_where_it_was(self):
        backend = self.backend('''
            import threading
            def wait_here():
                threading.Event().wait()
            def fine(): return 1
        ''')
        answer = backend.call("wait_here", x_timeout_s=BRIEF)
        self.assertTrue(answer["x_timed_out"])
        self.assertIn("x_traceback", answer, answer)
        self.assertIn("wait_here", answer["x_traceback"])
        self.assertEqual({"return": 1}, backend.call("fine"))

    def test_b2_a_death_is_told_though_something_else_stands_in_the_pipe(self):
        backend = self.backend('''
            import os
            def spoil():
                for name in os.listdir("/proc/self/fd"):
                    try: os.write(int(name), b"junk\\n")
                    except OSError: pass
                os.abort()
        ''')
        answer = backend.call("spoil")
        self.assertEqual("BackendDied", answer["exc_type"])
        self.assertIn("SIGABRT", answer["exc_msg"])

    def test_c1_a_cancel_with_a_long_grace_does_not_put_off_the_deadline(self):
        backend = self.backend('''
            import signal
            def stubborn():
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
                while True: signal.sigwaitinfo({signal.SIGUSR1})
        ''')
        # Long enough for the cancel to come first on a machine that is busy.
        path = backend.send("stubborn", x_timeout_s=3)
        running = backend.event("running")
        backend.control.sendall(b'{"control": "cancel", "id": %d, "reason": "a test",'
                                b' "grace_s": 600}\n' % running["id"])
        backend.event("finished")
        self.assertIn("a test", path.read_text())

    def test_c3_a_hook_that_ignores_signals_is_killed(self):
        backend = self.backend('''
            import os, signal
            def stubborn():
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
                while True: signal.sigwaitinfo({signal.SIGUSR1})
        ''')
        path = backend.send("stubborn")
        running = backend.event("running")
        backend.control.sendall(b'{"control": "cancel", "id": %d, "reason": "a test",'
                                b' "grace_s": 0.05}\n' % running["id"])
        backend.event("finished")
        self.assertIn("a test", path.read_text())
        self.assertFalse(process_exists(running["pid"]))


if __name__ == "__main__":
    unittest.main()
