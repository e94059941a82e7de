"""The folder of a training is gone, whoever ends the training and whoever cannot: here the trainer is stopped."""

import os
import signal
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import host_of, parent_of  # noqa: E402
from backend_driver import BackendTest, wait_gone  # noqa: E402
from daemon_program import DaemonTest, await_end  # noqa: E402
from projects import BACKEND as TINY_BACKEND  # noqa: E402
from projects import PYPROJECT  # noqa: E402

BACKEND = """
    import os

    def get_requires_for_build_wheel(): return []

    def build_wheel(wheel_directory=None): return "built"

    def build_sdist(sdist_directory):
        for name in "one", "two":
            os.makedirs(os.path.join(name, "folder"))
            open(os.path.join(name, "folder", "file"), "w").close()
        with open(os.environ["TEST_BEGUN"], "w") as fifo:
            print(os.getpid(), file=fifo)
        with open(os.environ["TEST_GATE"]) as gate:
            gate.read(1)
"""


class Case(BackendTest):
    def training(self):
        """A backend in the midst of its training; the interpreter, the trainer and the pupil."""
        folder = tempfile.TemporaryDirectory(prefix="axle-environment-")
        self.addCleanup(folder.cleanup)
        place = Path(folder.name)
        self.places = place / "tmp"
        self.places.mkdir()
        source = self.project(BACKEND)
        (source.root / "backend.py").rename(place / "backend.py")
        for name in "begun", "gate":
            os.mkfifo(place / name)
        gate = os.open(place / "gate", os.O_RDWR)
        self.addCleanup(os.close, gate)
        env = {**os.environ, "PYTHONPATH": str(place), "TMPDIR": str(self.places),
               "TEST_BEGUN": str(place / "begun"), "TEST_GATE": str(place / "gate")}
        backend = self.backend(source, in_tree=False, env=env, options=("--warm",))
        self.assertEqual({"return": "built"}, backend.call("build_wheel"))
        pupil = int((place / "begun").read_text())
        interpreter = backend.interpreter()
        trainer, = map(int, Path(f"/proc/{interpreter}/task/{interpreter}/children").read_text().split())
        self.assertEqual(len(list(self.places.iterdir())), 1)
        return backend, interpreter, trainer, pupil

    def assert_gone(self, *pids):
        for pid in pids:
            wait_gone(pid)
        self.assertEqual([path.name for path in self.places.iterdir()], [])

    def test_a_stopped_trainer_leaves_no_folder_behind(self):
        def end_stdin(backend, _):
            backend.process.stdin.close()

        def end_by_signal(backend, _):
            backend.process.terminate()

        def leave(backend, _):
            self.assertEqual(backend.leave(), 0)

        def kill_interpreter_first(backend, interpreter):
            os.kill(interpreter, signal.SIGKILL)
            backend.process.stdin.close()

        def stop_interpreter_first(backend, interpreter):
            os.kill(interpreter, signal.SIGSTOP)
            backend.process.stdin.close()

        def kill_host(backend, _):
            backend.process.kill()

        for end in end_stdin, end_by_signal, leave, kill_interpreter_first, stop_interpreter_first, kill_host:
            with self.subTest(end.__name__):
                backend, interpreter, trainer, pupil = self.training()
                os.kill(trainer, signal.SIGSTOP)
                end(backend, interpreter)
                self.assert_gone(backend.process.pid, interpreter, trainer, pupil)
                backend.close()

    def test_a_stopped_trainer_of_an_interpreter_that_was_replaced_leaves_none_either(self):
        backend, interpreter, trainer, pupil = self.training()
        os.kill(trainer, signal.SIGSTOP)
        os.kill(interpreter, signal.SIGKILL)
        self.assertEqual({"return": "built"}, backend.call("build_wheel"))
        self.assertNotEqual(backend.interpreter(), interpreter)
        backend.process.stdin.close()
        self.assert_gone(backend.process.pid, trainer, pupil)


class OfTheDaemon(DaemonTest):
    def test_a_stopped_trainer_of_the_daemon_leaves_no_folder_behind(self):
        begun, gate, backends = (self.home / name for name in ("begun", "gate", "backends"))
        os.mkfifo(begun)
        os.mkfifo(gate)
        backends.mkdir()
        (backends / "installed_backend.py").write_text(TINY_BACKEND + f"""
def build_sdist(sdist_directory, config_settings=None):
    with open({str(begun)!r}, "w") as fifo:
        print(os.getpid(), file=fifo)
    open({str(gate)!r}).close()
""")
        self.environment["PYTHONPATH"] = str(backends)
        pyproject = PYPROJECT.replace('backend-path = ["."]\n', "").replace("tiny_", "installed_")
        for end in "stop", "kill":
            with self.subTest(end):
                self.build(self.tiny_project(pyproject=pyproject))
                pupil = int(begun.read_text())
                trainer, host = parent_of(pupil), host_of(pupil)
                os.kill(trainer, signal.SIGSTOP)
                if end == "stop":
                    self.assertEqual(self.stop().returncode, 0)
                else:
                    os.kill(self.daemon()["pid"], signal.SIGKILL)
                await_end(host, trainer, pupil)
                self.assertEqual([path.name for path in self.tmp.iterdir()], [])


if __name__ == "__main__":
    unittest.main()
