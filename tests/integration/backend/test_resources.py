"""What a build takes too much of, such as memory and processes, ends the hook and nothing else."""

import os
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import Backend, BackendTest, process_exists  # noqa: E402
from cgroups import cgroup, failed_forks, few_processes, inside, processes_in  # noqa: E402
from sanitizer import SLOWNESS  # noqa: E402


class Memory(BackendTest):
    SOURCE = """
        import os, signal
        from pathlib import Path
        def devour():
            kept = []
            while True: kept.append(bytearray(os.urandom(1 << 20)))
        def kill(): os.kill(os.getpid(), signal.SIGKILL)
        def scores():
            pids = [os.getpid(), os.getppid()]
            return [int(Path(f"/proc/{pid}/oom_score_adj").read_text()) for pid in pids]
    """

    def test_b4_j4_a_hook_that_takes_all_memory_is_told_as_such(self):
        for isolation in ("forked", "inline", "fresh"):
            with self.subTest(isolation), cgroup("memory", self) as group:
                (group / "memory.limit_in_bytes").write_text(str(100 << 20))
                with inside(group), Backend(
                        self.project(self.SOURCE),
                        options=["--hook-isolation", isolation]) as backend:
                    host = backend.process.pid
                    for _ in range(2):
                        answer = backend.call("devour")
                        self.assertTrue(answer["x_oom"])
                        self.assertEqual(137, answer["code"])
                        self.assertIn("was killed by SIGKILL: the system ran out of memory",
                                      answer["exc_msg"])
                        answer = backend.call("kill")
                        self.assertNotIn("x_oom", answer)
                        self.assertEqual("kill was killed by SIGKILL", answer["exc_msg"])
                    self.assertTrue(process_exists(host))
                    self.assertEqual(0, backend.leave())

    def test_j4_hooks_go_before_the_interpreter_and_the_host(self):
        ours = int(Path("/proc/self/oom_score_adj").read_text())
        with Backend(self.project(self.SOURCE)) as backend:
            self.assertEqual([min(ours + 500, 1000), ours], backend.call("scores")["return"])
        for isolation in ("inline", "fresh"):
            with self.subTest(isolation), Backend(
                    self.project(self.SOURCE), options=["--hook-isolation", isolation]) as backend:
                for _ in range(2):
                    self.assertEqual([min(ours + 500, 1000), ours], backend.call("scores")["return"])


class ForkBomb(BackendTest):
    # It goes off in its group only, and burns out by itself.
    SOURCE = """
        import os, signal, time
        from pathlib import Path
        def bomb():
            assert "/axle-test-" in Path("/proc/self/cgroup").read_text()
            os.nice(19)
            for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, signal.SIG_IGN)
            end = time.monotonic() + 60
            while time.monotonic() < end:
                try: child = os.fork()
                except OSError: continue
                if child == 0: os.setsid()
        def bomb_that_stays_behind():
            if os.fork() == 0: bomb()
        def tell(): return "told"
    """
    LONGEST = 1 + 5 + 2 + 10 * SLOWNESS  # seconds: its time, to stop it, to sweep, and for a busy machine

    def test_j5_a_fork_bomb_ends_with_its_hook(self):
        for hook in ("bomb", "bomb_that_stays_behind"):
            with self.subTest(hook), few_processes(self, 40) as group:
                with inside(group):
                    backend = self.backend(self.project(self.SOURCE))
                ours = {backend.process.pid, backend.interpreter()}
                self.assertEqual(ours, set(processes_in(group)))
                begun = time.monotonic()
                # Only the one that does not return by itself is to run out of time.
                answer = backend.call(hook, x_timeout_s=1 if hook == "bomb" else 30)
                self.assertLess(time.monotonic() - begun, self.LONGEST)
                if hook == "bomb":
                    self.assertTrue(answer["x_timed_out"])
                    self.assertGreater(failed_forks(group), 0)  # it filled its group
                else:
                    self.assertEqual({"return": None}, answer)
                self.assertEqual(ours, set(filter(process_exists, processes_in(group))))
                self.assertEqual({"return": "told"}, backend.call("tell"))
                self.assertEqual(0, backend.leave())


if __name__ == "__main__":
    unittest.main()
