"""Whoever dies of frontend, host, interpreter and hook: the others notice, and nothing is left."""

import os
import signal
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import Backend, Project, wait_gone  # noqa: E402


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
