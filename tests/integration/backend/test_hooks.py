"""Every way in which a hook can end yields a result file, and the same axle-backend goes on."""

import os
import signal
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import MARKER, Backend, Project, process_exists, wait_gone  # noqa: E402
from sanitizer import BRIEF  # noqa: E402

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
    def large(): return "x" * (20 << 20)
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
    "large": "x" * (20 << 20),
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
        self.check_alive()
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
        path = backend.send("stubborn", x_timeout_s=0.3)
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


class Text(unittest.TestCase):
    """pyproject_api's lines."""

    def setUp(self):
        self.project = Project('''
            import sys
            def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
                print("to stdout"); print("to stderr", file=sys.stderr)
                return "name"
            def fail(): raise SystemExit(2)
        ''')
        self.addCleanup(self.project.close)

    def test_lines_are_those_of_pyproject_api(self):
        with Backend(self.project, control=False) as backend:
            path = backend.result_path()
            backend.call("build_wheel", result=path,
                         kwargs={"wheel_directory": "/out", "config_settings": {"t": "hunter2"}})
            backend.call("fail")
            self.assertEqual(0, backend.leave())
            out, err = backend.out.decode(), backend.err.decode()
        self.assertTrue(out.startswith("started backend BackendProxy(backend=<module 'backend'"), out)
        self.assertIn("Backend: run command build_wheel with args {'wheel_directory': '/out',", out)
        self.assertNotIn("hunter2", out)
        self.assertIn("\nto stdout\n", out)
        self.assertIn(f"Backend: Wrote response {{'return': 'name'}} to {path}\n", out)
        self.assertIn("{'code': 2, 'exc_type': 'SystemExit', 'exc_msg': '2'}", out)
        self.assertIn("SystemExit: 2", err)
        # Output stands before the line that tells the end.
        self.assertLess(out.index("to stdout"), out.index("Wrote response"))

    def test_r1_7_bad_requests_are_told_and_survived(self):
        bad = ["{{", "[1]", "1", "null", '"x"', '{"cmd": "fail"}', '{"cmd": "fail", "kwargs": {}}',
               '{"cmd": "fail", "kwargs": {}, "result": 1}',
               '{"cmd": "fail", "kwargs": {}, "result": null}',
               '{"cmd": "fail", "kwargs": {}, "result": "relative.json"}',
               '{"cmd": "fail", "kwargs": {}, "result": "/tmp/a\\u0000b"}',
               '{"cmd": "fail", "kwargs": {}, "result": "/%s"}' % ("x" * 5000),
               '{"cmd": 1, "kwargs": {}, "result": "%s"}',
               '{"cmd": "fail", "kwargs": [], "result": "%s"}']
        with Backend(self.project, control=False) as backend:
            for line in bad:
                usable = line.endswith('"%s"}')
                path = backend.result_path()
                backend.send_line(line % path if usable else line)
                if usable:  # its sender is told in the result file, too
                    backend.wait_for_text(MARKER, backend.out.count(MARKER) + 1)
                    self.assertIn('"exc_type": "BadCommand"', path.read_text())
            self.assertEqual("name", backend.call(
                "build_wheel", kwargs={"wheel_directory": "/o"})["return"])
            self.assertEqual(0, backend.leave())
            self.assertEqual(len(bad), backend.err.count(b"Backend: incorrect request to backend: "))
            self.assertIn(b"Backend: incorrect request to backend: bytearray(b'{{')", backend.err)

    def test_r1_9_without_reuse_it_leaves_after_one_command(self):
        with Backend(self.project, control=False, reuse=False) as backend:
            backend.call("build_wheel", kwargs={"wheel_directory": "/o"})
            self.assertEqual(0, backend.process.wait(30))

    def test_w16_the_end_of_stdin_is_a_quiet_end(self):
        with Backend(self.project, control=False) as backend:
            backend.process.stdin.close()
            self.assertEqual(0, backend.process.wait(30))
            self.assertEqual(b"", backend.err)

    def test_a_command_that_was_read_is_answered_though_stdin_has_ended(self):
        with Backend(self.project, control=False, start=False) as backend:
            path = backend.send("build_wheel", kwargs={"wheel_directory": "/o"})
            backend.process.stdin.close()
            backend.wait_for_text(MARKER)
            self.assertIn("name", path.read_text())
            self.assertEqual(0, backend.process.wait(30))

    def test_w16_sigint_while_idle_is_ignored(self):
        with Backend(self.project, control=False) as backend:
            os.kill(backend.process.pid, signal.SIGINT)
            self.assertEqual(0, backend.leave())

    def test_optional_hooks(self):
        with Backend(self.project, control=False) as backend:
            self.assertEqual({"return": {
                "get_requires_for_build_sdist": False,
                "prepare_metadata_for_build_wheel": False,
                "get_requires_for_build_wheel": False,
                "build_editable": False,
                "get_requires_for_build_editable": False,
                "prepare_metadata_for_build_editable": False,
            }}, backend.call("_optional_hooks"))

    def test_w9_the_result_is_never_half_written_nor_through_a_link(self):
        with Backend(self.project, control=False) as backend:
            target = backend.result_path()
            target.write_text("precious")
            link = backend.result_path()
            link.symlink_to(target)
            fifo = backend.result_path()
            os.mkfifo(fifo)
            for bad in (link, fifo, Path("/proc/nowhere/x.json")):
                done = backend.out.count(MARKER)
                backend.send("build_wheel", result=bad, kwargs={"wheel_directory": "/o"})
                backend.wait_for_text(MARKER, done + 1)
            self.assertEqual("precious", target.read_text())
            self.assertEqual(0, backend.leave())
            self.assertEqual(3, backend.err.count(b"Backend: cannot write the response"))


class Start(unittest.TestCase):
    def start(self, source, **options):
        project = Project(source)
        self.addCleanup(project.close)
        backend = Backend(project, start=False, **options)
        self.addCleanup(backend.close)
        return backend

    def test_r1_6_a_failed_import_is_announced(self):
        sources = {
            "import no_such_module": "ModuleNotFoundError",
            "def x(:": "SyntaxError",
            "raise SystemExit(0)": "SystemExit",
            "import os; os._exit(0)": "BackendDied",
            "import os; os.abort()": "BackendDied",
            "raise KeyboardInterrupt": "KeyboardInterrupt",
        }
        for source, exc_type in sources.items():
            for in_tree in (True, False):
                with self.subTest(source, in_tree=in_tree):
                    env = dict(os.environ)
                    backend = self.start(source, in_tree=in_tree, env=env,
                                         module="backend" if in_tree else "backend_oot")
                    if not in_tree:
                        continue
                    event = backend.event("failed_to_start")
                    self.assertEqual(exc_type, event["failure"]["exc_type"], event)
                    self.assertEqual(1, backend.process.wait(30))

    def test_r1_6_the_text_is_that_of_pyproject_api(self):
        backend = self.start("import no_such_module", control=False)
        self.assertEqual(1, backend.process.wait(30))
        err = backend.process.stderr.read().decode()
        self.assertIn("failed to start backend", err)
        self.assertIn("ModuleNotFoundError: No module named 'no_such_module'", err)

    def test_a_module_that_is_not_there(self):
        backend = self.start("", in_tree=False, module="no.such.backend")
        event = backend.event("failed_to_start")
        self.assertEqual("ModuleNotFoundError", event["failure"]["exc_type"])
        self.assertEqual(1, backend.process.wait(30))

    def test_e5_an_interpreter_that_cannot_be_run(self):
        bad = Path(self.enterContext(_folder())) / "python"
        bad.write_text("not a program")
        bad.chmod(0o755)
        plain = bad.with_name("plain")
        plain.write_text("")
        for python in ("/no/such/python", "no-such-python", str(bad), str(plain)):
            with self.subTest(python):
                backend = self.start("", python=python)
                event = backend.event("failed_to_start")
                self.assertIn(python, event["failure"]["exc_msg"])
                self.assertEqual(1, backend.process.wait(30))

    def test_c5_a_backend_with_threads_gets_fresh_processes_and_says_so(self):
        project = Project('''
            import os, threading
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            def tell(): return os.getpid()
        ''')
        self.addCleanup(project.close)
        env = {**os.environ, "PYTHONPATH": str(project.root)}
        with Backend(project, in_tree=False, env=env) as backend:
            self.assertEqual("fresh", backend.started["hook_isolation"])
            self.assertIn("thread", backend.dropped[0]["text"])
            pids = {backend.call("tell")["return"] for _ in range(3)}
            self.assertEqual(3, len(pids))

    def test_pythonpath_is_honoured_and_the_source_tree_is_not_on_sys_path(self):
        project = Project('''
            import sys
            def tell(): return sys.path
        ''')
        self.addCleanup(project.close)
        elsewhere = self.enterContext(_folder())
        os.rename(project.root / "backend.py", Path(elsewhere) / "backend.py")
        with Backend(project, in_tree=False, env={**os.environ, "PYTHONPATH": elsewhere}) as backend:
            path = backend.call("tell")["return"]
        self.assertIn(elsewhere, path)
        self.assertNotIn("", path)
        self.assertNotIn(str(project.root), path)


def _folder():
    import tempfile
    return tempfile.TemporaryDirectory(prefix="axle-test-")


class Supervision(unittest.TestCase):
    def setUp(self):
        self.project = Project('''
            import os, signal, threading
            def wait(): threading.Event().wait()
            def tell(): return os.getpid()
            def kill_host(): os.kill(int(open(f"/proc/{os.getppid()}/stat").read().rpartition(")")[2].split()[1]), signal.SIGKILL); threading.Event().wait()
        ''')
        self.addCleanup(self.project.close)

    def running_hook(self, **options):
        backend = Backend(self.project, **options)
        self.addCleanup(backend.close)
        backend.send("wait")
        return backend, backend.event("running")["pid"]

    def test_f1_the_hook_ends_when_the_frontend_is_gone(self):
        backend, pid = self.running_hook()
        backend.control.close()
        self.assertEqual(0, backend.process.wait(30))
        wait_gone(pid)

    def test_f1_the_hook_ends_when_the_frontend_has_closed_standard_input(self):
        backend, pid = self.running_hook()
        backend.process.stdin.close()
        self.assertEqual(0, backend.process.wait(30))
        wait_gone(pid)

    def test_r1_7_a_bad_request_is_told_once_when_its_result_stands(self):
        with Backend(self.project) as backend:
            path = backend.result_path()
            backend.send_line('{"cmd": 1, "kwargs": {}, "result": "%s", "x_id": 7}' % path)
            self.assertEqual(7, backend.event("rejected")["id"])
            self.assertIn('"exc_type": "BadCommand"', path.read_text())
            self.assertIsInstance(backend.call("tell")["return"], int)
            self.assertEqual(2, backend.finished["id"])  # none came for the bad one

    def test_e1_the_hook_ends_when_the_host_is_killed(self):
        backend, pid = self.running_hook()
        backend.process.kill()
        backend.process.wait(30)
        wait_gone(pid)

    def test_e1_nothing_is_left_when_the_hosts_whole_group_is_killed(self):
        backend, pid = self.running_hook()
        os.killpg(backend.process.pid, signal.SIGKILL)
        backend.process.wait(30)
        wait_gone(pid)

    def test_e1_nothing_is_left_when_host_and_interpreter_are_killed(self):
        backend, pid = self.running_hook()
        host = backend.process.pid
        interpreter = int(Path(f"/proc/{host}/task/{host}/children").read_text())
        os.kill(interpreter, signal.SIGSTOP)  # it cannot look after the hook
        backend.process.kill()
        backend.process.wait(30)
        wait_gone(pid)
        os.kill(interpreter, signal.SIGKILL)

    def test_c7_an_import_that_hangs_ends_with_the_host(self):
        for in_tree in (True, False):
            with self.subTest(in_tree=in_tree):
                project = Project("""
                    import os, threading
                    with open("pid", "w") as file: file.write(str(os.getpid()))
                    open("started", "w").close()
                    threading.Event().wait()
                """)
                self.addCleanup(project.close)
                os.mkfifo(project.root / "started")
                env = {**os.environ, "PYTHONPATH": "" if in_tree else str(project.root)}
                with Backend(project, in_tree=in_tree, env=env, start=False) as backend:
                    (project.root / "started").read_text()  # the import has come so far
                    pid = int((project.root / "pid").read_text())
                    os.killpg(backend.process.pid, signal.SIGKILL)
                    backend.process.wait(30)
                    wait_gone(pid)

    def test_sigterm_stops_the_hook_and_is_the_exit_code(self):
        backend, pid = self.running_hook()
        backend.process.terminate()
        self.assertEqual(128 + signal.SIGTERM, backend.process.wait(30))
        wait_gone(pid)

    def test_a_killed_interpreter_is_told_and_replaced(self):
        with Backend(self.project) as backend:
            children = Path(f"/proc/{backend.process.pid}/task/{backend.process.pid}/children")
            interpreter = int(children.read_text())
            os.kill(interpreter, signal.SIGKILL)
            notice = backend.event("notice")
            self.assertIn("SIGKILL", notice["text"])
            self.assertIsInstance(backend.call("tell")["return"], int)
            self.assertEqual(0, backend.leave())

    def test_an_interpreter_that_a_hook_kills_is_told_once(self):
        project = Project("""
            import os, signal
            def kill_interpreter(): os.kill(os.getppid(), signal.SIGKILL)
            def tell(): return os.getpid()
        """)
        self.addCleanup(project.close)
        with Backend(project) as backend:
            backend.call("kill_interpreter")
            backend.call("tell")
            backend.call("tell")
            self.assertEqual(0, backend.leave())
            told = [one["text"] for one in backend.dropped if one["event"] == "notice"]
            self.assertEqual(1, len(told), told)
            self.assertIn("SIGKILL", told[0])

    def test_heartbeats_come_while_a_hook_runs(self):
        backend, _ = self.running_hook()
        self.assertGreater(backend.event("heartbeat")["elapsed_s"], 0)


if __name__ == "__main__":
    unittest.main()
