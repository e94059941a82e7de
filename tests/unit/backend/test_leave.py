"""What a hook process says before it ends (HookCall.take_leave in backend/python/hook_call.py).

    python3 tests/unit/backend/test_leave.py [-v] [Class.test_name]
"""

import fcntl
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zygote_driver import Case, read_line

BACKEND = """
import atexit, fcntl, os, subprocess, sys, threading

def work():
    return sum(range(3_000_000)) > 0

def start_a_process():
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"],
                               stdin=subprocess.PIPE)
    atexit.unregister(process.wait)
    return process.pid

def start_a_thread():
    threading.Thread(target=threading.Event().wait, daemon=True).start()

def wait_for_a_process():
    return subprocess.call([sys.executable, "-c", "sum(range(3_000_000))"])

def hold(path):
    # So much memory that its end would give the lock back late.
    globals()["memory"] = b"x" * (300 << 20)
    globals()["file"] = open(path, "w")
    fcntl.flock(file, fcntl.LOCK_EX)

def say_at_the_end():
    atexit.register(print, "at the end")

def close_all():
    os.closerange(0, 10_000)

def fork_at_the_end(path):
    def fork():
        child = os.fork()
        if child == 0: return
        os.waitpid(child, 0)
        open(path, "w").close()
    atexit.register(fork)

def fail():
    raise ValueError("no")
"""


class LeaveTest(Case):
    def setUp(self):
        super().setUp()
        self.write("backend.py", BACKEND)
        self.zygote = self.host()
        self.assertEqual(self.zygote.start("backend")["op"], "started")

    def leave_of(self, cmd, **kwargs):
        """What the hook process says after its answer, once it has ended."""
        hook = self.zygote.begin(cmd, kwargs)
        hook.answer()
        self.assertEqual(hook.reap(), 0)
        self.assertEqual(hook.rest(), b"")
        hook.close()
        return hook.left

    def await_leave(self, hook):
        """Until the hook, which has answered, says that it leaves."""
        if not hook.read:
            hook.read = read_line(hook.reply)
        self.assertIs(json.loads(hook.read)["left"], True)

    def test_one_that_is_alone_says_so_and_what_it_took(self):
        left = self.leave_of("work")
        self.assertEqual({"left", "user_us", "system_us"}, left.keys())
        self.assertIs(left["left"], True)
        self.assertGreater(left["user_us"], 5_000)
        self.assertLess(self.leave_of("say_at_the_end")["user_us"], left["user_us"])

    def test_what_processes_took_that_it_waited_for_counts(self):
        self.assertGreater(self.leave_of("wait_for_a_process")["user_us"], 5_000)

    def test_a_failure_is_no_hindrance(self):
        self.assertIs(self.leave_of("fail")["left"], True)

    def test_one_with_a_child_or_a_thread_says_nothing(self):
        for cmd in ("start_a_process", "start_a_thread"):
            with self.subTest(cmd):
                self.assertIsNone(self.leave_of(cmd))

    def test_one_that_closed_its_pipe_after_all_says_it_in_the_one_it_opened(self):
        self.assertIs(self.leave_of("close_all")["left"], True)

    def test_exit_handlers_come_before(self):
        hook = self.zygote.begin("say_at_the_end")
        hook.answer()
        self.await_leave(hook)
        self.assertEqual(self.zygote.output(), "at the end\n")
        self.assertEqual(hook.reap(), 0)
        hook.close()

    def test_a_copy_that_an_exit_handler_forks_does_not_speak_for_it(self):
        path = os.path.join(self.folder, "written at the end")
        hook = self.zygote.begin("fork_at_the_end", {"path": path})
        hook.answer()
        self.await_leave(hook)  # of one of them, and so of the last
        self.assertTrue(os.path.exists(path))
        self.assertEqual(hook.reap(), 0)
        self.assertEqual(hook.rest(), b"")
        hook.close()

    def test_its_locks_are_free_when_it_has_said_so(self):
        path = os.path.join(self.folder, "lock")
        hook = self.zygote.begin("hold", {"path": path})
        hook.answer()
        self.await_leave(hook)
        with open(path) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.assertEqual(hook.reap(), 0)
        hook.close()

    def test_the_next_hook_does_not_inherit_the_pipe_of_one_that_leaves(self):
        first = self.zygote.begin("work")
        first.answer()
        second = self.zygote.begin("start_a_process")  # which has the descriptors of its parent
        child = second.answer()["return"]
        self.assertEqual(first.reap(), 0)
        self.assertEqual(first.rest(), b"")  # so its pipe has an end
        self.assertEqual(second.reap(), 0)
        os.kill(child, 9)
        for hook in (first, second):
            hook.close()


if __name__ == "__main__":
    unittest.main()
