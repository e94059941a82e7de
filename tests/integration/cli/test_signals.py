"""Signals at each stage of a build: it ends by its own exit code, and nothing is left."""

import os
import random
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
from projects import BACKEND, PYPROJECT, TinyProject  # noqa: E402
from sanitizer import SANITIZED  # noqa: E402

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

IMPORTING = """
    tell()
    import threading
    threading.Event().wait()
"""

RUNNING = """
    import threading

    def build_wheel(wheel_directory, *_, **__):
        Path(wheel_directory, "half.whl").write_text("half")
        tell()
        threading.Event().wait()
"""

# Deaf, so that only the last step of the ladder ends it.
DEAF = """
    import signal, threading

    def build_wheel(*_, **__):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        tell()
        while True:
            threading.Event().wait()
"""


class Signals(AxleTest):
    def stopped(self, process, project, number):
        status, out, err = self.end(process)
        self.assertEqual((status, out), (128 + number, ""), err)
        self.assertEqual(project.built(), [])
        self.assert_nothing_left()
        return err

    def test_l1_l2_signals_while_the_backend_is_imported(self):
        for number in SIGNALS:
            with self.subTest(number.name), TinyProject(self.started.hooks(), IMPORTING) as project:
                process = self.start("build", "-nw", cwd=project.root)
                self.started.wait()
                os.killpg(process.pid, number)
                self.stopped(process, project, number)

    def test_l2_signals_while_the_environment_is_filled(self):
        programs = self.home / "bin"
        programs.mkdir()
        uv = programs / "uv"
        uv.write_text(
            f"#!{sys.executable}\n"
            "import os, sys, time\n"
            "if '--version' in sys.argv:\n"
            "    print('uv 0.9.0')\n"
            "    sys.exit()\n"
            f"open({str(self.started.path)!r}, 'w').write(str(os.getpid()) + '\\n')\n"
            "import threading\n"
            "threading.Event().wait()\n"
        )
        uv.chmod(0o755)
        env = {"PATH": f"{programs}:{self.environment['PATH']}"}
        wanting = PYPROJECT.replace("requires = []", 'requires = ["nothing"]')
        for number in SIGNALS:
            with self.subTest(number.name), TinyProject(pyproject=wanting) as project:
                process = self.start(
                    "build", "-w", "--installer", "uv", cwd=project.root, env=env
                )
                self.started.wait()
                process.send_signal(number)
                self.stopped(process, project, number)

    def test_l2_l7_signals_while_a_hook_runs_end_it_before_axle_returns(self):
        for number in SIGNALS:
            with self.subTest(number.name), TinyProject(self.started.hooks(), RUNNING) as project:
                process = self.start("build", "-nw", cwd=project.root)
                hook = os.pidfd_open(self.started.wait()[0])
                process.send_signal(number)
                process.wait(DEADLINE)
                self.assertTrue(select.select([hook], [], [], 0)[0])
                os.close(hook)
                self.stopped(process, project, number)
                # The folder can be used again at once.
                project.write("tiny_backend.py", BACKEND)
                self.axle("build", "-nw", cwd=project.root)
                self.assertEqual(project.built(), [project.wheel])

    def test_l2_signals_reach_every_build_of_a_batch(self):
        for number in SIGNALS:
            with self.subTest(number.name), TinyProject(self.started.hooks(), RUNNING) as one, \
                    TinyProject(self.started.hooks(), RUNNING) as two, TinyProject() as late:
                process = self.start("build", "-nw", "-j2", one.root, two.root, late.root)
                self.started.wait()
                self.started.wait()
                os.killpg(process.pid, number)
                err = self.stopped(process, one, number)
                self.assertEqual(two.built() + late.built(), [])
                self.assertIn("3 of 3 projects could not be built", err)
                self.assertIn(f"not begun: stopped by {number.name}", err)

    def test_l3_second_ctrl_c_ends_deaf_hooks_within_a_second(self):
        with TinyProject(self.started.hooks(), DEAF) as one, \
                TinyProject(self.started.hooks(), DEAF) as two:
            process = self.start("build", "-nw", "-j2", one.root, two.root)
            self.started.wait()
            self.started.wait()
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
            begin = time.monotonic()
            self.stopped(process, one, signal.SIGINT)
            # Without it there are four seconds of grace; machines may be slow.
            if not SANITIZED:  # then ending takes a second anyway
                self.assertLess(time.monotonic() - begin, 3)

    @unittest.skipUnless(shutil.which("strace"), "there is no strace")
    def test_l4_interrupted_system_calls_change_nothing(self):
        with TinyProject() as project:
            done = subprocess.run(
                ["strace", "-o", "/dev/null", "-e", "trace=poll,epoll_wait,write",
                 "-e", "inject=poll,epoll_wait,write:error=EINTR:when=1+3",
                 axle_path(), "build", "-nw"],
                cwd=project.root, env=self.environment, timeout=DEADLINE, capture_output=True,
                text=True, check=False,
            )
            if "ptrace" in done.stderr:
                self.skipTest(done.stderr)
            self.assertEqual((done.returncode, done.stdout), (0, f"dist/{project.wheel}\n"),
                             done.stderr)
            self.assert_nothing_left()

    def test_l4_a_storm_of_signals_changes_nothing(self):
        with TinyProject() as project:
            process = self.start("build", "-nw", cwd=project.root)
            for _ in range(1000):
                if process.poll() is not None:
                    break
                process.send_signal(signal.SIGWINCH)
                process.send_signal(signal.SIGCHLD)
            status, out, err = self.end(process)
            self.assertEqual((status, out), (0, f"dist/{project.wheel}\n"), err)

    def test_l6_a_stop_that_races_with_the_end_gives_one_of_both(self):
        random.seed(6)
        seen = set()
        with TinyProject(self.started.hooks(), """
            real_build_wheel = build_wheel

            def build_wheel(wheel_directory, *_, **__):
                tell()
                return real_build_wheel(wheel_directory)
        """) as project:
            for _ in range(12):
                for artifact in (project.root / "dist").glob("*"):
                    artifact.unlink()
                process = self.start("build", "-nw", cwd=project.root)
                self.started.wait()
                # Lets a little time go by, or the build end.
                select.select([process.stdout], [], [], random.uniform(0, 0.06))
                process.send_signal(signal.SIGINT)
                status, out, err = self.end(process)
                seen.add(status)
                whole = f"dist/{project.wheel}\n", [project.wheel]
                # Once the result is out the signal may still find the program leaving.
                if (out, project.built()) != whole:
                    self.assertEqual((status, out, project.built()), (130, "", []), err)
                self.assert_nothing_left()
        self.assertTrue(seen <= {0, 130, -2}, seen)


if __name__ == "__main__":
    unittest.main()
