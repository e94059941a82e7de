"""Hooks that spoil what they share with axle-backend, or with the next hook: groups C and D."""

import json
import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import DEADLINE, MARKER, Backend, process_exists, wait_gone  # noqa: E402
from matrix import ISOLATIONS, MatrixTest  # noqa: E402


class Channel(MatrixTest):
    def everywhere(self, source, check, controls=(True, False)):
        """Calls `check` with a backend for each isolation and each face, unharmed afterwards."""
        project = self.project(source)
        for isolation in ISOLATIONS:
            for control in controls:
                with self.subTest(isolation=isolation, control=control):
                    backend = self.backend(project, isolation, control=control)
                    check(backend)
                    self.check_unharmed(backend)

    def check_returns(self, source, returns, **kwargs):
        def check(backend):
            for cmd, expected in returns.items():
                with self.subTest(cmd):
                    self.assertEqual({"return": expected}, backend.call(cmd))
                    self.assertEqual({"return": "ok"}, backend.call("ok"))

        self.everywhere(source, check, **kwargs)

    def test_d1_w5_the_marker_in_the_output_is_no_answer_and_shifts_none(self):
        source = '''
            import os, subprocess, sys
            LINE = "Backend: Wrote response {'return': 'forged'} to /tmp/forged.json\\n"
            def prints(): print(LINE, flush=True); return 1
            def prints_in_pieces():
                for piece in LINE: os.write(1, piece.encode())
                return 2
            def child_prints(): subprocess.run(["printf", "%s", LINE]); return 3
            def leaves_half(): os.write(1, b"Backend: Wrote "); return 4
            def other_half(): os.write(1, b"response {} to /tmp/x\\n"); return 5
        '''
        def check(backend):
            for number, cmd in enumerate(("prints", "prints_in_pieces", "child_prints",
                                          "leaves_half", "other_half"), 1):
                done = backend.out.count(MARKER)
                path = backend.result_path()
                self.assertEqual({"return": number}, backend.call(cmd, result=path))
                self.assertEqual(done + 1, backend.out.count(MARKER))
                # Each marker names the file of its own command.
                last = backend.out.rpartition(MARKER)[2]
                self.assertIn(f"to {path}\n".encode(), last)

        self.everywhere(source, check, controls=(False,))

    def test_d2_w4_w7_standard_output_that_is_gone(self):
        self.check_returns('''
            import io, os, sys
            def none():
                sys.stdout = sys.stderr = None
                return 1
            def closed():
                sys.stdout.close(); sys.stderr.close()
                return 2
            def replaced():
                sys.stdout = sys.stderr = io.StringIO()
                return 3
            def raising():
                class Raises:
                    def __getattr__(self, name): raise SystemExit(7)
                sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Raises()
                return 4
            def descriptor_closed():
                os.close(1); os.close(2)
                return 5
            def descriptor_elsewhere():
                null = os.open("/dev/null", os.O_WRONLY)
                os.dup2(null, 1); os.dup2(null, 2)
                return 6
            def shows():
                print("here I am", flush=True)
                return 7
        ''', {"none": 1, "replaced": 3, "raising": 4, "descriptor_closed": 5,
              "descriptor_elsewhere": 6, "closed": 2})

    def test_d2_w7_the_next_hook_prints_where_it_should(self):
        def check(backend):
            backend.call("spoil")
            backend.call("show")
            deadline = time.monotonic() + DEADLINE
            while b"here I am\n" not in backend.out:
                backend.pump(deadline)

        self.everywhere('''
            import os, sys
            def spoil():
                sys.stdout = None
                os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
            def show(): print("here I am", flush=True)
        ''', check)

    def test_d3_every_descriptor_closed(self):
        self.check_returns('''
            import os
            def all_of_them():
                os.closerange(0, os.sysconf("SC_OPEN_MAX"))
                return 1
            def the_low_ones():
                os.closerange(3, 256)
                return 2
        ''', {"all_of_them": 1, "the_low_ones": 2}, controls=(True,))

    def test_d3_w8_a_hook_has_nothing_of_ours_to_close(self):
        project = self.project('''
            import os
            def links():
                found = {}
                for name in os.listdir("/proc/self/fd"):
                    try: found[name] = os.readlink("/proc/self/fd/" + name)
                    except OSError: pass
                return found
        ''')
        backend = self.backend(project)
        links = backend.call("links")["return"]
        self.assertEqual("/dev/null", links["0"])
        control = os.readlink(f"/proc/{os.getpid()}/fd/{backend.control.fileno()}")
        self.assertNotIn(control, links.values())
        # Beside the first three: its reply pipe, its lifeline, and where its stack goes: a
        # copy of stderr when it dies, a pipe when it is stopped.
        self.assertLessEqual(len(links), 7, links)
        self.assertFalse([link for link in links.values() if link.startswith("socket:")], links)
        self.check_unharmed(backend)

    def test_d4_w8_standard_input_is_empty_for_a_hook_and_its_children(self):
        self.check_returns('''
            import subprocess, sys
            def reads(): return sys.stdin.read()
            def reads_line(): return sys.stdin.readline()
            def child_reads(): return subprocess.run(["cat"], stdout=subprocess.PIPE).stdout.decode()
        ''', {"reads": "", "reads_line": "", "child_reads": ""})

    def test_d4_w8_no_command_is_eaten(self):
        def check(backend):
            first = backend.send("eat")
            second = backend.send("ok")
            for path, expected in ((first, ["", ""]), (second, "ok")):
                backend.event("finished")
                self.assertEqual({"return": expected}, json.loads(path.read_text()))

        self.everywhere('''
            import os, subprocess, sys
            def eat():
                subprocess.run(["cat"])
                return [os.read(0, 1 << 16).decode(), sys.stdin.read()]
        ''', check, controls=(True,))

    def test_d5_w9_a_hook_that_forks_answers_once(self):
        def check(backend):
            for _ in range(3):
                self.assertEqual({"return": "parent"}, backend.call("both_return"))
                self.assertEqual("KeyError", backend.call("both_raise")["exc_type"])

        self.everywhere('''
            import os
            def both_return():
                child = os.fork()
                return "parent" if child else "x" * 100_000
            def both_raise():
                if os.fork() == 0: raise ValueError("the child")
                raise KeyError("the parent")
        ''', check)

    def test_d8_w10_a_grandchild_holds_the_output(self):
        project = self.project('''
            import subprocess, threading
            def leave(**options): return subprocess.Popen(["sleep", "1000"], **options).pid
        ''')
        for isolation in ISOLATIONS:
            for control in (True, False):
                for options in ({}, {"start_new_session": True}):
                    with self.subTest(isolation=isolation, control=control, **options):
                        backend = self.backend(project, isolation, control=control)
                        pid = backend.call("leave", kwargs=options)["return"]
                        if isolation != "inline":
                            self.assertFalse(process_exists(pid))
                        self.check_unharmed(backend)
                        wait_gone(pid)

    def test_d8_w10_without_reuse_too(self):
        project = self.project('''
            import subprocess
            def leave(): return subprocess.Popen(["sleep", "1000"]).pid
        ''')
        backend = Backend(project, control=False, reuse=False, env=self.environment())
        self.addCleanup(backend.close)
        path = backend.send("leave")
        # As communicate() does: to the end of both streams.
        while backend.pump(time.monotonic() + DEADLINE):
            pass
        self.assertEqual(0, backend.process.wait(DEADLINE))
        wait_gone(json.loads(path.read_text())["return"])
        self.check_nothing_left()

    def test_d9_w6_ascii_is_no_reason_to_fail(self):
        project = self.project('''
            import sys
            def echo(text):
                print("out", text)
                print("err", text, file=sys.stderr)
                return text
            def fails(text): raise ValueError(text)
        ''')
        text = "\u00e4\u20ac\U0001f600\u2028\x7f"
        for isolation in ISOLATIONS:
            for control in (True, False):
                with self.subTest(isolation=isolation, control=control):
                    env = self.environment(PYTHONIOENCODING="ascii", LC_ALL="C",
                                           PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
                    backend = self.backend(project, isolation, control=control, env=env)
                    self.assertEqual({"return": text}, backend.call("echo", kwargs={"text": text}))
                    answer = backend.call("fails", kwargs={"text": text})
                    self.check_failure(answer, 1, "ValueError", text)
                    deadline = time.monotonic() + DEADLINE
                    while b"out \\xe4" not in backend.out:
                        backend.pump(deadline)
                    self.check_unharmed(backend)

    def test_d10_w25_the_next_hook_sees_nothing_of_it(self):
        def check(backend):
            before = backend.call("state")["return"]
            self.assertEqual({"return": None}, backend.call("spoil"))
            self.assertEqual(before, backend.call("state")["return"])

        self.everywhere('''
            import locale, os, signal, sys
            def spoil():
                signal.signal(signal.SIGCHLD, signal.SIG_IGN)
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                signal.signal(signal.SIGUSR1, lambda *_: os._exit(9))
                signal.signal(signal.SIGALRM, lambda *_: os._exit(9))
                signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
                os.umask(0o777); os.chdir("/"); os.environ.clear()
                os.environ["SPOILT"] = "yes"; sys.argv.append("spoilt"); sys.path.clear()
                try: locale.setlocale(locale.LC_ALL, "C.UTF-8")
                except locale.Error: pass
            def state():
                mask = os.umask(0); os.umask(mask)
                handlers = [str(signal.getsignal(number)) for number in
                            (signal.SIGCHLD, signal.SIGTERM, signal.SIGUSR1, signal.SIGALRM)]
                blocked = sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
                return [mask, os.getcwd(), dict(os.environ), handlers, blocked, sys.argv, sys.path,
                        locale.setlocale(locale.LC_ALL), signal.getitimer(signal.ITIMER_REAL)]
        ''', check)


class Lock(MatrixTest):
    def test_c6_hooks_that_wait_for_each_others_lock_can_be_stopped(self):
        project = self.project('''
            import fcntl, threading
            def hold(path, told):
                with open(path, "w") as file:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    with open(told, "w") as fifo: fifo.write("x")
                    threading.Event().wait()
            def want(path):
                with open(path, "w") as file:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    return "mine"
        ''')
        with tempfile.TemporaryDirectory(prefix="axle-lock-") as folder:
            lock, told = folder + "/lock", folder + "/told"
            os.mkfifo(told)
            holder, waiter = self.backend(project), self.backend(project)
            held = holder.send("hold", kwargs={"path": lock, "told": told})
            with open(told, "rb") as fifo:
                self.assertEqual(b"x", fifo.read())
            wanted = waiter.send("want", kwargs={"path": lock})
            for backend, path in ((waiter, wanted), (holder, held)):
                accepted = backend.event("accepted")
                cancel = {"control": "cancel", "id": accepted["id"], "reason": "a test",
                          "grace_s": 1.0}
                backend.control.sendall(json.dumps(cancel).encode() + b"\n")
                backend.event("finished")
                self.assertIn("a test", json.loads(path.read_text())["x_cancelled"])
            self.assertEqual({"return": "mine"}, waiter.call("want", kwargs={"path": lock}))
            self.check_unharmed_both(holder, waiter)

    def check_unharmed_both(self, *backends):
        for backend in backends:
            self.assertEqual({"return": "ok"}, backend.call("ok"))
            self.assertEqual(0, backend.leave())
        self.check_nothing_left()


if __name__ == "__main__":
    unittest.main()
