"""Hooks that end their process, or what is around it: group B of the fault matrix."""

import os
import signal
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import DEADLINE, wait_gone  # noqa: E402
from matrix import ISOLATIONS, SANITIZED, MatrixTest  # noqa: E402

FAULTS = f'''
    import ctypes, os, resource, signal, sys, threading
    faults = ctypes.CDLL({os.environ["AXLE_HOOK_FAULTS"]!r})
'''


class Deaths(MatrixTest):
    def died_by(self, number):
        return 128 + number, "BackendDied", signal.Signals(number).name

    def wait_for_err(self, backend, text):
        deadline = time.monotonic() + DEADLINE
        while text not in backend.err:
            backend.pump(deadline)

    def test_b1_exit_without_a_result(self):
        self.check_failures('''
            import os
            def exit_0(): os._exit(0)
            def exit_7(): os._exit(7)
        ''', {
            "exit_0": (1, "BackendDied", "exit code 0 and without a result"),
            "exit_7": (7, "BackendDied", "exit code 7 and without a result"),
        })

    def test_b2_every_fatal_signal_is_told_with_the_stack(self):
        numbers = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)

        def stack(backend, cmd, answer):
            self.assertEqual(128 + answer["x_signal"], answer["code"])
            self.wait_for_err(backend, b"in " + cmd.encode())
            self.assertIn(b"Fatal Python error", backend.err)

        hooks = "".join(
            f"\n    def {signal.Signals(number).name.lower()}(): faults.fault_raise({int(number)})"
            for number in numbers)
        self.check_failures(
            FAULTS + hooks + "\n    def null(): faults.fault_null()"
            + "\n    def os_abort():\n        sys.stderr.close(); os.abort()",
            {**{signal.Signals(number).name.lower(): self.died_by(number) for number in numbers},
             "null": self.died_by(signal.SIGSEGV), "os_abort": self.died_by(signal.SIGABRT)},
            check=stack)

    def test_b3_a_stack_that_overflows_in_c(self):
        def stack(backend, _cmd, _answer):
            self.wait_for_err(backend, b"in overflow")
            self.assertIn(b"Segmentation fault", backend.err)

        self.check_failures(FAULTS + '''
    def overflow(): faults.fault_overflow()
        ''', {"overflow": self.died_by(signal.SIGSEGV)}, check=stack)

    def test_b4_sigkill(self):
        self.check_failures('''
            import os, signal
            def killed(): os.kill(os.getpid(), signal.SIGKILL)
        ''', {"killed": self.died_by(signal.SIGKILL)})

    def test_b6_another_program_in_its_place(self):
        self.check_failures('''
            import os
            def succeeds(): os.execv("/bin/true", ["true"])
            def fails(): os.execv("/bin/sh", ["sh", "-c", "exit 9"])
            def dies(): os.execv("/bin/sh", ["sh", "-c", "kill -TERM $$"])
        ''', {
            "succeeds": (1, "BackendDied", "exit code 0"),
            "fails": (9, "BackendDied", "exit code 9"),
            "dies": self.died_by(signal.SIGTERM),
        })

    def test_b7_its_process_group(self):
        self.check_failures('''
            import os, signal
            def group(): os.kill(0, signal.SIGKILL)
            def terminate_group(): os.kill(0, signal.SIGTERM)
        ''', {"group": self.died_by(signal.SIGKILL),
              "terminate_group": self.died_by(signal.SIGTERM)})

    def test_b7_its_parent(self):
        project = self.project('''
            import os, signal, threading
            def kill_parent():
                os.kill(os.getppid(), signal.SIGKILL)
                threading.Event().wait()
            def survive_parent():
                os.kill(os.getppid(), signal.SIGKILL)
                return "alone"
        ''')
        backend = self.backend(project)  # the parent is the interpreter
        self.assertEqual({"return": "alone"}, backend.call("survive_parent"))
        self.check_unharmed(backend)
        for isolation in ("fresh", "inline"):  # it is the host
            with self.subTest(isolation):
                backend = self.backend(project, isolation)
                path = backend.send("kill_parent")
                self.assertEqual(-signal.SIGKILL, backend.process.wait(DEADLINE))
                self.assertFalse(path.exists())
                self.check_nothing_left()

    def test_b7_the_host_and_every_ancestor_but_the_frontend(self):
        project = self.project('''
            import os, signal, threading
            def parent_of(pid):
                return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
            def kill_all(frontend):
                pid = os.getppid()
                while pid != frontend:
                    pid, victim = parent_of(pid), pid
                    os.kill(victim, signal.SIGKILL)
                threading.Event().wait()
        ''')
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                backend = self.backend(project, isolation)
                path = backend.send("kill_all", kwargs={"frontend": os.getpid()})
                self.assertEqual(-signal.SIGKILL, backend.process.wait(DEADLINE))
                self.assertFalse(path.exists())
                self.check_nothing_left()

    def test_b8_what_hangs_or_crashes_after_the_result(self):
        project = self.project('''
            import atexit, os, threading
            class Hangs:
                def __del__(self): threading.Event().wait()
            class Aborts:
                def __del__(self): os.abort()
            def hang_at_exit(): atexit.register(threading.Event().wait)
            def abort_at_exit(): atexit.register(os.abort)
            def leave_a_thread(): threading.Thread(target=threading.Event().wait).start()
            def hanging_value():
                globals()["kept"] = Hangs()
            def aborting_value():
                globals()["kept"] = Aborts()
            def tell(do):
                globals()[do]()
                return os.getpid()
        ''')
        for isolation in ("forked", "fresh"):
            for control in (True, False):
                backend = self.backend(project, isolation, control=control)
                for do in ("hang_at_exit", "abort_at_exit", "leave_a_thread", "hanging_value",
                           "aborting_value"):
                    with self.subTest(do, isolation=isolation, control=control):
                        wait_gone(backend.call("tell", kwargs={"do": do})["return"], 1)
                        self.assertEqual({"return": "ok"}, backend.call("ok"))
                self.check_unharmed(backend)

    def test_b8_inline_what_hangs_at_the_end_is_killed(self):
        project = self.project('''
            import atexit, threading
            def hang_at_exit(): atexit.register(threading.Event().wait)
            def leave_a_thread(): threading.Thread(target=threading.Event().wait).start()
        ''')
        for cmd in ("hang_at_exit", "leave_a_thread"):
            with self.subTest(cmd):
                backend = self.backend(project, "inline")
                self.assertEqual({"return": None}, backend.call(cmd))
                self.assertEqual({"return": "ok"}, backend.call("ok"))
                self.assertEqual(0, backend.leave())
                self.check_nothing_left()

    def test_b9_limits_that_a_hook_sets_itself(self):
        project = self.project('''
            import resource, signal, tempfile
            def limit(name, most):
                resource.setrlimit(getattr(resource, name), (most, most))
            def cpu():
                limit("RLIMIT_CPU", 1)
                while True: pass
            def memory():
                limit("RLIMIT_AS", 1 << 30)
                return len(bytearray(2 << 30))
            def file():
                limit("RLIMIT_FSIZE", 10)
                signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
                with tempfile.TemporaryFile() as file:
                    file.write(bytes(100)); file.flush()
            def descriptors():
                limit("RLIMIT_NOFILE", 3)
                return open("/dev/null").read()
            def limits():
                names = ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_NOFILE")
                return [resource.getrlimit(getattr(resource, name)) for name in names]
        ''')
        for isolation in ("forked", "fresh"):
            backend = self.backend(project, isolation)
            limits = backend.call("limits")
            for cmd, expected in {
                    "cpu": (128 + signal.SIGKILL, "BackendDied", "SIGKILL"),
                    "file": self.died_by(signal.SIGXFSZ),
                    "memory": (1, "MemoryError", ""),
                    "descriptors": (1, "OSError", "Too many open files")}.items():
                if SANITIZED and cmd == "memory":
                    continue
                with self.subTest(cmd, isolation=isolation):
                    self.check_failure(backend.call(cmd), *expected)
                    self.assertEqual(limits, backend.call("limits"))
            self.check_unharmed(backend)


if __name__ == "__main__":
    unittest.main()
