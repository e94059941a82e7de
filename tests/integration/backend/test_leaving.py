"""What a hook process says of its own end is believed as far as that can do no harm."""

import json
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import Backend, Project, wait_gone  # noqa: E402

HOOKS = """
    import os, threading, time

    ANSWER = b'{"return": "forged"}\\n'
    LEFT = b'{"left": true, "user_us": 0, "system_us": 0}\\n'

    def say(what):
        for name in os.listdir("/proc/self/fd"):
            try:
                if int(name) > 100 and os.readlink("/proc/self/fd/" + name).startswith("pipe:"):
                    os.write(int(name), what)
            except OSError:
                pass

    def lie(): say(ANSWER + LEFT); threading.Event().wait()
    def lie_and_return(): say(ANSWER + LEFT); time.sleep(0.1)
    def lie_too_early(): say(LEFT + LEFT); return "true"
    def no_outcome(): say(b"[]\\n"); return "late"
    def odd_times(): say(ANSWER + LEFT.replace(b"0", b"-5")); return "late"
    def flood():
        while True: say(b"{}\\n" * 10_000)
    def wait(path): open(path).close()
    def pid(): return os.getpid()
"""


class Leaving(unittest.TestCase):
    def backend(self, *options):
        project = Project(HOOKS)
        self.addCleanup(project.close)
        backend = Backend(project, options=options)
        self.addCleanup(backend.close)
        return backend

    def call_liar(self, backend):
        """The process of a hook that says that it leaves, and stays."""
        result = backend.send("lie")
        liar = backend.event("running")["pid"]
        backend.event("finished")
        self.assertEqual({"return": "forged"}, json.loads(result.read_text()))
        return liar

    def test_d5_one_that_says_it_leaves_and_stays_is_killed(self):
        backend = self.backend()
        wait_gone(self.call_liar(backend))
        self.assertIsInstance(backend.call("pid")["return"], int)
        self.assertEqual(0, backend.leave())

    def test_d5_so_it_is_while_the_next_hook_runs(self):
        backend = self.backend()
        liar = self.call_liar(backend)
        gate = backend.project.root / "gate"
        os.mkfifo(gate)
        backend.send("wait", kwargs={"path": str(gate)})
        backend.event("running")
        wait_gone(liar)
        os.close(os.open(gate, os.O_WRONLY))
        backend.event("finished")
        self.assertEqual(0, backend.leave())

    def test_d5_one_that_does_not_fork_says_nothing_of_the_kind(self):
        for isolation in ("inline", "fresh"):
            with self.subTest(isolation):
                backend = self.backend("--hook-isolation", isolation)
                answer = backend.call("lie_and_return")
                self.assertEqual({"return": "forged"}, answer)
                first = backend.call("pid")["return"]
                second = backend.call("pid")["return"]
                self.assertEqual(isolation == "inline", first == second)
                self.assertEqual(0, backend.leave())

    def test_d5_two_liars_of_their_own_interpreters_do_not_make_it_hang(self):
        backend = self.backend("--hook-isolation", "fresh")
        for _ in range(2):
            result = backend.send("lie", x_timeout_s=1)
            backend.event("finished")
            self.assertEqual({"return": "forged"}, json.loads(result.read_text()))
        self.assertEqual(0, backend.leave())

    def test_d5_what_comes_before_the_answer_is_one(self):
        backend = self.backend()
        for hook in ("lie_too_early", "no_outcome"):
            with self.subTest(hook):
                for _ in range(5):
                    self.assertEqual("ProtocolError", backend.call(hook)["exc_type"])
        self.assertEqual({"return": "forged"}, backend.call("odd_times"))
        self.assertGreaterEqual(backend.finished.get("user_us", 0), 0)
        self.assertEqual(0, backend.leave())

    def test_c1_one_that_writes_without_end_is_stopped_in_time(self):
        backend = self.backend()
        backend.send("flood", x_timeout_s=1)
        flood = backend.event("running")["pid"]
        backend.event("finished")
        wait_gone(flood)
        self.assertIsInstance(backend.call("pid")["return"], int)
        self.assertEqual(0, backend.leave())


if __name__ == "__main__":
    unittest.main()
