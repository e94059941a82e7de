"""Hooks are begun once and ended for certain, whatever axle-backend, the warm interpreter or the
hook itself is doing at that moment."""

import collections
import json
import os
import re
import select
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import BackendTest, wait_gone  # noqa: E402
from cgroups import freezer  # noqa: E402
from sanitizer import BRIEF  # noqa: E402


class Strace:
    """strace of a running process; `options` as on its command line."""

    def __init__(self, pid, *options):
        self.process = subprocess.Popen(
            ["strace", "-p", str(pid), *options], stderr=subprocess.PIPE, text=True)
        first = self.process.stderr.readline()
        if "attached" not in first:
            self.close()
            raise unittest.SkipTest(f"strace cannot trace: {first.strip()}")

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.stderr.close()
        self.process.wait()


@unittest.skipUnless(shutil.which("strace"), "strace is not installed")
class OnlyOnce(BackendTest):
    """A hook is never begun twice, though a command that was not accepted is sent again."""

    SOURCE = '''
        import os
        def record(path):
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(fd, b"begun\\n")
            os.close(fd)
            return "done"
    '''

    def setUp(self):
        self.source = self.project(self.SOURCE)
        self.record = self.source.root / "record"

    def call(self, backend):
        """What comes of the hook, and whether it was accepted, once all processes are gone or the
        command is finished."""
        try:
            path = backend.send("record", kwargs={"path": str(self.record)})
        except BrokenPipeError:  # it was killed before it could wait for the command
            return None, False
        accepted = False
        while True:
            try:
                event = backend.event_of("accepted", "finished")
            except AssertionError:  # the end of everything
                return None, accepted
            accepted = True
            if event["event"] == "finished":
                return path.read_text(encoding="utf-8"), accepted

    def syscalls(self, process_of):
        """Each system call that the process makes for one command: the name, and how many of that
        name came before."""
        backend = self.backend(self.source)
        log = self.source.root / "log"
        trace = Strace(process_of(backend), "-o", str(log))
        self.assertIn("done", self.call(backend)[0])
        trace.close()
        backend.close()
        self.record.unlink()
        seen = collections.Counter()
        for name in re.findall(r"^(\w+)\(", log.read_text(), re.M):
            seen[name] += 1
            yield name, seen[name]

    def kill_at_every_syscall(self, process_of):
        outcomes = collections.Counter()
        for name, count in list(self.syscalls(process_of)):
            with self.subTest(syscall=name, count=count):
                backend = self.backend(self.source)
                trace = Strace(process_of(backend), "-o", os.devnull,
                               "-e", f"inject={name}:signal=KILL:when={count}")
                answer, accepted = self.call(backend)
                trace.close()
                backend.close()
                if not accepted:
                    again = self.backend(self.source)
                    answer, _ = self.call(again)
                    self.assertIn("done", answer)
                    again.close()
                begun = self.record.read_text().count("begun") if self.record.exists() else 0
                self.assertLessEqual(begun, 1)
                if answer and "done" in answer:
                    self.assertEqual(1, begun)
                self.record.unlink(missing_ok=True)
                outcomes[accepted, begun] += 1
        return outcomes

    def test_e1_e2_the_host_is_killed_at_any_system_call(self):
        outcomes = self.kill_at_every_syscall(lambda backend: backend.process.pid)
        self.assertIn((False, 1), outcomes)
        self.assertIn((True, 1), outcomes)

    def test_e1_the_interpreter_is_killed_at_any_system_call(self):
        outcomes = self.kill_at_every_syscall(lambda backend: backend.interpreter())
        self.assertEqual({True}, {accepted for accepted, _ in outcomes})


class Acceptance(BackendTest):
    def test_e2_a_hook_does_not_begin_before_its_acceptance_is_written(self):
        project = self.project("""
            def begin(path): open(path, "w").close()
        """)
        backend = self.backend(project)
        begun = project.root / "begun"
        os.mkfifo(begun)
        reader = os.open(begun, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        poll = select.poll()
        poll.register(reader, 0)  # a hang-up comes when a writer has been there
        # Nobody reads the answers to this, so the control socket is full.
        backend.send_line("\n".join(["nonsense"] * 10_000))
        backend.send("begin", kwargs={"path": str(begun)})
        self.assertEqual([], poll.poll(500))
        backend.event("accepted")
        self.assertNotEqual([], poll.poll(30_000))
        backend.event("finished")

    def test_heartbeats_come_while_an_interpreter_is_started_for_a_command(self):
        project = self.project('''
            import os
            if os.path.exists("gate"): open("gate").close()
            def tell(): return "told"
        ''')
        backend = self.backend(project, in_tree=False, options=["--hook-isolation", "fresh"],
                               env={**os.environ, "PYTHONPATH": str(project.root)})
        self.assertEqual({"return": "told"}, backend.call("tell"))
        os.mkfifo(project.root / "gate")
        path = backend.send("tell")  # needs an interpreter, which now waits at the gate
        backend.event("accepted")
        self.assertGreater(backend.event("heartbeat")["elapsed_s"], 0)
        (project.root / "gate").write_text("")
        backend.event("running")
        backend.event("finished")
        self.assertIn("told", path.read_text())


class Stacks(BackendTest):
    """Who stops a hook learns where it was."""

    SOURCE = """
        import ctypes, signal, threading
        def sleep_in_python():
            print("here", flush=True)
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                raise SystemExit(3)  # and so no traceback tells
        def hold_the_lock():
            print("here", flush=True)
            while True: ctypes.PyDLL(None).pause()
        def ignore_all():
            print("here", flush=True)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
            while True: signal.sigwaitinfo({signal.SIGUSR1})
        def block_all():
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            while True: signal.sigwaitinfo({signal.SIGUSR1})
        def take_the_signals():
            for number in 1, 2: signal.signal(signal.SIGRTMAX - number, signal.SIG_DFL)
            threading.Event().wait()
        def tell(): return "told"
    """

    def check(self, isolation):
        backend = self.backend(self.project(self.SOURCE),
                               options=["--hook-isolation", isolation])
        for number, hook in enumerate(("sleep_in_python", "hold_the_lock", "ignore_all")):
            with self.subTest(hook):
                path = backend.send(hook)
                command_id = backend.event("running")["id"]
                backend.wait_for_text(b"here", 2 * number + 1)
                backend.cancel(command_id, grace_s=0.2)
                backend.event("finished")
                stack = json.loads(path.read_text())["x_stack"]
                self.assertRegex(stack, r'(?s)most recent call first.*backend.py", line \d+ in '
                                 + hook)
                self.assertNotIn("axle-backend", stack)
                answer = backend.call(hook, x_timeout_s=BRIEF)
                self.assertIn(hook, answer["x_stack"])
                self.assertEqual({"return": "told"}, backend.call("tell"))
        for hook in ("block_all", "take_the_signals"):
            with self.subTest(hook):
                answer = backend.call(hook, x_timeout_s=BRIEF)
                self.assertTrue(answer["x_timed_out"])
                self.assertNotIn("x_stack", answer)
                self.assertEqual({"return": "told"}, backend.call("tell"))
        self.assertEqual(0, backend.leave())

    def test_c1_c2_c3_a_hook_that_is_stopped_says_where_it_was(self):
        self.check("forked")

    def test_c1_c2_c3_a_hook_inside_the_interpreter_says_where_it_was(self):
        self.check("inline")

    def test_c1_c2_c3_a_hook_of_a_new_interpreter_says_where_it_was(self):
        self.check("fresh")

    def test_c1_a_hook_with_many_threads_is_interrupted_and_says_where_it_was(self):
        # They take so long to be written down that SIGINT comes meanwhile; the wait goes on then
        # as if nothing had been, unless the system call ends.
        backend = self.backend("""
            import threading
            def deep(depth):
                if depth: return deep(depth - 1)
                all_there.wait()
                threading.Event().wait()
            all_there = threading.Barrier(91)
            def many():
                for _ in range(90):
                    threading.Thread(target=deep, args=(60,), daemon=True).start()
                all_there.wait()
                print("here", flush=True)
                threading.Event().wait()
        """)
        path = backend.send("many")
        command_id = backend.event("running")["id"]
        backend.wait_for_text(b"here")
        backend.cancel(command_id, grace_s=20)
        backend.event("finished", seconds=60)
        answer = json.loads(path.read_text())
        self.assertEqual("KeyboardInterrupt", answer["x_causes"][-1]["exc_type"], answer)
        self.assertIn("in many", answer["x_traceback"])
        self.assertIn("in many", answer["x_stack"])

    def test_c1_threads_that_go_on_do_not_harm_it(self):
        backend = self.backend("""
            import threading
            def deep(depth):
                return depth and 1 + deep(depth - 1)
            def run():
                while True: deep(300)
            def busy():
                for _ in range(4):
                    threading.Thread(target=run, daemon=True).start()
                print("here", flush=True)
                threading.Event().wait()
        """)
        for number in range(5):
            path = backend.send("busy")
            command_id = backend.event("running")["id"]
            backend.wait_for_text(b"here", number + 1)
            backend.cancel(command_id, grace_s=20)
            backend.event("finished", seconds=60)
            answer = json.loads(path.read_text())
            self.assertEqual("KeyboardInterrupt", answer["x_causes"][-1]["exc_type"], answer)
            # Where it gives up the interpreter, which may be between two calls.
            self.assertRegex(answer["x_stack"], r'backend.py", line \d+ in (deep|run)')
            self.assertIn("in busy", answer["x_stack"])
            self.assertNotIn("write_stacks", answer["x_stack"] + answer["x_traceback"])

    def test_c7_an_import_that_hangs_says_where_it_was(self):
        source = """
            import threading
            def wait_for_licence(): threading.Event().wait()
            wait_for_licence()
        """
        for in_tree in (True, False):
            with self.subTest(in_tree=in_tree):
                project = self.project(source)
                backend = self.backend(project, in_tree=in_tree, start=False,
                                       env={**os.environ, "PYTHONPATH": str(project.root)},
                                       options=["--start-timeout", str(BRIEF)])
                failure = backend.event("failed_to_start")["failure"]
                self.assertTrue(failure["x_timed_out"])
                self.assertIn("in wait_for_licence", failure["x_stack"])
                self.assertEqual(1, backend.process.wait(30))


class Stopped(BackendTest):
    def check(self, isolation, **options):
        project = self.project("""
            import os, signal, threading
            def stop():
                os.kill(os.getpid(), signal.SIGSTOP)
                while True:  # a signal that comes just before a wait without end would be missed
                    threading.Event().wait(0.1)
            def tell(): return "told"
        """)
        backend = self.backend(project, options=["--hook-isolation", isolation])
        path = backend.send("stop", **options)
        running = backend.event("running")
        notice = backend.event("notice")["text"]
        self.assertIn(f"stop (pid {running['pid']}) was stopped", notice)
        for _ in range(2):
            self.assertEqual("heartbeat", backend.event_of("notice", "heartbeat")["event"])
        if not options:
            backend.cancel(running["id"], grace_s=20)  # which it does not need
        backend.event("finished", seconds=15)
        answer = json.loads(path.read_text())
        self.assertIn("KeyboardInterrupt", answer["x_traceback"])
        self.assertEqual({"return": "told"}, backend.call("tell"))

    def test_b5_a_hook_that_was_stopped_is_told_and_can_be_cancelled(self):
        for isolation in ("forked", "inline"):
            with self.subTest(isolation):
                self.check(isolation)

    def test_b5_a_hook_that_was_stopped_is_told_and_timed_out(self):
        self.check("forked", x_timeout_s=4)


class Unkillable(BackendTest):
    """A process that hangs in the kernel, where no signal reaches it, holds up nobody."""

    SOURCE = """
        import threading
        def wait(): threading.Event().wait()
        def tell(): return "told"
    """

    def check(self, backend, **options):
        with freezer(self) as freeze:
            path = backend.send("wait", **options)
            running = backend.event("running")
            freeze(running["pid"])
            if not options:
                backend.cancel(running["id"], grace_s=0.05)
            backend.event("finished", seconds=10)
            answer = json.loads(path.read_text())
            stuck = f"process {running['pid']} of wait was killed, is in state D"
            self.assertIn(stuck, answer["x_causes"][-1]["exc_msg"])
            self.assertEqual({"return": "told"}, backend.call("tell"))
            self.assertEqual({"return": "told"}, backend.call("tell"))
        wait_gone(running["pid"])
        self.assertEqual({"return": "told"}, backend.call("tell"))
        self.assertEqual(0, backend.leave())
        return answer

    def test_c4_a_hook_that_cannot_be_killed_is_given_up(self):
        for isolation in ("forked", "inline", "fresh"):
            with self.subTest(isolation):
                backend = self.backend(self.project(self.SOURCE),
                                       options=["--hook-isolation", isolation])
                answer = self.check(backend)
                self.assertEqual("a test", answer["x_cancelled"])

    def test_c4_a_hook_that_cannot_be_killed_is_given_up_at_its_deadline(self):
        backend = self.backend(self.project(self.SOURCE))
        self.assertTrue(self.check(backend, x_timeout_s=0.2)["x_timed_out"])

    def test_c4_a_stray_that_cannot_be_killed_is_told_and_left(self):
        backend = self.backend(self.project("""
            import subprocess
            def leave(fifo):
                child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
                with open(fifo, "w") as file: file.write(str(child.pid))
                with open(fifo) as file: file.read()
            def tell(): return "told"
        """))
        fifo = backend.project.root / "fifo"
        os.mkfifo(fifo)
        with freezer(self) as freeze:
            backend.send("leave", kwargs={"fifo": str(fifo)})
            pid = int(fifo.read_text())
            freeze(pid)
            fifo.write_text("go on")
            self.assertIn(f"could not be killed: sleep (pid {pid})", backend.event("notice")["text"])
            backend.event("finished")
            self.assertEqual({"return": "told"}, backend.call("tell"))
        wait_gone(pid)
        self.assertEqual(0, backend.leave())


if __name__ == "__main__":
    unittest.main()
