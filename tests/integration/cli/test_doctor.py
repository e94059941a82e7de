"""axle doctor in surroundings in which something is wrong.

    AXLE_BIN=build/dev/bin python3 tests/integration/cli/test_doctor.py
"""

import json
import os
import resource
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "support"))

from axle_program import DEADLINE, AxleTest, axle_path
from build_report import check
from local_wheels import LocalWheels
from projects import TinyProject


class Doctor(AxleTest):
    def diagnosis(self, *arguments, code=0, **options):
        """The findings by their subjects."""
        options.setdefault("cwd", self.home)
        out, _ = self.axle("doctor", "--json", *arguments, code=code, **options)
        told = json.loads(out)
        check("doctor", told)
        self.assertEqual(told["healthy"], code == 0)
        for finding in told["findings"]:
            self.assertIn(finding["state"], ("right", "doubtful", "wrong"))
            self.assertEqual(finding["advice"] == "", finding["state"] == "right", finding)
        return {finding["subject"]: finding for finding in told["findings"]}

    def assert_state(self, finding, state, message):
        self.assertEqual(finding["state"], state, finding)
        self.assertIn(message, finding["message"])

    def test_a_healthy_machine_is_told_to_be_so(self):
        found = self.diagnosis()
        self.assert_state(found["axle-backend"], "right", str(Path(axle_path()).with_name("axle-backend")))
        self.assert_state(found["interpreter"], "right", "cpython 3.")
        self.assert_state(found["daemon"], "right", "does not run")
        self.assert_state(found["kernel"], "right", "pidfd")
        self.assertNotIn("project", found)

    def test_people_are_told_line_by_line(self):
        out, err = self.axle("doctor", cwd=self.home)
        self.assertEqual(err, "")
        self.assertRegex(out, r"(?m)^right     interpreter      cpython 3\.")

    def test_without_a_python_no_build_works(self):
        empty = self.home / "empty"
        empty.mkdir()
        found = self.diagnosis(env={"PATH": str(empty)}, code=4)
        self.assert_state(found["interpreter"], "wrong", "python3")
        self.assert_state(found["compiler"], "doubtful", "gcc")

    def test_an_axle_backend_of_another_version_is_found_out(self):
        other = self.home / "axle-backend"
        other.write_text("#!/bin/sh\necho axle-backend 0.0.7\n")
        other.chmod(0o755)
        found = self.diagnosis(env={"AXLE_BACKEND": str(other)}, code=4)
        self.assert_state(found["axle-backend"], "wrong", "0.0.7")
        other.write_text("#!/bin/sh\nexit 1\n")
        found = self.diagnosis(env={"AXLE_BACKEND": str(other)}, code=4)
        self.assert_state(found["axle-backend"], "wrong", "does not run")
        found = self.diagnosis(env={"AXLE_BACKEND": "/nowhere/axle-backend"}, code=4)
        self.assert_state(found["axle-backend"], "wrong", "/nowhere/axle-backend")

    def test_a_cache_that_cannot_be_written_to_does_no_harm_but_costs_time(self):
        (self.home / "file").write_text("")
        found = self.diagnosis(env={"XDG_CACHE_HOME": str(self.home / "file")})
        self.assert_state(found["cache"], "doubtful", "made anew for every build")

    def test_few_open_files_are_doubtful(self):
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, before[1]))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        self.assert_state(self.diagnosis()["open files"], "doubtful", "only 100 open files")

    def test_a_locale_that_is_not_installed_is_doubtful(self):
        found = self.diagnosis(env={"LC_ALL": "xx_YY.UTF-8"})
        self.assert_state(found["locale"], "doubtful", "not installed")

    def test_a_folder_without_programs_and_one_without_room_are_doubtful(self):
        for options, message in {"noexec,size=1g": "noexec", "size=1m": "little room"}.items():
            with self.subTest(options=options):
                script = f'mount -t tmpfs -o {options} none "$TMPDIR" && exec "$0" doctor --json'
                done = subprocess.run(
                    ["unshare", "--mount", "--map-root-user", "--user", "sh", "-c", script, axle_path()],
                    capture_output=True, text=True, cwd=self.home, env=self.environment, timeout=DEADLINE)
                if done.returncode == 1 and not done.stdout:
                    self.skipTest(f"no file system can be mounted here: {done.stderr}")
                found = {each["subject"]: each for each in json.loads(done.stdout)["findings"]}
                self.assert_state(found["temporary files"], "doubtful", message)

    def test_a_project_is_looked_at_too(self):
        with TinyProject() as project:
            found = self.diagnosis(cwd=project.root)
            self.assert_state(found["project"], "right", "tiny_backend")
            project.write("pyproject.toml", "[build-system]\nrequires = 3\n")
            self.assert_state(self.diagnosis(project.root, code=4)["project"], "wrong",
                              "pyproject.toml:2:")
            self.assert_state(self.diagnosis("/nowhere", code=4)["project"], "wrong", "/nowhere")

    def test_a_backend_is_asked_whether_it_answers(self):
        raising = "def get_requires_for_build_wheel(*_): raise ValueError('not today')\n"
        with TinyProject() as project:
            found = self.diagnosis(project.root)
            self.assert_state(found["backend"], "right", "tiny_backend is there, and answers")
            self.assertNotIn("backend", self.diagnosis(cwd=project.root))
            project.write("tiny_backend.py", "import no_such_module\n")
            found = self.diagnosis(project.root, code=4)
            self.assert_state(found["backend"], "wrong", "no_such_module")
            project.write("tiny_backend.py", raising)
            found = self.diagnosis(project.root, code=4)
            self.assert_state(found["backend"], "wrong", "get_requires_for_build_wheel")
            self.assertEqual(project.built(), [])

    def test_the_index_is_asked_only_where_that_is_wanted(self):
        self.assertNotIn("index", self.diagnosis())
        nowhere = "http://127.0.0.1:9/simple"  # the port that discards, which nobody opens
        found = self.diagnosis("--online", "--index", nowhere, code=4)
        self.assert_state(found["index"], "wrong", "flit-core")
        wheels = LocalWheels(self.home / "wheels")
        wheels.add_backend("1.0", name="flit_core")
        found = self.diagnosis("--online", env=wheels.variables())
        self.assert_state(found["index"], "right", "flit-core can be installed")
        self.axle("doctor", "--online", "--offline", code=2)

    def test_a_second_project_is_one_too_many(self):
        _, err = self.axle("doctor", "one", "two", code=2)
        self.assertIn("two", err)


if __name__ == "__main__":
    unittest.main()
