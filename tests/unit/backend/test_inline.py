"""Hooks inside the warm interpreter, one after another (the isolation `inline`).

    python3 tests/unit/backend/test_inline.py [-v] [Class.test_name]

Ids such as A4 in the names of tests are those of the faults that they inject.
"""

import os
import pathlib
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zygote_driver import Case


class InlineTest(Case):
    SOURCE = """
    import os, signal, sys, time
    calls = []
    def where():
        calls.append(1)
        return [os.getpid(), len(calls)]
    def change_all():
        os.umask(0o777)
        os.chdir("/")
        os.environ["CHANGED"] = "1"
        del os.environ["PATH"]
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.argv = ["x"]
        sys.path.insert(0, "/x")
        sys.stdout = sys.stderr = sys.stdin = None
        os.close(0)
        os.dup2(2, 1)
    def look():
        mask = os.umask(0)
        os.umask(mask)
        print("still here")
        return [mask, os.getcwd(), dict(os.environ),
                signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
                signal.getsignal(signal.SIGINT) is signal.default_int_handler, sys.argv, sys.path,
                sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])), os.read(0, 1).decode()]
    def fails(): raise SystemExit(3)
    def forks():
        pid = os.fork()
        return os.waitpid(pid, 0)[1] if pid else None
    def waits(path):
        os.close(os.open(path, os.O_WRONLY))
        while True: signal.pause()
    def fds(): return len(os.listdir("/proc/self/fd"))
    def ring():
        signal.signal(signal.SIGALRM, lambda *_: 1 / 0)
        signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    def listen():
        end = time.monotonic() + 0.03
        while time.monotonic() < end: pass
        return signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    """

    def test_hooks_run_in_the_zygote(self):
        host = self.started(self.SOURCE, isolation="inline")
        self.assertEqual(host.call("where"), {"return": [host.pid, 1]})
        self.assertEqual(host.call("where"), {"return": [host.pid, 2]})

    def test_d10_the_process_is_put_back_in_order(self):
        host = self.started(self.SOURCE, isolation="inline")
        before = host.call("look")
        answer = host.call("change_all", umask=0o70, cwd="/", env={"PATH": "1"})
        self.assertEqual(answer, {"return": None})
        self.assertEqual(host.call("look"), before)
        self.assertEqual(before["return"][3:5], [True, True])
        self.assertEqual(before["return"][7], [])
        self.assertEqual(host.output(), "still here\n" * 2)

    def test_d10_timers_end_with_their_hook(self):
        host = self.started(self.SOURCE, isolation="inline")
        self.assertIn(host.call("ring").get("exc_type"), (None, "ZeroDivisionError"))
        self.assertEqual(host.call("listen"), {"return": True})

    def test_a2_failures_leave_the_zygote_alive(self):
        host = self.started(self.SOURCE, isolation="inline")
        self.assertEqual(host.call("fails")["code"], 3)
        self.assertEqual(host.call("absent")["exc_type"], "MissingCommand")
        self.assertEqual(host.call("where"), {"return": [host.pid, 1]})

    def test_d5_a_copy_does_not_answer(self):
        host = self.started(self.SOURCE, isolation="inline")
        self.assertEqual(host.call("forks"), {"return": 0})
        self.assertEqual(host.call("where"), {"return": [host.pid, 1]})

    def test_sigint_stops_the_hook_and_not_the_zygote(self):
        host = self.started(self.SOURCE, isolation="inline")
        path = os.path.join(self.folder, "ready")
        os.mkfifo(path)
        hook = host.begin("waits", {"path": path})
        os.close(os.open(path, os.O_RDONLY))
        os.kill(hook.pid, signal.SIGINT)
        self.assertEqual(hook.answer()["exc_type"], "KeyboardInterrupt")
        os.close(hook.reply)
        os.kill(host.pid, signal.SIGINT)
        self.assertEqual(host.call("where"), {"return": [host.pid, 1]})

    def test_descriptors_do_not_pile_up(self):
        host = self.started(self.SOURCE, isolation="inline")
        self.assertEqual(len({host.call("fds")["return"] for _ in range(5)}), 1)

    def test_fresh_ends_with_its_hook(self):
        host = self.started("import atexit\ndef hook(): atexit.register(print, 'bye')\n", "fresh")
        self.assertEqual(host.call("hook"), {"return": None})
        self.assertEqual(host.wait(), 0)
        self.assertEqual(host.output(), "bye\n")

    def test_a_relative_folder_is_that_of_the_start(self):
        self.write("cwd/tree/backend.py", self.SOURCE)
        host = self.host()
        answer = host.start("backend", backend_path=["tree"])
        self.assertEqual(answer["op"], "started", answer)
        self.assertEqual(host.call("where", cwd="/")["return"][1], 1)

    def test_an_in_tree_backend_is_imported_once(self):
        self.write("tree/backend.py", self.SOURCE)
        host = self.host()
        tree = os.path.join(self.folder, "tree")
        answer = host.start("backend", backend_path=[tree], isolation="inline")
        self.assertEqual(answer["op"], "started", answer)
        host.call("where")
        self.assertEqual(host.call("where"), {"return": [host.pid, 2]})
        self.assertEqual(host.call("look")["return"][6][0], tree)


if __name__ == "__main__":
    unittest.main()
