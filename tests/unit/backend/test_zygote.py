"""The life of the warm interpreter (backend/python/zygote.py): how it starts, how it imports a
backend of the source tree, how it ends.

    python3 tests/unit/backend/test_zygote.py [-v] [Class.test_name]

Ids such as A4 in the names of tests are those of the faults that they inject.
"""

import json
import os
import pathlib
import select
import signal
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zygote_driver import PATIENCE, Case, read_all, read_line


class StartTest(Case):
    def test_started_tells_about_the_backend_and_the_interpreter(self):
        path = self.write("backend.py", "def build_wheel(): 0\ndef build_sdist(): 0\nother = 1")
        answer = self.host().start("backend")
        self.assertEqual(
            answer,
            {
                "op": "started",
                "proxy": "BackendProxy(backend=<module 'backend' from %r>)" % path,
                "hooks": ["build_wheel", "build_sdist"],
                "threads": 1,
                "python": "%d.%d.%d" % sys.version_info[:3],
                "implementation": sys.implementation.name,
            },
        )

    def test_object_paths_are_walked(self):
        self.write("pack/__init__.py", "")
        self.write(
            "pack/deep.py",
            """
            class Outer:
                class inner:
                    build_wheel = staticmethod(lambda wheel_directory: "x.whl")
            """,
        )
        host = self.host()
        answer = host.start("pack.deep", "Outer.inner")
        self.assertEqual(answer["hooks"], ["build_wheel"])
        self.assertEqual(answer["proxy"], "BackendProxy(backend=<class 'pack.deep.Outer.inner'>)")
        self.assertEqual(host.call("build_wheel", {"wheel_directory": "/d"}), {"return": "x.whl"})

    def fail_to_start(self, source, object_path=None):
        self.write("backend.py", source)
        host = self.host()
        answer = host.start("backend", object_path)
        self.assertEqual(answer["op"], "failed")
        self.assertEqual(os.WEXITSTATUS(host.wait()), 1)
        return answer["failure"]

    def test_an_import_error_is_told(self):
        failure = self.fail_to_start("import not_there")
        self.assertEqual(failure["exc_type"], "ModuleNotFoundError")
        self.assertEqual(failure["exc_msg"], "No module named 'not_there'")
        self.assertEqual(failure["code"], 1)
        self.assertIn('backend.py", line 1', failure["x_traceback"])
        self.assertNotIn("axle-backend", failure["x_traceback"])
        self.assertNotIn("importlib", failure["x_traceback"])

    def test_a_backend_that_is_not_there_is_told(self):
        host = self.host()
        failure = host.start("absent.backend")["failure"]
        self.assertEqual(failure["exc_type"], "ModuleNotFoundError")

    def test_a_syntax_error_is_told(self):
        failure = self.fail_to_start("def :")
        self.assertEqual(failure["exc_type"], "SyntaxError")
        self.assertIn("    def :", failure["x_traceback"])

    def test_system_exit_at_import_is_told(self):
        failure = self.fail_to_start("raise SystemExit(0)")
        self.assertEqual((failure["exc_type"], failure["code"]), ("SystemExit", 0))
        failure = self.fail_to_start("# longer\nraise SystemExit(7)")
        self.assertEqual((failure["exc_type"], failure["code"]), ("SystemExit", 7))

    def test_a_missing_object_is_told(self):
        failure = self.fail_to_start("x = 1", "x.y")
        self.assertEqual(failure["exc_type"], "AttributeError")
        self.assertEqual(failure["exc_msg"], "'int' object has no attribute 'y'")

    def test_a_failure_fits_into_a_control_line(self):
        failure = self.fail_to_start(
            """
            error = None
            for number in range(99):
                try:
                    raise ValueError("x" * 30000)
                except ValueError as caught:
                    caught.__cause__ = error
                    error = caught
            raise error
            """
        )
        self.assertEqual(failure["exc_type"], "ValueError")
        self.assertLess(len(json.dumps(failure)), 1 << 20)

    def test_the_end_of_the_process_at_import_is_the_end_of_the_socket(self):
        self.write("backend.py", "import os; os._exit(0)")
        host = self.host()
        self.assertIsNone(host.start("backend"))
        self.assertEqual(host.wait(), 0)

    def test_a4_an_unprintable_backend_starts(self):
        self.write(
            "backend.py",
            """
            class Evil:
                def __repr__(self):
                    raise SystemExit(3)
            evil = Evil()
            """,
        )
        host = self.host()
        answer = host.start("backend", "evil")
        self.assertEqual(answer["proxy"], "BackendProxy(backend=<unprintable Evil>)")
        answer = host.call("build_wheel")
        self.assertEqual(answer["exc_msg"], "<unprintable Evil> has no attribute 'build_wheel'")

    def test_c5_threads_of_the_import_are_counted(self):
        self.write(
            "backend.py",
            """
            import threading
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            """,
        )
        self.assertEqual(self.host().start("backend")["threads"], 2)

    def test_main_and_path_and_argv_are_clean(self):
        self.write("cwd/json.py", "raise RuntimeError('a json.py of the project')")
        host = self.started(
            """
            import sys
            def look():
                main = sys.modules["__main__"]
                names = [name for name in vars(main) if not name.startswith("__")]
                ours = [name for name in sys.modules if "axle" in name or "zygote" in name]
                return [names, ours, sys.argv, "" in sys.path, sys.path[0]]
            """
        )
        self.assertEqual(
            host.call("look"), {"return": [[], [], ["axle-backend"], False, self.folder]}
        )

    def test_a_safe_path_stays_as_it_is(self):
        host = self.started("import sys\ndef look(): return sys.path[0]", PYTHONSAFEPATH="1")
        self.assertEqual(host.call("look"), {"return": self.folder})

    def test_what_the_import_prints_appears_once(self):
        host = self.started(
            """
            import os, sys
            print("half a line", end="")
            os.write(1, b"|raw|")
            print("warning", file=sys.stderr)
            def hook(): print("hook")
            """
        )
        for _ in range(2):
            host.call("hook")
        self.assertEqual(host.output().count("half a line"), 1)
        self.assertEqual(host.output().count("hook\n"), 2)
        self.assertIn("|raw|", host.output())
        self.assertEqual(host.errors(), "warning\n")

    def test_signal_handlers_of_the_import_do_not_reach_the_zygote(self):
        host = self.started(
            """
            import signal
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            def hook(): return 1
            """
        )
        os.kill(host.pid, signal.SIGINT)
        self.assertEqual(host.call("hook"), {"return": 1})  # and its wait status is 0

    def test_a_host_that_leaves_at_once_is_followed(self):
        host = self.host()
        host.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(host.wait(), 0)


class InTreeTest(Case):
    def start_in_tree(self, *folders, module="backend", object_path=None, **environment):
        host = self.host(**environment)
        return host, host.start(module, object_path, backend_path=folders)

    def test_an_in_tree_backend_is_imported_anew_by_each_hook(self):
        tree = os.path.join(self.folder, "tree")
        path = self.write("tree/backend.py", "import helper\ndef build_wheel(): return helper.A")
        self.write("tree/helper.py", "A = 1")
        host, answer = self.start_in_tree(tree)
        self.assertEqual(answer["op"], "started", answer)
        self.assertEqual(answer["hooks"], ["build_wheel"])
        self.assertEqual(answer["proxy"], "BackendProxy(backend=<module 'backend' from %r>)" % path)
        self.assertEqual(answer["threads"], 1)
        self.assertEqual(host.call("build_wheel"), {"return": 1})
        self.write("tree/helper.py", "A = 'changed'")
        self.assertEqual(host.call("build_wheel"), {"return": "changed"})

    def test_the_folders_lead_the_path_in_their_order(self):
        for number in (1, 2):
            os.mkdir(os.path.join(self.folder, "tree%d" % number))
        self.write("tree2/backend.py", "import sys\ndef look(): return sys.path[:3]")
        folders = [os.path.join(self.folder, "tree%d" % number) for number in (1, 2)]
        host, _ = self.start_in_tree(*folders)
        self.assertEqual(host.call("look"), {"return": folders + [self.folder]})

    def test_failures_come_early(self):
        host, answer = self.start_in_tree(self.folder, module="absent")
        self.assertEqual(answer["failure"]["exc_type"], "ModuleNotFoundError")
        self.assertEqual(os.WEXITSTATUS(host.wait()), 1)
        self.write("backend.py", "import sys; sys.exit(4)")
        _, answer = self.start_in_tree(self.folder)
        self.assertEqual(answer["failure"]["exc_type"], "SystemExit")
        self.assertEqual(answer["failure"]["code"], 4)

    def test_b1_b2_an_import_that_ends_its_process_is_told(self):
        for statement, code, number in (
            ("os._exit(0)", 1, 0),
            ("os._exit(7)", 7, 0),
            ("os.kill(os.getpid(), 9)", 137, 9),
        ):
            with self.subTest(statement=statement):
                self.write("backend.py", "import os; " + statement)
                _, answer = self.start_in_tree(self.folder)
                failure = answer["failure"]
                self.assertEqual(failure["exc_type"], "BackendDied")
                self.assertEqual((failure["code"], failure["x_signal"]), (code, number))
                self.assertIn("backend", failure["exc_msg"])

    def test_a_module_that_is_already_loaded_gives_way(self):
        # textwrap stands for any module that the warm interpreter has imported.
        self.write("sitecustomize.py", "import colorsys")
        self.write("tree/colorsys.py", "def build_wheel(): return __file__")
        tree = os.path.join(self.folder, "tree")
        host, answer = self.start_in_tree(tree, module="colorsys")
        self.assertEqual(answer["op"], "started", answer)
        self.assertEqual(host.call("build_wheel"), {"return": os.path.join(tree, "colorsys.py")})

    def test_a_backend_from_elsewhere_is_refused(self):
        self.write("backend.py", "")
        os.mkdir(os.path.join(self.folder, "tree"))
        _, answer = self.start_in_tree(os.path.join(self.folder, "tree"))
        self.assertEqual(answer["failure"]["exc_type"], "BackendUnavailable")
        self.assertIn("backend.py", answer["failure"]["exc_msg"])
        _, answer = self.start_in_tree(os.path.join(self.folder, "tree"), module="time")
        self.assertEqual(answer["failure"]["exc_type"], "BackendUnavailable")

    def test_n2_a_sibling_with_the_same_prefix_is_refused(self):
        os.mkdir(os.path.join(self.folder, "tree"))
        self.write("tree-evil/backend.py", "")
        _, answer = self.start_in_tree(
            os.path.join(self.folder, "tree"), PYTHONPATH=os.path.join(self.folder, "tree-evil")
        )
        self.assertEqual(answer["failure"]["exc_type"], "BackendUnavailable")

    def test_symbolic_links_are_followed(self):
        self.write("real/backend.py", "def build_wheel(): return 'linked'")
        link = os.path.join(self.folder, "link")
        os.symlink("real", link)
        host, answer = self.start_in_tree(link)
        self.assertEqual(answer["op"], "started", answer)
        self.assertEqual(host.call("build_wheel"), {"return": "linked"})
        tree = os.path.join(self.folder, "tree")
        os.mkdir(tree)
        os.symlink("../real/backend.py", os.path.join(tree, "backend.py"))
        host, answer = self.start_in_tree(tree)
        self.assertEqual(answer["op"], "started", answer)

    def test_packages_with_and_without_init_are_found(self):
        self.write("tree/spaced/backend.py", "def build_wheel(): return 'spaced'")
        self.write("tree/packed/__init__.py", "def build_wheel(): return 'packed'")
        tree = os.path.join(self.folder, "tree")
        for module in ("spaced.backend", "packed"):
            host, answer = self.start_in_tree(tree, module=module)
            self.assertEqual(answer["op"], "started", answer)
            self.assertEqual(host.call("build_wheel"), {"return": module.split(".")[0]})

    def test_threads_of_the_import_are_in_the_hook_process_only(self):
        self.write(
            "backend.py",
            """
            import threading
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            def build_wheel(): return threading.active_count()
            """,
        )
        host, answer = self.start_in_tree(self.folder)
        self.assertEqual(answer["threads"], 1)
        self.assertEqual(host.call("build_wheel"), {"return": 2})

    def hang(self, way_out):
        """An import that hangs dies with what `way_out` kills."""
        path, fd = self.fifo()
        self.write(
            "backend.py",
            """
            import os, signal
            fd = os.open(%r, os.O_WRONLY)
            os.fork()
            os.write(fd, b"x\\n")
            while True: signal.pause()
            """
            % path,
        )
        host = self.host()
        keep = os.open(path, os.O_WRONLY)
        host.send({"op": "start", "backend": "backend", "backend_path": [self.folder]})
        lines = b""
        while lines.count(b"x\n") < 2:
            lines += read_line(fd)
        os.close(keep)
        way_out(host)
        self.assertEqual(read_all(fd), b"")
        return host

    @unittest.skipUnless(sys.platform == "linux", "F_SETSIG")
    def test_c7_a_hanging_import_dies_with_the_zygote(self):
        self.hang(lambda host: os.kill(host.pid, signal.SIGKILL))

    def test_c7_a_hanging_import_dies_with_the_host(self):
        host = self.hang(lambda host: host.socket.shutdown(socket.SHUT_RDWR))
        self.assertEqual(os.waitpid(host.pid, 0)[1], 0)
        host.status = 0

    def test_what_the_import_leaves_running_is_killed(self):
        path, fd = self.fifo()
        self.write(
            "backend.py",
            """
            import os, signal
            if os.fork() == 0:
                os.open(%r, os.O_WRONLY)
                while True: signal.pause()
            """
            % path,
        )
        keep = os.open(path, os.O_WRONLY)
        _, answer = self.start_in_tree(self.folder)
        self.assertEqual(answer["op"], "started")
        os.close(keep)
        self.assertEqual(read_all(fd), b"")


class LifeTest(Case):
    WAITING = """
    import os, signal, sys, threading, time
    def wait(path, ignore=()):
        for number in ignore: signal.signal(number, signal.SIG_IGN)
        fd = os.open(path, os.O_WRONLY)
        os.set_inheritable(fd, True)
        os.spawnl(os.P_NOWAIT, "/bin/sleep", "sleep", "1000")
        os.write(fd, b"ready\\n")
        while True: signal.pause()
    def stop():
        try:
            1 / 0
        except ZeroDivisionError:
            while True: signal.pause()
    def ok(): return os.getpid()
    class Slow(Exception):
        printing = False
        def __str__(self):
            Slow.printing = True
            end = time.monotonic() + 0.05
            while time.monotonic() < end: pass
            return "told"
    def storm():
        def interrupt(*_):
            if Slow.printing: raise KeyboardInterrupt
        def strike():
            while True: os.kill(os.getpid(), signal.SIGINT)
        signal.signal(signal.SIGINT, interrupt)
        threading.Thread(target=strike, daemon=True).start()
        raise Slow
    """

    def waiting(self, isolation="forked", lifeline=(), **kwargs):
        """A hook that waits, with a child that waits; and a FIFO that both hold open."""
        path, fd = self.fifo()
        keep = os.open(path, os.O_WRONLY)
        host = self.started(self.WAITING, isolation)
        hook = host.begin("wait", {"path": path, **kwargs}, lifeline)
        self.assertEqual(read_line(fd), b"ready\n")
        os.close(keep)
        return host, hook, fd

    def test_f1_hooks_and_their_children_die_with_the_socket(self):
        host, _, fd = self.waiting(ignore=[signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
        host.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(fd), b"")
        self.assertEqual(host.wait(), 0)

    def lifeline(self):
        """A pipe whose write end is held by this process alone."""
        ends = os.pipe()
        self.addCleanup(os.close, ends[0])
        return ends

    @unittest.skipUnless(sys.platform == "linux", "F_SETSIG")
    def test_e1_f1_hooks_and_their_children_die_with_the_lifeline(self):
        for isolation in ("forked", "inline"):
            with self.subTest(isolation=isolation):
                lifeline, end = self.lifeline()
                host, hook, fd = self.waiting(isolation, lifeline=[lifeline])
                if isolation == "forked":  # host and zygote die together
                    os.kill(host.pid, signal.SIGSTOP)
                os.close(end)
                self.assertEqual(read_all(fd), b"")

    @unittest.skipUnless(sys.platform == "linux", "F_SETSIG")
    def test_e1_a_lifeline_that_has_already_ended_is_the_end(self):
        host = self.started(self.WAITING)
        lifeline, end = self.lifeline()
        os.close(end)
        hook = host.begin("stop", lifeline=[lifeline])
        self.assertEqual(os.WTERMSIG(hook.reap()), signal.SIGKILL)

    def test_a_lifeline_that_holds_disturbs_nothing(self):
        for isolation in ("forked", "inline"):
            host = self.started(self.WAITING, isolation)
            for _ in range(3):
                lifeline, end = self.lifeline()
                self.assertIn("return", host.call("ok", lifeline=[lifeline]))
                os.close(end)  # of no hook any more

    def test_stop_kills_them_too(self):
        host, _, fd = self.waiting()
        host.send({"op": "stop"})
        self.assertEqual(read_all(fd), b"")
        self.assertEqual(host.wait(), 0)

    def test_stop_runs_the_exit_handlers_of_the_import(self):
        host = self.started(
            "import atexit, os\natexit.register(lambda: print('exit', os.getpid()))\ndef ok(): 0"
        )
        host.send({"op": "stop"})
        self.assertEqual(host.wait(), 0)
        self.assertEqual(host.output(), "exit %d\n" % host.pid)

    def test_hooks_follow_one_another_in_processes_of_their_own(self):
        host = self.started(self.WAITING)
        pids = [host.call("ok")["return"] for _ in range(5)]
        self.assertEqual(len({host.pid, *pids}), 6)

    def test_hooks_run_side_by_side(self):
        host, waiting, fd = self.waiting()
        self.assertNotEqual(host.call("ok")["return"], waiting.pid)
        os.killpg(waiting.pid, signal.SIGKILL)
        self.assertEqual(read_all(fd), b"")
        self.assertEqual(os.WTERMSIG(waiting.reap()), signal.SIGKILL)

    def test_sigint_is_a_keyboard_interrupt_that_tells_where(self):
        host = self.started(self.WAITING)
        hook = host.begin("stop")
        os.kill(hook.pid, signal.SIGINT)  # at once: it waits until the hook can catch it
        answer = hook.answer()
        self.assertEqual((answer["exc_type"], answer["code"]), ("KeyboardInterrupt", 1))
        self.assertEqual(hook.reap(), 0)
        host, waiting, _ = self.waiting()
        os.kill(waiting.pid, signal.SIGINT)
        answer = waiting.answer()
        self.assertIn("in wait", answer["x_traceback"])
        os.killpg(waiting.pid, signal.SIGKILL)  # the child
        waiting.reap()

    def test_l4_many_sigints_lose_no_answer(self):
        host = self.started(self.WAITING)
        for _ in range(10):
            hook = host.begin("stop")
            poller = select.poll()
            poller.register(hook.reply, select.POLLIN)
            deadline = time.monotonic() + PATIENCE
            while not poller.poll(1):  # about a thousand a second
                os.kill(hook.pid, signal.SIGINT)
                self.assertLess(time.monotonic(), deadline)
            self.assertEqual(hook.answer()["exc_type"], "KeyboardInterrupt")
            self.assertEqual(hook.reap(), 0)

    def test_l4_sigints_that_another_thread_receives_lose_no_answer(self):
        host = self.started(self.WAITING)
        for _ in range(3):
            self.assertEqual(host.call("storm")["exc_msg"], "told")

    def test_sigint_to_the_zygote_is_ignored(self):
        host = self.started(self.WAITING)
        os.kill(host.pid, signal.SIGINT)
        self.assertIn("return", host.call("ok"))

    def test_reaping_a_stranger_is_answered(self):
        host = self.started(self.WAITING)
        host.send({"op": "reap", "pid": os.getpid()})
        self.assertEqual(host.receive(), {"op": "reaped", "pid": os.getpid(), "status": 256})

    def test_j2_a_fork_that_fails_is_told(self):
        host = self.started(
            """
            import resource
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
            def hook(): return 1
            """
        )
        reply, end = os.pipe()
        self.addCleanup(os.close, reply)
        host.pass_fds(end)
        os.close(end)
        host.send({"op": "run", "id": 1, "cmd": "hook", "reply": ""})
        answer = host.receive()
        if answer["op"] == "forked":
            self.skipTest("no limit holds for root")
        self.assertEqual((answer["op"], answer["id"]), ("failed", 1))
        self.assertEqual(answer["failure"]["exc_type"], "BlockingIOError")
        self.assertEqual(read_all(reply), b"")


if __name__ == "__main__":
    unittest.main()
