"""Environments that are kept, with real installers and wheels of this machine: what is installed
once, by whom, and what axle env tells and removes.

    AXLE_BIN=build/dev/bin python3 tests/integration/cli/test_env.py
"""

import json
import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import DEADLINE, AxleTest  # noqa: E402
from daemon_program import await_end  # noqa: E402
from local_wheels import PYPROJECT, LocalWheels, find_uv  # noqa: E402


class KeptEnvironments(AxleTest):
    installer = "pip"

    def setUp(self):
        super().setUp()
        self.wheels = LocalWheels(self.home / "wheels")
        self.wheels.add_backend("1.0")
        self.environment.update(self.wheels.variables(), PIP_DISABLE_PIP_VERSION_CHECK="1",
                                UV_CACHE_DIR=str(self.home / "uv"))
        self.environments = self.home / "cache" / "axle" / "environments"

    def project(self, *hooks, requires=("tiny-backend",)):
        text = PYPROJECT.replace('["tiny-backend"]', json.dumps(requires))
        project = self.tiny_project(*hooks, pyproject=text)
        (project.root / "tiny_backend.py").unlink()
        return project

    def build(self, project, *options, env=(), code=0):
        """The messages of a build; whether it has installed anything."""
        out, err = self.axle("build", "-w", "--python", sys.executable, "--installer",
                             self.installer, *options, project.root, env=env, code=code)
        if code == 0:
            self.assertIn(project.wheel, out)
        return err

    def start_build(self, project):
        return self.start("build", "-w", "--python", sys.executable, "--installer",
                          self.installer, project.root)

    def kept(self):
        return sorted(self.environments.glob("*/*/axle-environment.json"))

    def test_what_is_installed_once_is_used_by_all_that_need_it(self):
        first = self.build(self.project())
        self.assertIn("Installing tiny-backend", first)
        second = self.build(self.project())
        self.assertNotIn("Installing", second)
        self.assertNotIn("environment", second)
        [record] = self.kept()
        compiled = list(record.parent.glob("lib/*/site-packages/__pycache__/tiny_backend.*.pyc"))
        self.assertEqual(len(compiled), 1)
        self.assertEqual(len(list(self.environments.iterdir())), 1)

    def test_k4_two_axles_at_once_make_one_environment(self):
        messages = [self.end(process) for process in
                    [self.start_build(self.project()) for _ in range(3)]]
        self.assertEqual([code for code, _, _ in messages], [0, 0, 0], messages)
        installed = [err for _, _, err in messages if "Installing" in err]
        self.assertEqual(len(installed), 1, messages)
        self.assertEqual(len(self.kept()), 1)

    def test_h8_an_axle_that_is_killed_in_the_middle_leaves_nothing_that_is_used(self):
        flag = self.home / "flag"
        self.wheels.add_sdist("slow", f"""
            def before():
                if not os.path.exists({str(flag)!r}):
                    with open({str(self.started.path)!r}, "w") as fifo:
                        print(os.getpid(), file=fifo, flush=True)
                    import signal
                    signal.pause()
        """)
        project = self.project(requires=["tiny-backend", "slow"])
        victim = self.start_build(project)
        self.started.wait()
        victim.send_signal(signal.SIGKILL)
        self.end(victim)
        for pid, _ in self.left_processes():
            await_end(pid)
        self.assertEqual(self.kept(), [])
        flag.touch()
        for path in self.tmp.iterdir():  # young: a later axle sweeps it
            subprocess.run(["rm", "-r", str(path)], check=True)
        self.assertIn("Installing", self.build(project))
        [record] = self.kept()
        self.assertEqual([record.parent], list(record.parent.parent.iterdir()))
        self.assertEqual(len(list(self.environments.iterdir())), 1)

    def test_e7_an_axle_backend_that_is_none_has_installed_nothing(self):
        project = self.project()
        for program in ("/bin/true", "/bin/false"):
            err = self.build(project, env={"AXLE_BACKEND": program}, code=4)
            self.assertIn(f"{program}, which was to guard", err)
            self.assertIn("AXLE_BACKEND", err)
            self.assertEqual(self.kept(), [])
        self.assertIn("Installing", self.build(project))

    def test_age_refresh_and_offline(self):
        project = self.project()
        self.build(project)
        [old] = self.kept()
        aged = {"AXLE_ENVIRONMENT_MAX_AGE": "0"}
        self.assertNotIn("Installing", self.build(project, "--offline", env=aged))
        self.assertNotIn("Installing", self.build(project, env={"AXLE_ENVIRONMENT_MAX_AGE": "7d"}))
        self.assertEqual(self.kept(), [old])
        self.assertIn("Installing", self.build(project, "--refresh"))
        [renewed] = self.kept()
        self.assertNotEqual(renewed, old)
        self.assertIn("Installing", self.build(project, env=aged))
        _, err = self.axle("build", project.root, env={"AXLE_ENVIRONMENT_MAX_AGE": "x"}, code=2)
        self.assertIn("AXLE_ENVIRONMENT_MAX_AGE", err)

    def test_without_the_network_nothing_is_fetched(self):
        # Nobody is there; without --offline that would be tried again and again.
        index = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_NO_INDEX": "0",
                 "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_OFFLINE": "0"}
        self.assertIn("Installing", self.build(self.project(), "--offline", env=index))
        other = self.project(requires=["axle-there-is-no-such-thing"])
        err = self.build(other, "--offline", env=index, code=4)
        self.assertIn("Without the network", err)
        self.assertEqual(len(self.kept()), 1)

    def test_i1_a_cache_that_cannot_be_had_is_told(self):
        for cache in ("/proc/none", "/dev/null"):
            for _ in range(2):
                err = self.build(self.project(), env={"XDG_CACHE_HOME": cache})
                self.assertIn("note: environments are not kept: ", err)
                self.assertIn("Installing", err)

    def test_env_lists_finds_and_removes(self):
        out, _ = self.axle("env", "list")
        self.assertEqual(out, "")
        project = self.project()
        options = ("--python", sys.executable, "--installer", self.installer)
        path = self.axle("env", "path", *options, project.root)[0].strip()
        self.assertTrue(Path(path, "bin", "python").exists())
        subprocess.run([f"{path}/bin/python", "-c", "import tiny_backend"], check=True,
                       timeout=DEADLINE)
        self.assertNotIn("Installing", self.build(project))
        [entry] = json.loads(self.axle("env", "list", "--json")[0])
        self.assertEqual(entry["path"], path)
        self.assertEqual(entry["requirements"], ["tiny-backend"])
        self.assertEqual(entry["state"], "idle")
        out, _ = self.axle("env", "list")
        header, line = out.splitlines()
        self.assertTrue(header.startswith("KEY "))
        self.assertTrue(line.startswith(entry["key"][:16]) and line.endswith(" tiny-backend"))
        self.assertEqual(self.axle("env", "path", "--key", entry["key"][:5])[0].strip(), path)
        self.axle("env", "path", "--key", "x", code=2)
        _, err = self.axle("env", "prune")
        self.assertIn("Removed 0 environments", err)
        Path(path, "pyvenv.cfg").unlink()
        self.assertIn("damaged", self.axle("env", "list")[0])
        _, err = self.axle("env", "prune")
        self.assertIn("Removed 1 environment ", err)
        self.assertEqual(list(self.environments.iterdir()), [])

    def test_env_removes_nothing_that_a_build_uses(self):
        go_on = self.home / "go-on"
        os.mkfifo(go_on)
        project = self.project()
        project.write("own.py", "from tiny_backend import *\nimport os\n" + f"""
def build_wheel(wheel_directory, *_, **__):
    with open({str(self.started.path)!r}, "w") as fifo:
        print(os.getpid(), file=fifo, flush=True)
    open({str(go_on)!r}).read()
    import tiny_backend
    assert os.path.exists(tiny_backend.__file__)
    return write_wheel(wheel_directory, {{}})
""")
        project.write("pyproject.toml", PYPROJECT.replace(
            'build-backend = "tiny_backend"', 'build-backend = "own"\nbackend-path = ["."]'))
        building = self.start_build(project)
        self.started.wait()
        for command in (("env", "clear"), ("env", "prune", "--older-than", "1ms")):
            code, _, err = self.end(self.start(*command))
            self.assertEqual(code, 0)
            self.assertIn("Removed 0 environments (0 bytes); 1 is in use", err)
        self.assertIn("in use", self.end(self.start("env", "list"))[1])
        with open(go_on, "w"):
            pass
        code, _, err = self.end(building)
        self.assertEqual(code, 0, err)
        self.assertIn("Removed 1 environment ", self.axle("env", "clear")[1])


@unittest.skipUnless(find_uv(), "there is no uv")
class KeptEnvironmentsOfUv(KeptEnvironments):
    installer = "uv"


if __name__ == "__main__":
    unittest.main()
