"""Ctrl-Z and fg: the hooks stop and go on with axle, and the time between does not count."""

import os
import select
import signal
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import DEADLINE, AxleTest, host_of, without_daemon  # noqa: E402
from sanitizer import BRIEF  # noqa: E402

WAITING = """
    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        import select
        fifo = os.open("go", os.O_RDWR)
        tell()
        os.read(fifo, 1)
        select.select([], [], [], 0.5)
        return real_build_wheel(wheel_directory)
"""


def state_of(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


class Stop(AxleTest):
    def waiting(self):
        project = self.tiny_project(self.started.hooks(), WAITING)
        os.mkfifo(project.root / "go")
        return project

    def let_go(self, project):
        fifo = os.open(project.root / "go", os.O_RDWR)
        self.addCleanup(os.close, fifo)
        os.write(fifo, b"!")

    def start_job(self, *arguments, **options):
        """As a shell starts it: a process group of its own, which the shell could continue."""
        return self.start(
            "build", "-nw", *arguments, start_new_session=False, process_group=0, **options
        )

    def until(self, what, holds):
        deadline = time.monotonic() + DEADLINE
        while not holds():
            self.assertLess(time.monotonic(), deadline, what)
            select.select([], [], [], 0.01)

    def stop(self, process, *hooks):
        process.send_signal(signal.SIGTSTP)
        self.until("axle does not stop", lambda: state_of(process.pid) == "T")
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        self.assertEqual((os.WIFSTOPPED(status), os.WSTOPSIG(status)), (True, signal.SIGTSTP))
        for hook in hooks:
            self.until("the hook does not stop", lambda pid=hook: state_of(pid) == "T")

    def go_on(self, process, *hooks):
        process.send_signal(signal.SIGCONT)
        for pid in (process.pid, *hooks):
            self.until("it does not go on", lambda pid=pid: state_of(pid) != "T")

    def assert_built(self, process, *projects):
        status, _, err = self.end(process)
        self.assertEqual(status, 0, err)
        for project in projects:
            self.assertEqual(project.built(), [project.wheel])
        self.assert_nothing_left()
        return err

    def test_l5_hooks_stop_and_go_on_with_axle(self):
        one, two = self.waiting(), self.waiting()
        process = self.start_job("-j2", one.root, two.root)
        hooks = [self.started.wait()[0], self.started.wait()[0]]
        for _ in range(2):
            self.stop(process, *hooks)
            self.go_on(process, *hooks)
        self.let_go(one)
        self.let_go(two)
        self.assert_built(process, one, two)

    def test_l5_stopped_time_does_not_count(self):
        for bound in ("--timeout", "--idle-timeout"):
            with self.subTest(bound):
                project = self.waiting()
                process = self.start_job(bound, str(2 * BRIEF), cwd=project.root)
                hook = self.started.wait()[0]
                self.stop(process, hook)
                # Longer than the bound; nothing is to be heard of a stopped build.
                self.assertEqual(select.select([process.stdout], [], [], 3 * BRIEF)[0], [])
                self.go_on(process, hook)
                self.let_go(project)
                err = self.assert_built(process, project)
                self.assertNotIn("was stopped by a signal", err)
                self.assertNotIn("no sign of life", err)

    def test_l5_a_build_may_be_stopped_at_any_moment(self):
        project = self.tiny_project(self.started.hooks())
        process = self.start_job(cwd=project.root)
        for _ in range(100):
            os.kill(process.pid, signal.SIGTSTP)
            self.until("axle does not stop", lambda: state_of(process.pid) in "TZ")
            os.kill(process.pid, signal.SIGCONT)
            self.until("it does not go on", lambda: state_of(process.pid) != "T")
        self.assert_built(process, project)

    def test_l5_a_stopped_build_can_be_cancelled(self):
        project = self.waiting()
        process = self.start_job(cwd=project.root)
        self.stop(process, self.started.wait()[0])
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        status, out, err = self.end(process)
        self.assertEqual((status, out, project.built()), (143, "", []), err)
        self.assert_nothing_left()

    @without_daemon
    def test_l5_a_stopped_build_can_be_killed(self):
        project = self.waiting()
        process = self.start_job(cwd=project.root)
        self.stop(process, self.started.wait()[0])
        process.kill()
        self.assertEqual(self.end(process)[0], -signal.SIGKILL)
        self.until("processes are left", lambda: not self.left_processes())

    def test_l5_a_stop_that_is_ignored_or_that_no_shell_could_end_changes_nothing(self):
        def ignored(project):
            before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
            try:
                return self.start_job(cwd=project.root)
            finally:
                signal.signal(signal.SIGTSTP, before)

        def without_a_shell(project):
            return self.start("build", "-nw", cwd=project.root)

        for start in (ignored, without_a_shell):
            with self.subTest(start.__name__):
                project = self.waiting()
                process = start(project)
                self.started.wait()
                process.send_signal(signal.SIGTSTP)
                self.let_go(project)
                self.assert_built(process, project)

    def test_l5_changes_of_the_window_change_nothing(self):
        project = self.waiting()
        process = self.start_job(cwd=project.root)
        host = host_of(self.started.wait()[0])
        for _ in range(300):
            os.killpg(process.pid, signal.SIGWINCH)
            os.kill(host, signal.SIGWINCH)
        self.let_go(project)
        self.assert_built(process, project)


if __name__ == "__main__":
    unittest.main()
