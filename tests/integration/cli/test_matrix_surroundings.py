"""Bad surroundings of the program axle, and what an earlier one has left there: H8 and group I."""

import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import DEADLINE, AxleTest, axle_path  # noqa: E402
from projects import TinyProject  # noqa: E402
from sanitizer import SANITIZED  # noqa: E402

WAITING = """
    import threading

    real_build_wheel = build_wheel

    def build_wheel(*arguments, **_):
        tell()
        with open(os.environ["GO_ON"]) as fifo:
            fifo.read(1)
        return real_build_wheel(arguments[0])
"""
LONG_AGO = time.time() - 3600


class Leftovers(AxleTest):
    def waiting(self):
        """A build whose hook waits for a byte in the returned FIFO."""
        project = self.tiny_project(self.started.hooks(), WAITING)
        go_on = project.root / "go-on"
        os.mkfifo(go_on)
        process = self.start("build", "-nw", cwd=project.root, env={"GO_ON": str(go_on)})
        self.addCleanup(process.kill)
        return project, process, self.started.wait()[0], go_on

    def make_old(self, *folders):
        for folder in folders:
            for path in folder.iterdir():
                os.utime(path, (LONG_AGO, LONG_AGO))

    def test_h8_leftovers_of_a_killed_axle_are_removed_and_those_of_a_living_one_are_not(self):
        dead, process, hook, _ = self.waiting()
        pidfd = os.pidfd_open(hook)
        self.addCleanup(os.close, pidfd)
        process.kill()
        self.end(process)
        self.assertTrue(select.select([pidfd], [], [], DEADLINE)[0])
        left = set(self.tmp.iterdir())
        self.assertTrue(left, "it has left nothing to be removed")
        alive, living, _, go_on = self.waiting()
        self.make_old(self.tmp, dead.root / "dist", alive.root / "dist")
        code, _, err = self.end(self.start("build", "-nw", cwd=dead.root,
                                           env={"GO_ON": self.go(dead)}))
        self.assertEqual(code, 0, err)
        self.assertEqual([], [path for path in left if path.exists()])
        self.assertEqual(os.listdir(dead.root / "dist"), [dead.wheel])
        go_on.write_text("x")
        code, _, err = self.end(living)
        self.assertEqual(code, 0, err)
        self.assertEqual(os.listdir(alive.root / "dist"), [alive.wheel])
        self.assert_nothing_left()

    def go(self, project):
        """A file that lets the hook go on at once."""
        path = project.root / "go"
        path.write_text("x")
        return str(path)


class Surroundings(AxleTest):
    def test_i1_folders_of_the_environment_that_are_not_there(self):
        names = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")
        missing, long = str(self.home / "missing" / "folder"), str(self.home / ("x" * 200))
        for value in (None, "", missing, "/dev/null", "relative", long):
            with self.subTest(value), TinyProject() as project:
                env = {name: text for name, text in self.environment.items() if name not in names}
                if value is not None:
                    env.update(dict.fromkeys(names, value))
                done = subprocess.run([axle_path(), "build", "-w"], cwd=project.root, env=env,
                                      capture_output=True, timeout=DEADLINE, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(project.built(), [project.wheel])
                self.assertEqual(self.left_processes(), [])

    def test_i2_folders_with_bytes_that_are_no_text(self):
        for name in (b"caf\xe9", b"new\nline", b"  ", b"'\"\\", b"\xf0\x9f\x98\x80", b"-rf"):
            with self.subTest(name), TinyProject() as project:
                root = os.path.join(os.fsencode(project.root), name)
                os.mkdir(root)
                for file in os.listdir(project.root):
                    if os.fsencode(file) != name:
                        shutil.move(project.root / file, os.fsdecode(root))
                done = subprocess.run(
                    [axle_path(), "build", "-nws", "--", root], cwd=project.root,
                    env={**self.environment, "LC_ALL": "C"}, capture_output=True,
                    timeout=DEADLINE, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(os.fsencode(project.wheel), done.stdout)
                self.assertIn(os.fsencode(project.wheel), os.listdir(os.path.join(root, b"dist")))
                self.assert_nothing_left()

    def test_i3_the_first_three_descriptors_are_closed(self):
        for closing in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(closing), TinyProject() as project:
                done = subprocess.run(["sh", "-c", f'"$0" build -nw {closing}', axle_path()],
                                      cwd=project.root, env=self.environment, timeout=DEADLINE,
                                      capture_output=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(project.built(), [project.wheel])
                self.assert_nothing_left()

    def test_i5_signals_ignored_and_blocked_by_the_parent(self):
        tell = """
            def build_wheel(*arguments, **_):
                fields = dict(line.split(":\\t") for line in open("/proc/self/status")
                              .read().splitlines() if line.startswith("Sig"))
                # Python itself ignores SIGPIPE and SIGXFSZ.
                assert int(fields["SigIgn"], 16) & ~(1 << 12 | 1 << 24) == 0, fields
                assert int(fields["SigBlk"], 16) == 0, fields
                return write_wheel(arguments[0], {})
        """
        everything = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}

        def spoil():
            for number in (signal.SIGPIPE, signal.SIGCHLD, signal.SIGUSR1, signal.SIGALRM):
                signal.signal(number, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, everything)

        with TinyProject(tell) as project:
            done = subprocess.run([axle_path(), "build", "-nw"], cwd=project.root,
                                  env=self.environment, timeout=DEADLINE, capture_output=True,
                                  check=False, preexec_fn=spoil)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_nothing_left()

    def test_b9_a_limit_on_the_size_of_files_is_told(self):
        # ThreadSanitizer writes a file of its own before the program begins.
        for most in (1024,) if os.environ.get("AXLE_SANITIZE") == "thread" else (0, 1024):
            with self.subTest(most), TinyProject() as project:
                done = subprocess.run(
                    [axle_path(), "build", "-nw"], cwd=project.root, env=self.environment,
                    timeout=DEADLINE, capture_output=True, text=True, check=False,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
                self.assertEqual(done.returncode, 4, done.stderr)
                self.assertIn("File too large", done.stderr)
                self.assert_nothing_left()

    def test_i6_the_project_is_removed_while_it_is_built(self):
        remove = """
            def build_wheel(*arguments, **_):
                import shutil
                shutil.rmtree(os.getcwd())
                return "demo-1.0-py3-none-any.whl"
        """
        project = self.tiny_project(remove)
        code, _, err = self.end(self.start("build", "-nw", project.root, cwd="/"))
        self.assertIn(code, (1, 3, 7, 74), err)
        self.assertIn("demo", err)
        self.assert_nothing_left()

    def test_i7_proc_is_missing(self):
        probe = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "axle", "/proc"],
                               capture_output=True, check=False)
        if probe.returncode != 0:
            self.skipTest(f"no namespace of mounts: {probe.stderr.decode().strip()}")

        def build(**variables):
            return subprocess.run(
                ["unshare", "-m", "sh", "-c", 'mount -t tmpfs axle /proc && exec "$0" build -nw',
                 axle_path()],
                cwd=project.root, timeout=DEADLINE, capture_output=True, text=True, check=False,
                env={**self.environment, **variables})

        with TinyProject() as project:
            # It cannot know where it stands itself.
            elsewhere = "/usr/bin:/bin"
            if shutil.which("axle-backend", path=f"{elsewhere}:/usr/local/bin"):
                self.skipTest("axle is installed")
            refused = build(PATH=elsewhere)
            self.assertIn("mount /proc, or name the program axle-backend", refused.stderr)
            done = build(PATH=f"{os.path.dirname(axle_path())}:{self.environment['PATH']}")
            if not SANITIZED:  # the leak detector needs /proc at the end
                self.assertEqual(refused.returncode, 4, refused.stderr)
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(project.built(), [project.wheel])
            self.assert_nothing_left()

    def test_i7_pidfd_open_is_refused(self):
        if shutil.which("strace") is None:
            self.skipTest("there is no strace")
        with TinyProject() as project:
            done = subprocess.run(
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=pidfd_open",
                 "-e", "inject=pidfd_open:error=ENOSYS", axle_path(), "build", "-nw"],
                cwd=project.root, env=self.environment, timeout=DEADLINE, capture_output=True,
                check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stderr, b"pidfd|Function not implemented")
            self.assertEqual(project.built(), [])
            self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
