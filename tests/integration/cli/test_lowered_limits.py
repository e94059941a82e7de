"""Hooks that lower the resource limits of axle and of its daemon, for good: nobody here may raise one again."""

import ctypes
import os
import resource
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest, without_daemon  # noqa: E402
from daemon_program import DaemonTest, await_end  # noqa: E402
from projects import HELD_UP  # noqa: E402
from sanitizer import takes_descriptors_away  # noqa: E402

LOWERING = """
    import resource

    def parent(pid):
        return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])

    def lower(name, soft, hard):
        axle = parent(parent(os.getppid()))
        assert open(f"/proc/{axle}/comm").read() == "axle\\n"
        before = resource.prlimit(axle, getattr(resource, "RLIMIT_" + name))
        resource.prlimit(axle, getattr(resource, "RLIMIT_" + name),
                         (soft, before[1] if hard is None else hard))
"""


def setUpModule():
    """Who starts a program as root has all capabilities but those that are taken from them here."""
    drop_from_bounding_set, cap_sys_resource = 24, 24
    ctypes.CDLL(None).prctl(drop_from_bounding_set, cap_sys_resource, 0, 0, 0)


def lowering(name, soft, hard=None, end=""):
    """A hook that lowers what its axle, or the daemon, has; then does what `end` says, and builds."""
    return f"""
        real_build_wheel = build_wheel

        def build_wheel(wheel_directory, *_, **__):
            lower({name!r}, {soft}, {hard})
            {end}
            return real_build_wheel(wheel_directory)
    """


class OfAxle(AxleTest):
    def robbed(self, *options, code, hook):
        project = self.tiny_project(LOWERING, hook)
        status, out, err = self.end(self.start("build", "-nw", *options, project.root))
        self.assertEqual(status, code, err)
        self.assertEqual(out, "")
        self.assert_nothing_left()
        self.assertEqual(project.built(), [])
        return err

    @without_daemon
    @takes_descriptors_away
    def test_j1_b9_descriptors_that_are_gone_for_good_are_told_and_nothing_is_left(self):
        before = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        for most in 0, 3, 20:
            with self.subTest(most):
                err = self.robbed(code=74, hook=lowering("NOFILE", most, most))
                self.assertIn("while build_wheel ran, the limits of axle were lowered for good", err)
                self.assertIn(f"RLIMIT_NOFILE is {most} (was {before})\n", err)
                self.assertIn("prlimit(2)", err)

    @without_daemon
    @takes_descriptors_away
    def test_j1_memory_that_is_gone_for_good_is_told(self):
        err = self.robbed(code=74, hook=lowering("AS", 0, 0))
        self.assertIn("RLIMIT_AS is 0 (was ", err)

    @without_daemon
    @takes_descriptors_away
    def test_j1_e1_worse_that_the_hook_does_is_told_first(self):
        end = "import signal; os.kill(parent(os.getppid()), signal.SIGKILL); signal.pause()"
        err = self.robbed(code=5, hook=lowering("NOFILE", 0, 0, end))
        self.assertIn("was killed by SIGKILL", err)
        self.assertIn("note: while build_wheel ran, the limits of axle were lowered for good", err)

    @without_daemon
    def test_j1_what_is_lowered_for_good_and_not_needed_does_no_harm(self):
        project = self.tiny_project(LOWERING, lowering("STACK", 1 << 20, 1 << 20))
        _, err = self.axle("build", "-nwv", project.root)
        self.assertEqual(project.built(), [project.wheel])
        self.assertIn("cannot be put back: RLIMIT_STACK is 1048576", err)

    @without_daemon
    @takes_descriptors_away
    def test_j1_of_several_builds_each_is_told_of(self):
        robbing, other = self.tiny_project(LOWERING, lowering("NOFILE", 0, 0)), self.tiny_project()
        status, _, err = self.end(self.start("build", "-nw", robbing.root, other.root))
        self.assertEqual(status, 74, err)
        self.assertIn("the limits of axle were lowered for good", err)
        self.assertIn("2 of 2 projects could not be built", err)
        self.assert_nothing_left()


class OfTheDaemon(DaemonTest):
    def lowering_project(self, name, soft, hard=None):
        return self.tiny_project(LOWERING, lowering(name, soft, hard))

    def looking_project(self):
        return self.tiny_project("""
            import resource
            real_build_wheel = build_wheel

            def build_wheel(wheel_directory, *_, **__):
                print("limits", [resource.getrlimit(which) for which in range(16)], flush=True)
                return real_build_wheel(wheel_directory)
        """)

    def limits(self):
        return f"limits {[resource.getrlimit(which) for which in range(16)]}\n"

    @takes_descriptors_away
    def test_j1_limits_of_the_daemon_that_a_hook_has_lowered_are_put_back(self):
        self.build(self.tiny_project())
        pid = self.daemon()["pid"]
        before = [resource.prlimit(pid, which) for which in range(16)]
        for name in "NOFILE", "NPROC", "FSIZE", "STACK", "AS", "DATA":
            with self.subTest(name):
                project = self.lowering_project(name, 0)
                self.assertNotIn("without the daemon", self.build(project))
                self.assertEqual(project.built(), [project.wheel])
                err = self.build(self.looking_project())  # with a new backend of the same daemon
                self.assertNotIn("without the daemon", err)
                self.assertIn(self.limits(), err)
                self.assertEqual([resource.prlimit(pid, which) for which in range(16)], before)
                self.assertEqual(self.daemon()["pid"], pid)

    @takes_descriptors_away
    def test_j1_with_limits_that_cannot_be_put_back_the_daemon_leaves(self):
        for name in "NOFILE", "NPROC", "FSIZE", "AS", "DATA":
            with self.subTest(name):
                self.build(self.tiny_project())
                pid = self.daemon()["pid"]
                project = self.lowering_project(name, 0, 0)
                self.build(project)
                self.assertEqual(project.built(), [project.wheel])
                await_end(pid)
                self.assertEqual(list(self.folder().glob("*.socket")), [])
                err = self.build(self.looking_project())
                self.assertNotIn("without the daemon", err)
                self.assertIn(self.limits(), err)
                self.assertNotEqual(self.daemon()["pid"], pid)

    @takes_descriptors_away
    def test_j1_and_lets_the_builds_under_way_end(self):
        held_up = self.tiny_project(self.started.hooks(), HELD_UP)
        os.mkfifo(held_up.root / "go-on")
        process = self.start("build", "-nw", held_up.root)
        self.started.wait()
        pid = self.daemon()["pid"]
        robbing = self.lowering_project("NOFILE", 0, 0)
        self.build(robbing)
        self.assertEqual(robbing.built(), [robbing.wheel])
        other = self.tiny_project()
        self.assertNotIn("without the daemon", self.build(other))
        self.assertNotEqual(self.daemon()["pid"], pid)
        with open(held_up.root / "go-on", "w") as fifo:
            fifo.write("x")
        status, _, err = self.end(process)
        self.assertEqual(status, 0, err)
        await_end(pid)


if __name__ == "__main__":
    unittest.main()
