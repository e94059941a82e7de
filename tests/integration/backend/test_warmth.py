"""axle-backend that becomes warm (--warm), and one whose environment changes under it."""

import os
import signal
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import BackendTest, wait_gone  # noqa: E402

BACKEND = """
    import os
    import helper

    def build_wheel(wheel_directory=None): return helper.value

    def remove_source_tree():
        import shutil
        shutil.rmtree(os.getcwd())

    def wait():
        with open("begun", "w") as file: file.write(str(os.getpid()))
        with open("gate") as file: return file.read()
"""


class Case(BackendTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="axle-environment-")
        self.addCleanup(folder.cleanup)
        self.environment = Path(folder.name)
        self.install("old")

    def install(self, value):
        """As an installer does: another file takes the place of the old one."""
        new = self.environment / "helper.new"
        new.write_text(f"value = {value!r}\n")
        new.rename(self.environment / "helper.py")

    def installed(self, *options):
        """A backend that is no part of the source tree."""
        source = self.project(BACKEND)
        (source.root / "backend.py").rename(self.environment / "backend.py")
        env = {**os.environ, "PYTHONPATH": str(self.environment)}
        return self.backend(source, in_tree=False, env=env, options=options)

    def assert_warm(self, backend, trained, spares):
        told = backend.event("warm")
        self.assertEqual((trained, spares), (told["trained"], told["spares"]))

    def notices(self, backend):
        return [event for event in backend.dropped if event["event"] == "notice"]


class Warmth(Case):
    def warm(self):
        backend = self.installed("--warm")
        self.assertEqual({"return": "old"}, backend.call("build_wheel"))
        self.assert_warm(backend, True, 0)
        self.assert_warm(backend, True, 2)
        return backend

    def children_of(self, pid):
        return {int(child) for child in
                Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}

    def test_it_is_told_and_hooks_run_in_spares(self):
        backend = self.warm()
        spares = self.children_of(backend.interpreter())
        self.assertEqual(2, len(spares))
        backend.send("build_wheel")
        self.assertIn(backend.event("running")["pid"], spares)
        backend.event("finished")
        self.assert_warm(backend, True, 2)
        self.assertEqual(0, backend.leave())
        for pid in spares:
            wait_gone(pid)
        self.assertEqual([], self.notices(backend))

    def test_it_needs_no_source_tree(self):
        backend = self.installed("--warm")
        self.assertEqual({"return": None}, backend.call("remove_source_tree"))
        self.assert_warm(backend, True, 0)

    def test_nothing_of_it_is_left_when_everything_is_killed(self):
        for victim in ("host", "interpreter", "both"):
            with self.subTest(victim):
                backend = self.warm()
                interpreter = backend.interpreter()
                spares = self.children_of(interpreter)
                if victim != "interpreter":
                    os.kill(backend.process.pid, signal.SIGKILL)
                if victim != "host":
                    os.kill(interpreter, signal.SIGKILL)
                for pid in (interpreter, *spares):
                    wait_gone(pid)
                backend.close()

    def test_a_dead_interpreter_is_replaced_and_its_spares_are_no_strays(self):
        backend = self.warm()
        os.kill(backend.interpreter(), signal.SIGKILL)
        self.assertEqual({"return": "old"}, backend.call("build_wheel"))
        notice, = self.notices(backend)
        self.assertIn("was killed by SIGKILL; the next hook gets another", notice["text"])
        self.assert_warm(backend, True, 0)
        self.assert_warm(backend, True, 2)

    def test_a_hook_in_a_spare_goes_on_when_the_interpreter_dies(self):
        backend = self.warm()
        for name in ("begun", "gate"):
            os.mkfifo(backend.project.root / name)
        path = backend.send("wait")
        (backend.project.root / "begun").read_text()
        os.kill(backend.interpreter(), signal.SIGKILL)
        (backend.project.root / "gate").write_text("answer")
        backend.event("finished")
        self.assertEqual('{"return": "answer"}', path.read_text().strip())
        self.assertFalse([event for event in self.notices(backend) if "behind" in event["text"]])


class Staleness(Case):
    def test_a_hook_finds_what_was_installed_after_the_one_before(self):
        for options in ((), ("--warm",)):
            with self.subTest(options):
                self.install("old")
                backend = self.installed(*options)
                self.assertEqual({"return": "old"}, backend.call("build_wheel"))
                if options:
                    self.assert_warm(backend, True, 0)
                    self.assert_warm(backend, True, 2)
                interpreter = backend.interpreter()
                self.install("new")
                self.assertEqual({"return": "new"}, backend.call("build_wheel"))
                self.assertNotEqual(interpreter, backend.interpreter())
                self.assertEqual([], self.notices(backend))
                backend.close()

    def test_an_immutable_environment_is_believed(self):
        backend = self.installed("--immutable-environment")
        interpreter = backend.interpreter()
        self.install("new")
        self.assertEqual({"return": "old"}, backend.call("build_wheel"))
        self.assertEqual(interpreter, backend.interpreter())


if __name__ == "__main__":
    unittest.main()
