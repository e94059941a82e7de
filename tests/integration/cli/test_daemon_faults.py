"""What can happen to the daemon, or to those who use it: builds go on, and nothing is left."""

import contextlib
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import DEADLINE, host_of  # noqa: E402
from daemon_program import DaemonTest, await_end  # noqa: E402
from projects import HELD_UP, WAITING  # noqa: E402
from sanitizer import SLOWNESS, takes_descriptors_away  # noqa: E402


class Deaths(DaemonTest):
    def test_g1_the_daemon_is_killed_while_it_is_idle(self):
        project = self.tiny_project()
        self.build(project)
        self.kill_daemon()
        self.build(project)
        self.assertEqual(self.backend()["leases"], 1)

    def test_g1_the_daemon_is_killed_in_the_middle_of_a_hook(self):
        project = self.tiny_project(self.started.hooks(), HELD_UP)
        os.mkfifo(project.root / "go-on")
        process = self.start("build", "-nw", project.root)
        hook = self.started.wait()[0]
        host = host_of(hook)
        os.kill(self.daemon()["pid"], signal.SIGKILL)
        (project.root / "go-on").write_text("x")
        status, out, err = self.end(process)
        self.assertEqual(status, 0, err)
        await_end(hook, host)

    @takes_descriptors_away
    def test_j1_a_backend_that_can_start_no_hook_is_lent_to_nobody_else(self):
        project = self.tiny_project()
        self.build(project)
        backend = self.backend()["pid"]
        resource.prlimit(backend, resource.RLIMIT_NOFILE, (0, 0))
        self.assertIn("Too many open files", self.build(project, code=1))
        await_end(backend)
        self.build(project)

    @takes_descriptors_away
    def test_j1_an_interpreter_with_other_limits_is_replaced(self):
        project = self.tiny_project("""
            real_build_wheel = build_wheel

            def build_wheel(wheel_directory, *_, **__):
                import resource
                print("files", resource.getrlimit(resource.RLIMIT_NOFILE), flush=True)
                return real_build_wheel(wheel_directory)
        """)
        self.build(project)
        backend = self.backend()["pid"]
        interpreter = Path(f"/proc/{backend}/task/{backend}/children").read_text()
        resource.prlimit(int(interpreter), resource.RLIMIT_NOFILE, (0, 0))
        self.assertIn(f"files {resource.getrlimit(resource.RLIMIT_NOFILE)}\n", self.build(project))
        self.assertEqual(self.backend()["pid"], backend)

    def test_e1_a_leased_backend_is_killed_and_the_daemon_knows_how(self):
        project = self.tiny_project(self.started.hooks(), WAITING)
        process = self.start("build", "-nw", project.root)
        hook = self.started.wait()[0]
        os.kill(host_of(hook), signal.SIGKILL)
        status, _, err = self.end(process)
        self.assertEqual(status, 5, err)
        self.assertIn("was killed by SIGKILL", err)
        await_end(hook)
        self.assertEqual(self.daemon()["backends"], [])

    def test_e1_g1_a_backend_that_has_lost_its_daemon_is_killed(self):
        project = self.tiny_project(self.started.hooks(), WAITING)
        process = self.start("build", "-nw", project.root)
        hook = self.started.wait()[0]
        host, daemon = host_of(hook), self.daemon()["pid"]
        os.kill(daemon, signal.SIGKILL)
        await_end(daemon)
        os.kill(host, signal.SIGKILL)
        status, _, err = self.end(process)
        self.assertEqual(status, 5, err)
        self.assertIn(f"axle-backend (pid {host}) ended in an unknown way", err)
        await_end(hook)

    def test_e1_an_idle_backend_is_killed(self):
        project = self.tiny_project()
        self.build(project)
        pid = self.backend()["pid"]
        os.kill(pid, signal.SIGKILL)
        await_end(pid)
        self.build(project)
        self.assertNotEqual(self.backend()["pid"], pid)

    def test_g9_the_client_is_killed_in_the_middle_of_a_hook(self):
        project = self.tiny_project(self.started.hooks(), WAITING)
        process = self.start("build", "-nw", project.root)
        hook = self.started.wait()[0]
        process.kill()
        self.end(process)
        await_end(hook)
        self.await_backends(0)
        for left in self.tmp.iterdir():  # it could not clear up
            shutil.rmtree(left)


class Chaos(DaemonTest):
    def test_g1_k2_the_daemon_is_killed_at_any_time(self):
        random.seed(11)
        projects = [self.tiny_project() for _ in range(4)]
        killed = 0
        for round_ in range(12):
            builds = [self.start("build", "-nw", project.root) for project in projects]
            for _ in range(random.randint(0, 2)):
                for pid in self.daemon_processes():
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
            for build in builds:
                status, out, err = self.end(build)
                self.assertEqual((status, out.count("\n")), (0, 1), (round_, err))
        self.assertGreater(killed, 3)

    def test_k1_a_hundred_clients_at_once_are_all_served(self):
        sources = [self.tiny_project().root for _ in range(100)]
        status, out, err = self.end(self.start("build", "-nw", "-j16", *sources))
        self.assertEqual((status, out.count("\n")), (0, 100), err)
        self.assertEqual(len(self.daemons()), 1)
        self.assertLessEqual(len(self.daemon()["backends"]), 8)


class Places(DaemonTest):
    def test_g2_the_socket_of_a_dead_daemon_is_no_hindrance(self):
        self.build(self.tiny_project())
        path = self.socket()
        self.kill_daemon()
        self.assertTrue(path.exists())
        with socket.socket(socket.AF_UNIX) as caller, self.assertRaises(ConnectionRefusedError):
            caller.connect(str(path))
        self.build(self.tiny_project())
        self.assertEqual(self.log().count("listens"), 2)

    def test_g4_k3_of_many_starters_one_becomes_the_daemon(self):
        project = self.tiny_project()
        for round_ in (1, 2):
            with self.subTest(round=round_):
                starts = [self.start("daemon", "start") for _ in range(16 // SLOWNESS)]
                told = {self.end(process)[::2] for process in starts}
                self.assertEqual(len(told), 1, told)
                self.assertEqual({status for status, _ in told}, {0})
                self.assertEqual(self.log().count("listens"), round_)
                self.build(project)
                self.kill_daemon()

    def test_g5_a_leaving_daemon_leaves_what_is_not_its_own(self):
        self.build(self.tiny_project())
        path, pid = self.socket(), self.daemon()["pid"]
        path.rename(path.with_suffix(".gone"))
        path.write_text("somebody else's")
        await_end(pid)
        self.assertEqual(path.read_text(), "somebody else's")
        path.unlink()

    def test_g10_without_its_folder_it_leaves(self):
        self.build(self.tiny_project())
        pid = self.daemon()["pid"]
        os.kill(pid, signal.SIGSTOP)  # it would remove files of its own at the same time
        shutil.rmtree(self.folder())
        os.kill(pid, signal.SIGCONT)
        await_end(pid)
        self.build(self.tiny_project())
        self.assertEqual(len(self.daemons()), 1)

    def test_g7_a_stuck_daemon_holds_nobody_up(self):
        project = self.tiny_project()
        self.build(project)
        pid = self.daemon()["pid"]
        os.kill(pid, signal.SIGSTOP)
        err = self.build(project)
        self.assertIn("building without the daemon: the daemon does not answer", err)
        os.kill(pid, signal.SIGCONT)

    def test_g7_a_full_queue_holds_nobody_up(self):
        project = self.tiny_project()
        self.build(project)
        pid = self.daemon()["pid"]
        os.kill(pid, signal.SIGSTOP)
        callers = []
        try:
            while True:
                caller = socket.socket(socket.AF_UNIX)
                caller.setblocking(False)
                callers.append(caller)
                caller.connect(str(self.socket()))
        except BlockingIOError:
            pass
        self.assertIn("building without the daemon: cannot connect", self.build(project))
        for caller in callers:
            caller.close()
        os.kill(pid, signal.SIGCONT)

    def test_m1_a_folder_that_others_can_write_is_not_used(self):
        self.folder().mkdir()
        self.folder().chmod(0o777)
        err = self.build(self.tiny_project())
        self.folder().chmod(0o700)
        self.assertIn("building without the daemon", err)


class Strangers(DaemonTest):
    def setUp(self):
        super().setUp()
        self.build(self.tiny_project())

    def connect(self):
        caller = socket.socket(socket.AF_UNIX)
        caller.settimeout(DEADLINE)
        caller.connect(str(self.socket()))
        self.addCleanup(caller.close)
        return caller

    def test_m7_who_says_nothing_is_sent_away(self):
        for words in (b"", b'{"op":'):
            with self.subTest(words):
                caller = self.connect()
                caller.sendall(words)
                self.assertEqual(caller.recv(100), b"")

    def test_m7_who_talks_nonsense_is_sent_away(self):
        for words in (b"\n", b"[]\n", b'{"op":"fly"}\n', b'{"op":"lease"}\n', b"\xff\xfe\n",
                      b'{"op":"return","started":""}\n', b'{"op":"reap"}\n',
                      b'{"op":"lease","spec":{},"start_timeout_s":1}\n', b"x" * (2 << 20)):
            with self.subTest(words[:30]):
                caller = self.connect()
                try:
                    caller.sendall(words)
                    self.assertEqual(caller.recv(100), b"")
                except (BrokenPipeError, ConnectionResetError):
                    pass
        self.assertEqual(self.backend()["leases"], 1)
        self.build(self.tiny_project())

    @takes_descriptors_away
    def test_j1_a_daemon_that_cannot_take_connections_leaves(self):
        self.stop()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (48, hard))
        try:
            self.build(self.tiny_project())
            pid = self.daemon()["pid"]
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        path = self.socket()
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
            while True:  # until there is nobody to connect to
                caller = socket.socket(socket.AF_UNIX)
                self.addCleanup(caller.close)
                caller.connect(str(path))
        await_end(pid)
        self.assertIn("it cannot take connections", self.log())
        self.build(self.tiny_project())
        self.assertNotEqual(self.daemon()["pid"], pid)

    def test_k5_a_flood_of_requests_is_survived(self):
        callers = [self.connect() for _ in range(100)]
        for caller in callers:
            try:
                caller.sendall(b'{"op":"status"}\n' * 2000)
            except (BrokenPipeError, ConnectionResetError):
                pass
        self.build(self.tiny_project())
        for caller in callers:  # so the daemon has come to the end of it before it is told to stop
            with contextlib.suppress(ConnectionResetError):
                while caller.recv(65536):
                    pass

    def test_k5_who_asks_without_end_is_sent_away(self):
        caller = self.connect()
        caller.sendall(b'{"op":"status"}\n' * 100)
        answers = b""
        with contextlib.suppress(ConnectionResetError):  # what it has not read is lost
            while data := caller.recv(65536):
                answers += data
        self.assertIn(answers.count(b"\n"), range(1, 17))
        self.assertIn("it asks too much", self.log())

    @unittest.skipUnless(os.geteuid() == 0, "only root can be two users")
    def test_m3_another_user_cannot_connect(self):
        code = f"import os,socket; os.setuid(65534); socket.socket(socket.AF_UNIX).connect({str(self.socket())!r})"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        self.assertIn("PermissionError", run.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "only root can be two users")
    def test_m4_another_users_daemon_is_told_nothing(self):
        path, pid = self.socket(), self.daemon()["pid"]
        self.stop()
        await_end(pid)
        fake = socket.socket(socket.AF_UNIX)
        self.addCleanup(fake.close)
        fake.bind(str(path))
        os.chmod(path, 0o777)
        os.seteuid(65534)  # the system remembers who listens
        try:
            fake.listen()
        finally:
            os.seteuid(0)
        self.assertIn("is another user's", self.build(self.tiny_project()))
        fake.settimeout(DEADLINE)
        caller = fake.accept()[0]
        self.addCleanup(caller.close)
        self.assertEqual(caller.recv(100), b"")
        path.unlink()


if __name__ == "__main__":
    unittest.main()
