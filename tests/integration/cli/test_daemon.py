"""The daemon that keeps backends warm: who uses it, what it lends, and that nobody sees the difference."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import DEADLINE, axle_path  # noqa: E402
from daemon_program import DaemonTest, await_end  # noqa: E402
from local_wheels import PYPROJECT, LocalWheels  # noqa: E402
from projects import HELD_UP, WAITING  # noqa: E402

SURROUNDED = """
    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        mask = os.umask(0)
        os.umask(mask)
        print("mask", oct(mask), "colour", os.environ.get("COLOUR"), "in", os.getcwd(), flush=True)
        print("variables", sorted(name for name in os.environ if name.startswith("COLOUR")))
        os.environ["COLOUR_LEFT"] = "1"
        return real_build_wheel(wheel_directory)
"""


class Warm(DaemonTest):
    def test_a_backend_serves_one_build_after_another(self):
        project = self.tiny_project()
        for number in (1, 2, 3):
            self.build(project)
            backend = self.backend()
            self.assertEqual(backend["leases"], number)
            self.assertFalse(backend["leased"])
            if number > 1:
                self.assertEqual(backend["pid"], first)
            first = backend["pid"]
        self.assertEqual(self.log().count("listens"), 1)

    def test_hooks_are_in_the_surroundings_of_their_own_build(self):
        one = self.tiny_project(SURROUNDED)
        for mask, colour in ((0o22, "red"), (0o77, "blue")):
            before = os.umask(mask)
            try:
                err = self.build(one, env={"COLOUR": colour})
            finally:
                os.umask(before)
            self.assertIn(f"mask {mask:#o} colour {colour} in {one.root}\n", err)
            self.assertIn("variables ['COLOUR']\n", err)
        err = self.build(one)
        self.assertIn("colour None", err)
        self.assertEqual(self.backend()["leases"], 3)

    def test_two_builds_at_once_have_two_backends(self):
        project, other = self.tiny_project(self.started.hooks(), HELD_UP), self.tiny_project()
        os.mkfifo(project.root / "go-on")
        process = self.start("build", "-nw", project.root)
        self.started.wait()
        self.build(other)
        self.assertEqual([b["leased"] for b in self.daemon()["backends"]].count(True), 1)
        (project.root / "go-on").write_text("x")
        self.assertEqual(self.end(process)[0], 0)
        self.assertEqual(len(self.daemon()["backends"]), 2)

    def test_what_python_reads_at_its_start_makes_another_backend(self):
        project = self.tiny_project("""
            real_build_wheel = build_wheel

            def build_wheel(wheel_directory, *_, **__):
                import sys
                print("hash", hash("x"), sys.flags.hash_randomization, flush=True)
                return real_build_wheel(wheel_directory)
        """)
        seeded = {"PYTHONHASHSEED": "7"}
        expected = subprocess.run([sys.executable, "-c", "print('hash', hash('x'))"], check=True,
                                  capture_output=True, text=True, env=seeded).stdout.strip()
        self.build(project)
        err = self.build(project, env={**seeded, "AXLE_PYTHON": sys.executable})
        self.assertEqual(len(self.daemon()["backends"]), 2)
        python = self.start("build", "-nwv", "--python", sys.executable, project.root, env=seeded)
        status, _, err = self.end(python)
        self.assertEqual(status, 0)
        self.assertIn(expected, err)

    def test_g6_other_limits_make_another_daemon(self):
        project = self.tiny_project("""
            real_build_wheel = build_wheel

            def build_wheel(wheel_directory, *_, **__):
                import resource
                print("files", resource.getrlimit(resource.RLIMIT_NOFILE)[0], flush=True)
                return real_build_wheel(wheel_directory)
        """)
        self.build(project)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
        try:
            err = self.build(project)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        self.assertIn("files 200\n", err)
        self.assertEqual([len(daemon["backends"]) for daemon in self.daemons()], [1, 1])

    def test_failures_and_time_outs_leave_the_backend_to_the_next(self):
        project = self.tiny_project(self.started.hooks(), """
            real_build_wheel = build_wheel

            def build_wheel(wheel_directory, *_, **__):
                how = os.environ.get("HOW")
                if how == "raise": raise ValueError("not today")
                if how == "exit": os._exit(3)
                if how == "segfault":
                    import ctypes
                    ctypes.string_at(0)
                if how == "hang":
                    import threading
                    threading.Event().wait()
                return real_build_wheel(wheel_directory)
        """)
        self.build(project)
        first = self.backend()["pid"]
        for how, code, words in (("raise", 1, "ValueError: not today"), ("exit", 1, "code 3"),
                                 ("segfault", 1, "SIGSEGV")):
            with self.subTest(how):
                self.assertIn(words, self.build(project, code, env={"HOW": how}))
        hanging = self.start("build", "-nw", "--timeout", "1", project.root, env={"HOW": "hang"})
        self.assertEqual(self.end(hanging)[0], 6)
        self.build(project)
        self.assertEqual(self.backend()["pid"], first)

    def test_ctrl_c_ends_the_build_and_not_the_daemon(self):
        project = self.tiny_project(self.started.hooks(), WAITING)
        process = self.start("build", "-nw", project.root)
        hook = self.started.wait()[0]
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.end(process)[0], 130)
        await_end(hook)
        self.assertEqual(len(self.daemons()), 1)


class Use(DaemonTest):
    def test_in_ci_it_is_used_where_that_is_asked_for(self):
        project = self.tiny_project()
        del self.environment["AXLE_DAEMON"]
        for options, env, daemons in (((), {"CI": "true"}, 0), (("--no-daemon",), {}, 0),
                                      ((), {"AXLE_DAEMON": "0"}, 0), ((), {"CI": "false"}, 1)):
            with self.subTest(options=options, env=env):
                status, _, err = self.end(
                    self.start("build", "-nw", *options, project.root, env=env))
                self.assertEqual(status, 0, err)
                self.assertEqual(len(self.daemons()), daemons)
        self.stop()
        self.end(self.start("build", "-nw", "--daemon", project.root, env={"CI": "1"}))
        self.assertEqual(len(self.daemons()), 1)

    def test_mistakes_are_told(self):
        project = self.tiny_project()
        for arguments, env, words in (
            (("build", "--daemon", "--no-daemon"), {}, "exclude each other"),
            (("build", str(project.root)), {"AXLE_DAEMON": "maybe"}, 'AXLE_DAEMON cannot be "maybe"'),
            (("daemon", "strat"), {}, "did you mean start?"),
            (("daemon", "start", "now"), {}, '"now" is one too many'),
            (("daemon", "run"), {"AXLE_DAEMON_IDLE": "soon"}, "AXLE_DAEMON_IDLE"),
        ):
            with self.subTest(arguments):
                status, out, err = self.end(self.start(*arguments, env=env))
                self.assertEqual((status, out), (2, ""), err)
                self.assertIn(words, err)

    def test_start_status_logs_stop(self):
        self.assertEqual(self.daemons(), [])
        _, _, err = self.end(self.start("daemon", "start"))
        self.assertRegex(err, r"^The daemon is running \(process \d+\)\.\n$")
        self.assertEqual(self.end(self.start("daemon", "start"))[2], err)
        pid = self.daemon()["pid"]
        self.assertIn(f"process {pid}", self.end(self.start("daemon"))[1])
        self.assertIn("listens", self.end(self.start("daemon", "logs"))[1])
        status, _, err = self.end(self.start("daemon", "run"))
        self.assertEqual(status, 74)
        self.assertIn("there is a daemon already", err)
        self.assertIn("has left", self.stop().stderr)
        await_end(pid)
        self.assertEqual(self.stop().stderr, "There is no daemon.\n")

    def test_it_leaves_when_it_is_idle(self):
        self.build(self.tiny_project(), env={"AXLE_DAEMON_IDLE": "1"})
        await_end(*(pid for pid, _ in self.left_processes()))
        self.assertIn("it is idle", self.log())

    def test_stop_lets_a_build_end(self):
        project = self.tiny_project(self.started.hooks(), HELD_UP)
        os.mkfifo(project.root / "go-on")
        process = self.start("build", "-nw", project.root)
        self.started.wait()
        pid = self.daemon()["pid"]
        self.assertIn("leaves after those under way (1)", self.stop().stderr)
        self.assertEqual(self.daemons(), [])
        (project.root / "go-on").write_text("x")
        self.assertEqual(self.end(process)[0], 0)
        await_end(pid)

    def test_g8_it_holds_nothing_of_its_clients(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        process = self.start("build", "-nw", self.tiny_project().root, env={"SECRET": "hunter2"},
                             stdout=writer, pass_fds=(writer,))
        os.close(writer)
        self.assertEqual(self.end(process)[0], 0)
        # Nobody else has the pipe: it is at its end.
        self.assertEqual(os.read(reader, 4096).count(b"\n"), 1)
        self.assertEqual(os.read(reader, 4096), b"")
        pid = self.daemon()["pid"]
        self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")
        self.assertEqual(os.getsid(pid), pid)
        for left, _ in self.left_processes():
            self.assertNotIn(b"SECRET", Path(f"/proc/{left}/environ").read_bytes())
        for fd in (0, 1, 2):
            self.assertEqual(os.readlink(f"/proc/{pid}/fd/{fd}"), "/dev/null")

    def test_g8_one_that_was_started_by_hand_is_in_nobodys_folder(self):
        status, out, err = self.end(self.start("daemon", "run", "--background", cwd=self.home))
        self.assertEqual(status, 0, err)
        pid = self.daemon()["pid"]
        self.assertEqual(out, f"{pid}\n")
        self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")

    def test_g8_a_kept_backend_is_in_nobodys_folder(self):
        project = self.tiny_project()
        (project.root / "pyproject.toml").write_text(
            "[build-system]\nrequires = []\nbuild-backend = 'tiny_backend'\n"
        )
        self.build(project, env={"PYTHONPATH": str(project.root)})
        backend = self.backend()
        self.assertEqual(backend["source_tree"], "")
        self.assertEqual(os.readlink(f"/proc/{backend['pid']}/cwd"), "/")

    def build_with_copy(self):
        """With another build of axle."""
        copy = self.home / "copy"
        copy.mkdir()
        for name in ("axle", "axle-backend"):
            shutil.copy(Path(axle_path()).with_name(name), copy)
        built = subprocess.run([copy / "axle", "build", "-nw", self.tiny_project().root], check=False,
                               env=self.environment, capture_output=True, timeout=DEADLINE)
        self.assertEqual(built.returncode, 0, built.stderr)

    def test_g11_another_build_of_axle_has_another_daemon(self):
        self.build(self.tiny_project())
        self.build_with_copy()
        self.assertEqual(len(self.daemons()), 2)

    def test_g2_what_a_daemon_of_another_build_has_left_is_swept(self):
        self.build_with_copy()
        dead, log = self.socket(), next(self.folder().glob("*.log"))
        self.kill_daemon()
        self.build(self.tiny_project())
        self.assertNotEqual(self.socket(), dead)
        self.assertTrue(log.exists())  # it may tell why
        self.stop()
        os.utime(log, (0, 0))
        self.build(self.tiny_project())
        self.assertFalse(log.exists())
        self.assertEqual(len(list(self.folder().iterdir())), 3)  # what the living one has

    def test_a_backend_whose_environment_is_gone_serves_nobody(self):
        wheels = LocalWheels(self.home / "wheels")
        wheels.add_backend("1.0")
        self.environment.update(wheels.variables(), PIP_DISABLE_PIP_VERSION_CHECK="1")
        project = self.tiny_project(pyproject=PYPROJECT)
        (project.root / "tiny_backend.py").unlink()
        for leases in ([1], [1, 1]):
            status, _, err = self.end(self.start("build", "-w", "--installer", "pip", "--python",
                                                 sys.executable, project.root))
            self.assertEqual(status, 0, err)
            self.assertIn("Installing tiny-backend", err)
            self.assertEqual([backend["leases"] for backend in self.daemon()["backends"]], leases)
            _, _, err = self.end(self.start("env", "clear"))
            self.assertIn("Removed 1 environment ", err)


if __name__ == "__main__":
    unittest.main()
