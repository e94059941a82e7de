"""What can go wrong in a build: axle tells it, exits by its cause, and leaves nothing behind."""

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import DEADLINE, AxleTest, axle_path, comm_of, host_of, without_daemon  # noqa: E402
from projects import TinyProject  # noqa: E402
from sanitizer import BRIEF, SLOWNESS  # noqa: E402

# A hook that tells the test that it runs, leaves half a wheel behind, and never returns.
WAITING = """
    import threading

    def build_wheel(wheel_directory, *_, **__):
        Path(wheel_directory, "half.whl").write_text("half")
        print("before the end", flush=True)
        tell()
        threading.Event().wait()
"""

# The same, deaf to all that can be ignored.
DEAF = """
    import signal, threading

    def build_wheel(*_, **__):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        tell()
        while True:
            threading.Event().wait()
"""


# A hook's child that leaves its session and its parents.
DAEMON = """
    def start_daemon():
        import signal
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.closerange(0, 3)
                tell()
                os.close(writer)
                while True:
                    signal.pause()
            os._exit(0)
        os.close(writer)
        os.read(reader, 1)  # until the daemon runs
"""


def in_build_wheel(statement):
    return f"""
    def build_wheel(*_, **__):
        print("before the end", flush=True)
        {statement}
"""


class Hooks(AxleTest):
    def fails(self, hooks, *texts, code=1):
        with TinyProject(hooks) as project:
            out, err = self.axle("build", "-nw", cwd=project.root, code=code)
            self.assertEqual(out, "")
            self.assertEqual(project.built(), [])
            for text in (*texts, "error: "):
                self.assertIn(text, err)
            self.assertEqual(err.count("before the end"), 1, err)

    def test_a1_hook_raises(self):
        self.fails(
            in_build_wheel("raise ValueError('no name')"),
            "ValueError: no name",
            "Traceback (most recent call last):",
            "| before the end\n",
            "build_wheel (tiny_backend)",
        )

    def test_a1_hook_raises_from_a_cause(self):
        hooks = """
    def build_wheel(*_, **__):
        print("before the end")
        try:
            {}["name"]
        except KeyError as error:
            raise RuntimeError("no name") from error
"""
        self.fails(hooks, "RuntimeError: no name", "Root cause: KeyError: 'name'")

    def test_a2_hook_exits(self):
        for statement in ("raise SystemExit(0)", "import sys; sys.exit('bye')", "exit(7)"):
            with self.subTest(statement):
                self.fails(in_build_wheel(statement), "SystemExit")

    def test_a3_hook_ends_its_process(self):
        for code in (0, 3):
            with self.subTest(code):
                self.fails(in_build_wheel(f"os._exit({code})"), f"exit code {code}")

    def test_b1_hook_crashes(self):
        self.fails(in_build_wheel("import ctypes; ctypes.string_at(0)"), "SIGSEGV")

    def test_b2_hook_is_killed(self):
        self.fails(in_build_wheel("os.kill(os.getpid(), 9)"), "SIGKILL")

    def test_backend_cannot_be_imported(self):
        self.fails(
            'print("before the end", flush=True)\nimport no_such_module',
            "ModuleNotFoundError",
            "no_such_module",
            code=4,
        )

    def test_n1_wheel_is_not_what_it_claims_to_be(self):
        for returned in ("../demo-1.0-py3-none-any.whl", "demo-1.0-py3-none-any.whl", "x"):
            with self.subTest(returned), TinyProject(
                f"def build_wheel(*_, **__): return {returned!r}"
            ) as project:
                _, err = self.axle("build", "-nw", cwd=project.root, code=7)
                self.assertIn(returned, err)
                self.assertEqual(project.built(), [])

    def test_only_the_end_of_much_output_is_shown(self):
        hooks = """
    def build_wheel(*_, **__):
        for number in range(1000):
            print("line", number)
        raise ValueError
"""
        with TinyProject(hooks) as project:
            _, err = self.axle("build", "-nw", cwd=project.root, code=1)
            self.assertIn("(940 earlier lines left out)", err)
            self.assertNotIn("| line 939\n", err)
            self.assertIn("| line 940\n", err)
            self.assertTrue(err.rstrip().endswith("| line 999"), err)
            _, err = self.axle("build", "-nw", "-q", cwd=project.root, code=1)
            self.assertIn("| line 999\n", err)
            _, err = self.axle("build", "-nw", "-qq", cwd=project.root, code=1)
            self.assertNotIn("line 999", err)
            self.assertIn("ValueError", err)

    def test_output_folder_cannot_be_had(self):
        with TinyProject() as project:
            (project.root / "file").touch()
            for folder in ("file", "file/below", "/proc/none"):
                with self.subTest(folder):
                    out, err = self.axle("build", "-nw", "-o", folder, cwd=project.root, code=74)
                    self.assertEqual(out, "")
                    self.assertIn(folder, err)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_output_folder_is_read_only(self):
        with TinyProject() as project:
            (project.root / "dist").mkdir(mode=0o555)
            _, err = self.axle("build", "-nw", cwd=project.root, code=74)
            self.assertIn("dist", err)

    def test_n6_daemon_of_a_hook_does_not_outlive_axle(self):
        hooks = DAEMON + """
    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        start_daemon()
        return real_build_wheel(wheel_directory)
"""
        with TinyProject(self.started.hooks(), hooks) as project:
            out, _ = self.axle("build", "-nw", cwd=project.root)
            self.assertEqual(out, f"dist/{project.wheel}\n")
            self.assertTrue(self.started.wait())

    def test_temporary_folder_that_cannot_be_removed_is_named(self):
        hooks = """
    import subprocess
    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        mounted = Path(wheel_directory, "mounted")
        mounted.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "none", mounted], check=True)
        return real_build_wheel(wheel_directory)
"""
        apart = ["unshare", "--user", "--map-root-user", "--mount"]
        probe = subprocess.run([*apart, "mount", "-t", "tmpfs", "none", "/mnt"], check=False,
                               capture_output=True, text=True)
        if probe.returncode != 0:
            self.skipTest(f"no file system can be mounted here: {probe.stderr}")
        with TinyProject(hooks) as project:
            for options, told in (["--no-daemon"], True), (["--no-daemon", "-q"], False):
                done = subprocess.run(
                    [*apart, axle_path(), "build", "-nw", *options], cwd=project.root,
                    env=self.environment, timeout=DEADLINE, capture_output=True, text=True, check=False)
                self.assertEqual((0, f"dist/{project.wheel}\n"), (done.returncode, done.stdout), done.stderr)
                left = sorted((project.root / "dist").glob(".axle-*"))
                note = f"note: {left[0]} cannot be removed"
                self.assertEqual(told, note in done.stderr, done.stderr)
                for folder in left:
                    shutil.rmtree(folder)

    def test_children_that_were_there_before_axle_live_on(self):
        shell = 'sleep 300 >&- 2>&- & echo $! && exec "$0" build /no/such/project'
        done = subprocess.run(
            ["sh", "-c", shell, axle_path()], env=self.environment, timeout=DEADLINE,
            capture_output=True, text=True, check=False,
        )
        child = int(done.stdout)
        try:
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertEqual(comm_of(child), "sleep")
        finally:
            os.kill(child, signal.SIGKILL)


class Stopping(AxleTest):
    def waiting(self, hooks=WAITING, *arguments, **options):
        """A build whose hook runs and waits; and the number of the hook's process."""
        project = self.tiny_project(self.started.hooks(), hooks)
        process = self.start("build", "-nw", *arguments, cwd=project.root, **options)
        self.addCleanup(process.kill)
        return project, process, self.started.wait()[0]

    def assert_stopped(self, project, process, code, within, *texts):
        begin = time.monotonic()
        status, out, err = self.end(process)
        took = time.monotonic() - begin
        self.assertEqual((status, out), (code, ""), err)
        self.assertLess(took, within * SLOWNESS, err)
        for text in texts:
            self.assertIn(text, err)
        self.assertEqual(project.built(), [])
        self.assert_nothing_left()
        return err

    def test_e1_backend_is_killed_in_the_middle_of_a_hook(self):
        project, process, hook = self.waiting()
        os.kill(host_of(hook), signal.SIGKILL)
        self.assert_stopped(project, process, 5, 3.0, "SIGKILL", "build_wheel")

    @without_daemon
    def test_e1_n6_daemon_of_a_hook_does_not_outlive_a_backend_that_is_killed(self):
        hooks = DAEMON + """
    def build_wheel(*_, **__):
        start_daemon()
        tell()
        import threading
        threading.Event().wait()
"""
        project, process, _ = self.waiting(hooks, "-v")
        hook = self.started.wait()[0]
        os.kill(host_of(hook), signal.SIGKILL)
        self.assert_stopped(project, process, 5, 3.0, "which the build had left behind")

    def test_c1_hook_is_stopped_at_its_deadline(self):
        project, process, _ = self.waiting(WAITING, "--timeout", str(BRIEF))
        self.assert_stopped(project, process, 6, 8.0, "build_wheel", "| before the end")

    def test_c1_hook_that_prints_nothing_is_stopped(self):
        project, process, _ = self.waiting(WAITING, "--idle-timeout", str(BRIEF))
        self.assert_stopped(project, process, 6, 8.0, f"it printed nothing for {BRIEF} s",
                            "| before the end")

    def test_c1_hook_that_goes_on_printing_is_not_stopped_as_idle(self):
        hooks = """
    import time
    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        end = time.monotonic() + 3
        while time.monotonic() < end:
            print("working", flush=True)
        return real_build_wheel(wheel_directory)
"""
        with TinyProject(hooks) as project:
            self.axle("build", "-nw", "--idle-timeout", "2", cwd=project.root)

    def test_c3_deaf_hook_is_stopped_at_its_deadline(self):
        project, process, _ = self.waiting(DEAF, "--timeout", f"{BRIEF}000ms")
        self.assert_stopped(project, process, 6, 10.0, "build_wheel")

    def test_signals_stop_the_build_and_are_the_exit_code(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number.name):
                project, process, _ = self.waiting()
                process.send_signal(number)
                self.assert_stopped(project, process, 128 + number, 8.0, number.name)

    def test_ctrl_c_reaches_the_whole_foreground_group(self):
        project, process, _ = self.waiting()
        os.killpg(process.pid, signal.SIGINT)
        self.assert_stopped(project, process, 130, 8.0, "SIGINT")

    def test_second_ctrl_c_gives_a_deaf_hook_no_more_grace(self):
        project, process, _ = self.waiting(DEAF)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        self.assert_stopped(project, process, 130, 3.0, "SIGINT")

    def test_ctrl_c_skips_the_projects_to_come(self):
        with TinyProject() as other:
            project, process, _ = self.waiting(WAITING, ".", other.root)
            process.send_signal(signal.SIGINT)
            err = self.assert_stopped(project, process, 130, 8.0)
            self.assertEqual(other.built(), [])
            self.assertNotIn(f"{other.root}:", err)

    def test_signals_that_were_ignored_stay_ignored(self):
        hooks = """
    real_build_wheel = build_wheel

    def build_wheel(*arguments, **_):
        tell()
        with open(os.environ["GO_ON"]) as fifo:
            fifo.read(1)
        return real_build_wheel(arguments[0])
"""
        with TinyProject(self.started.hooks(), hooks) as project:
            go_on = project.root / "go-on"
            os.mkfifo(go_on)
            before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
            try:
                process = self.start(
                    "build", "-nw", cwd=project.root, env={"GO_ON": str(go_on)}
                )
            finally:
                signal.signal(signal.SIGHUP, before)
            self.started.wait()
            process.send_signal(signal.SIGHUP)
            go_on.write_text("x")
            status, _, err = self.end(process)
            self.assertEqual(status, 0, err)
            self.assert_nothing_left()

    def test_ctrl_c_before_the_backend_runs(self):
        project = self.tiny_project(self.started.hooks(), """
            tell()
            import threading
            threading.Event().wait()
        """)
        process = self.start("build", "-nw", cwd=project.root)
        self.addCleanup(process.kill)
        self.started.wait()
        process.send_signal(signal.SIGINT)
        self.assert_stopped(project, process, 130, 8.0)

    def test_f4_terminal_is_closed(self):
        project = self.tiny_project(self.started.hooks(), WAITING)
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(project.root)
            os.execve(axle_path(), ["axle", "build", "-nw"], self.environment)
        self.started.wait()
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.assertEqual(status, 128 + signal.SIGHUP)
        self.assertEqual(project.built(), [])
        self.assert_nothing_left()

    def test_f1_axle_is_killed(self):
        project, process, hook = self.waiting()
        pidfd = os.pidfd_open(hook)
        self.addCleanup(os.close, pidfd)
        process.kill()
        self.end(process)
        # The rest ends by itself, and within its own time.
        self.assertTrue(select.select([pidfd], [], [], 5)[0])


if __name__ == "__main__":
    unittest.main()
