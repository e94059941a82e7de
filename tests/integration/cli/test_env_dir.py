"""axle build --env-dir: the environment of a build in a folder that the user names."""

import json
import os
import shutil
import signal
import subprocess
import sys
import unittest
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from daemon_program import await_end  # noqa: E402
from local_wheels import PYPROJECT, LocalWheels  # noqa: E402

# What the hook asks for is found by nobody before it is installed.
ASKS_FOR_MORE = """
    def get_requires_for_build_wheel(config_settings=None):
        return ["extra"]

    real_build_wheel = build_wheel

    def build_wheel(*arguments, **_):
        import extra
        return real_build_wheel(*arguments)
"""


class EnvDir(AxleTest):
    def setUp(self):
        super().setUp()
        self.wheels = LocalWheels(self.home / "wheels")
        self.wheels.add_backend("1.0")
        self.environment.update(self.wheels.variables(), PIP_DISABLE_PIP_VERSION_CHECK="1")
        self.folder = self.home / "env"
        self.python = sys.executable

    def project(self, requires=("tiny-backend",)):
        text = PYPROJECT.replace('["tiny-backend"]', json.dumps(requires))
        project = self.tiny_project(pyproject=text)
        (project.root / "tiny_backend.py").unlink()
        return project

    def build(self, *words, code=0):
        return self.axle("build", "-w", "--installer", "pip", "-p", self.python, "--env-dir",
                         self.folder, *words, code=code)[1]

    def in_it(self, module):
        ran = subprocess.run([self.folder / "bin" / "python", "-c", f"import {module}"],
                             capture_output=True)
        return ran.returncode == 0

    def add_module(self, name):
        info = f"{name}-1.0.dist-info"
        files = {
            f"{name}.py": "",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
        with zipfile.ZipFile(self.wheels.folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            for path, text in files.items():
                wheel.writestr(path, text)

    def test_it_is_made_there_kept_and_used_again(self):
        project = self.project()
        self.assertIn("Installing tiny-backend", self.build(project.root))
        self.assertTrue(self.in_it("tiny_backend"))
        again = self.build(project.root)
        self.assertNotIn("Installing", again)
        self.assertNotIn("environment", again)
        # Of its own accord the cache has nothing of it.
        self.assertFalse((self.home / "cache" / "axle" / "environments").exists())

    def test_what_the_hook_asks_for_comes_into_the_same_folder(self):
        self.add_module("extra")
        project = self.tiny_project(ASKS_FOR_MORE)
        first = self.build(project.root)
        self.assertIn("Installing extra", first)
        self.assertTrue(self.in_it("extra"))
        self.assertNotIn("Installing", self.build(project.root))

    def test_an_empty_folder_will_do_and_one_with_something_in_it_will_not(self):
        project = self.project()
        self.folder.mkdir()
        (self.folder / "mine").write_text("precious")
        err = self.build(project.root, code=2)
        self.assertIn(f"--env-dir {self.folder}: it is not empty, and no environment that axle has made", err)
        self.assertEqual(os.listdir(self.folder), ["mine"])
        (self.folder / "mine").unlink()
        self.build(project.root)
        self.assertTrue(self.in_it("tiny_backend"))

    def test_the_project_itself_is_no_folder_for_it(self):
        project = self.project()
        self.folder = project.root
        self.assertIn("is the project itself", self.build(project.root, code=2))
        self.assertIn("demo.py", os.listdir(project.root))

    def test_one_that_was_made_for_something_else_is_refused_and_stays(self):
        self.build(self.project().root)
        self.add_module("extra")
        err = self.build(self.project(("tiny-backend", "extra")).root, code=2)
        self.assertIn("it was made for other build requirements", err)
        self.assertIn("hint: name another folder, or remove this one", err)
        self.assertTrue(self.in_it("tiny_backend"))
        self.assertFalse(self.in_it("extra"))

    def test_of_one_that_cannot_be_made_nothing_is_left(self):
        self.build(self.project(("nobody-has-this",)).root, code=4)
        self.assertEqual(os.listdir(self.folder), [])
        self.build(self.project().root)

    def test_one_whose_making_was_killed_is_made_anew(self):
        flag = self.home / "flag"
        self.wheels.add_sdist("slow", f"""
            import signal
            def before():
                if not os.path.exists({str(flag)!r}):
                    with open({str(self.started.path)!r}, "w") as fifo:
                        print(os.getpid(), file=fifo)
                    signal.pause()
        """)
        root = self.project(("tiny-backend", "slow")).root
        victim = self.start("build", "-w", "--installer", "pip", "-p", self.python, "--env-dir",
                            self.folder, root)
        self.started.wait()
        victim.send_signal(signal.SIGKILL)
        self.end(victim)
        for pid, _ in self.left_processes():
            await_end(pid)
        for path in self.tmp.iterdir():  # young: a later axle sweeps it
            shutil.rmtree(path)
        self.assertIn("pyvenv.cfg", os.listdir(self.folder))
        flag.touch()
        err = self.build(root)
        self.assertIn(f"the environment in {self.folder} was never finished, and is made anew", err)
        self.assertTrue(self.in_it("tiny_backend"))
        self.assertNotIn("Installing", self.build(root))

    def test_an_environment_of_others_stays(self):
        subprocess.run([self.python, "-m", "venv", "--without-pip", self.folder], check=True)
        err = self.build(self.project().root, code=2)
        self.assertIn("no environment that axle has made", err)
        self.assertIn("pyvenv.cfg", os.listdir(self.folder))

    def test_both_artifacts_and_both_rounds_are_built_in_it(self):
        project = self.project()
        process = self.start("build", "--reproducible", "--installer", "pip", "-p", self.python,
                             "--env-dir", self.folder, project.root)
        _, out, err = self.end(process)  # whether they are the same is a matter of seconds
        self.assertEqual(len(out.split()), 2, err)
        self.assertEqual(err.count("Installing"), 1, err)
        self.assertFalse((self.home / "cache" / "axle" / "environments").exists())

    def test_it_is_for_one_build_and_for_isolated_ones(self):
        one, two = self.project(), self.project()
        self.assertIn("one project with one interpreter", self.build(one.root, two.root, code=2))
        self.assertIn("one project with one interpreter", self.build(one.root, "-p", "3", code=2))
        self.assertIn("exclude each other", self.build("-n", one.root, code=2))
        self.assertIn("remove the folder", self.build("--refresh", one.root, code=2))


if __name__ == "__main__":
    unittest.main()
