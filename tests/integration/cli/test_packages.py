"""What is installed for a build, and from where: constraints, hashes, indexes, extra requirements."""

import hashlib
import json
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from local_wheels import PYPROJECT, LocalWheels, find_uv  # noqa: E402
from projects import TinyProject  # noqa: E402

# The version of the backend, into the metadata.
SECRET = "hunter2"


class PackagesTest(AxleTest):
    installers = ["pip", *(["uv"] if find_uv() else [])]

    def setUp(self):
        super().setUp()
        self.wheels = LocalWheels(self.home / "wheels")
        for version in ("1.0", "2.0"):
            self.wheels.add_backend(version)
        self.environment.update(PIP_NO_INDEX="1", UV_OFFLINE="1", UV_NO_INDEX="1")
        if find_uv():
            self.environment["UV"] = find_uv()
        project = self.tiny_project(pyproject=PYPROJECT)
        (project.root / "tiny_backend.py").unlink()
        self.project = project

    def build(self, *options, **more):
        return self.axle("build", "-w", "--find-links", self.wheels.folder, *options, self.project.root, **more)

    def environments(self):
        """The versions of the backend in the environments that are kept."""
        places = (self.home / "cache/axle/environments").glob("**/tiny_backend-*.dist-info")
        return sorted(place.name for place in places)

    def constraints(self, *lines):
        path = self.home / "constraints.txt"
        path.write_text("".join(line + "\n" for line in lines))
        return path

    def test_a_folder_of_packages_and_a_constraint_decide(self):
        for installer in self.installers:
            with self.subTest(installer=installer):
                self.build("--installer", installer)
                constraints = self.constraints("tiny-backend<2")
                self.build("--installer", installer, "--build-constraint", constraints)
                self.assertEqual(self.environments(), ["tiny_backend-1.0.dist-info", "tiny_backend-2.0.dist-info"])
                self.axle("env", "clear")

    def test_a_changed_constraint_is_another_environment(self):
        options = ("--installer", "pip", "--build-constraint", self.constraints("tiny-backend<2"))
        self.build(*options)
        self.constraints("tiny-backend==2.0")
        self.build(*options)
        self.assertEqual(self.environments(), ["tiny_backend-1.0.dist-info", "tiny_backend-2.0.dist-info"])

    def test_constraints_of_all_places_count_and_begin_where_they_are_named(self):
        self.constraints("tiny-backend!=2.0")
        self.project.write("pyproject.toml", PYPROJECT + '[tool.axle]\nbuild-constraint = "own.txt"\n')
        self.project.write("own.txt", "tiny-backend!=1.0\n")
        _, err = self.build("--installer", "pip", "--build-constraint", "constraints.txt", cwd=self.home, code=4)
        self.assertIn("tiny-backend", err)

    def test_hashes_are_heeded_and_must_be_there_where_they_are_required(self):
        wheel = self.wheels.folder / "tiny_backend-1.0-py3-none-any.whl"
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        self.project.write("pyproject.toml", PYPROJECT.replace('"tiny-backend"', '"tiny-backend==1.0"'))
        for installer in self.installers:
            with self.subTest(installer=installer):
                options = ("--installer", installer, "--require-hashes", "--build-constraint")
                self.build(*options, self.constraints(f"tiny-backend==1.0 --hash=sha256:{digest}"))
                _, err = self.build(*options, self.constraints(f"tiny-backend==1.0 --hash=sha256:{'0' * 64}"), code=4)
                self.assertIn("hash", err.lower())
                _, err = self.build(*options, self.constraints("tiny-backend==1.0"), code=4)
                self.assertIn("hash", err.lower())
                self.axle("env", "clear")
        _, err = self.build("--require-hashes", code=2)
        self.assertIn("--build-constraint", err)

    def test_a_constraints_file_that_is_not_there_is_refused(self):
        _, err = self.build("--build-constraint", "nothing.txt", code=2)
        self.assertIn("nothing.txt", err)

    def test_variables_of_pip_and_uv_constrain_what_a_build_needs(self):
        constraints = str(self.constraints("tiny-backend<2"))
        for variable in ("PIP_BUILD_CONSTRAINT", "UV_BUILD_CONSTRAINT"):
            with self.subTest(variable):
                self.build("--installer", "pip", env={variable: constraints})
                self.assertEqual(self.environments(), ["tiny_backend-1.0.dist-info"])
                self.axle("env", "clear")
                _, err = self.build(env={variable: "nothing.txt"}, code=2)
                self.assertIn(f'{variable}: there is no file "nothing.txt"', err)
                _, err = self.build(env={variable: "https://me:hunter2@example.org/pins.txt"}, code=2)
                self.assertIn(f"{variable}: there is no file", err)
                self.assertIn("download it", err)
                self.assertNotIn("hunter2", err)
                # Where nothing is installed, it is for others.
                self.axle("build", "--list", "-n", self.project.root, env={variable: "nothing.txt"})

    def test_constraints_may_come_by_a_pipe(self):
        # What a project says makes axle read its command line once more.
        self.project.write("pyproject.toml", PYPROJECT + "[tool.axle]\nconfig-setting = { a = '1' }\n")
        for installer in self.installers:
            with self.subTest(installer=installer):
                end, writer = os.pipe()
                try:
                    with open(writer, "w") as pipe:
                        print("tiny-backend<2", file=pipe)
                    self.build("--installer", installer, "--build-constraint", f"/dev/fd/{end}",
                               pass_fds=(end,))
                finally:
                    os.close(end)
                self.assertEqual(self.environments(), ["tiny_backend-1.0.dist-info"])
                self.axle("env", "clear")

    def test_an_extra_requirement_is_installed_too(self):
        self.project.write("pyproject.toml", PYPROJECT.replace('["tiny-backend"]', "[]"))
        out, _ = self.axle("requires", "--find-links", self.wheels.folder, "--extra-requires", "tiny-backend<2", self.project.root)
        self.assertEqual(out, "tiny-backend<2\n")
        self.build("--extra-requires", "tiny-backend<2")
        self.assertEqual(self.environments(), ["tiny_backend-1.0.dist-info"])

    def test_no_password_of_an_index_is_shown_or_kept(self):
        index = f"http://me:{SECRET}@localhost:9/simple"
        for installer in self.installers:
            with self.subTest(installer=installer):
                report = self.home / "report.json"
                _, err = self.axle(
                    *("build", "-vv", "--installer", installer, "--index", index, "--extra-index", index),
                    *("--report", report, "--trace", self.home / "trace.json", self.project.root),
                    code=4,
                    env={"PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0", "PIP_NO_INDEX": "", "UV_OFFLINE": "", "UV_NO_INDEX": ""},
                )
                self.assertNotIn(SECRET, err)
                for path in self.home.rglob("*"):
                    if path.is_file():
                        self.assertNotIn(SECRET.encode(), path.read_bytes(), path)

    def test_an_old_pip_says_that_it_cannot_leave_out_what_is_newer(self):
        _, err = self.build("--installer", "pip", "--exclude-newer", "2024-01-01", code=4)
        self.assertIn("--exclude-newer needs uv, or pip 26.0 or newer", err)


class Unisolated(AxleTest):
    def test_requirements_that_are_missing_are_told_before_the_build(self):
        pyproject = PYPROJECT.replace('["tiny-backend"]', '["there-is-no-such-thing>=2", "pip<1; python_version > \'3\'", "nothing; python_version < \'3\'"]')
        with TinyProject(pyproject=pyproject.replace('"tiny_backend"', '"tiny_backend"\nbackend-path = ["."]')) as project:
            _, err = self.axle("build", "-n", project.root, code=4)
            self.assertIn("there-is-no-such-thing>=2: it is not installed", err)
            self.assertRegex(err, r"pip<1: \S+ is installed")
            self.assertNotIn("nothing", err)
            self.assertIn("--skip-dependency-check", err)
            self.assertRegex(err, r"not met by /.*python")
            self.axle("build", "-n", "-x", project.root)

    def test_what_the_hook_asks_for_is_checked_with_all_that_it_requires(self):
        site = self.home / "site"
        for name, requires in {
            "outer": ("inner[more]>=1",), "inner": ("outer", 'deepest>3; extra == "more"'), "deepest": (),
        }.items():
            info = site / f"{name}-1.0.dist-info"
            info.mkdir(parents=True)
            lines = "".join(f"Requires-Dist: {line}\n" for line in requires)
            info.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nProvides-Extra: more\n{lines}")
        hooks = "def get_requires_for_build_wheel(config_settings=None): return ['outer']\n"
        env = {"PYTHONPATH": str(site)}
        with TinyProject(hooks) as project:
            _, err = self.axle("build", "-nw", project.root, env=env, code=4)
            self.assertIn("outer -> inner[more]>=1 -> deepest>3: 1.0 is installed", err)
            deepest = site / "deepest-1.0.dist-info"
            metadata = deepest / "METADATA"
            metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 4.0"))
            deepest.rename(site / "deepest-4.0.dist-info")
            for _ in range(2):  # the second time it is known
                self.axle("build", "-nw", project.root, env=env)
            (site / "deepest-4.0.dist-info/METADATA").unlink()
            (site / "deepest-4.0.dist-info").rmdir()
            _, err = self.axle("build", "-nw", project.root, env=env, code=4)
            self.assertIn("deepest>3: it is not installed", err)


class Pythons(AxleTest):
    def test_a_version_chooses_an_interpreter_and_an_error_lists_those_there_are(self):
        with TinyProject() as project:
            major, minor = sys.version_info[:2]
            self.environment["PATH"] = f"{Path(sys.executable).resolve().parent}:{self.environment['PATH']}"
            for wish in (f"{major}.{minor}", f">={major}.{minor}, <{major}.{minor + 1}", f"=={major}.{minor}.*"):
                with self.subTest(wish=wish):
                    self.axle("build", "-w", "-p", wish, project.root)
            _, err = self.axle("build", "-p", ">=3.99", project.root, code=4)
            self.assertIn("there is no Python >=3.99 here; found: ", err)
            self.assertIn(f"{major}.{minor}.", err)
            _, err = self.axle("build", "-p", ">=three", project.root, code=2)
            self.assertIn("'>=three'", err)

    def test_a_project_that_wants_another_python_is_refused_early(self):
        from projects import PYPROJECT as OWN
        with TinyProject(pyproject=OWN + 'requires-python = ">=3.99"\n') as project:
            _, err = self.axle("build", "-w", project.root, code=4)
            self.assertIn("requires Python >=3.99", err)
            self.assertEqual(project.built(), [])
            self.axle("build", "-w", "--ignore-requires-python", project.root)
            self.assertEqual(project.built(), [project.wheel])


class Clearing(AxleTest):
    def test_earlier_artifacts_of_the_project_go_once_the_new_ones_are_there(self):
        with TinyProject() as project:
            dist = project.root / "dist"
            dist.mkdir()
            old = ["demo-0.9.tar.gz", "demo-0.9-py3-none-any.whl", "Demo-0.8.zip"]
            others = ["demo-extra-1.0.tar.gz", "demo_extra-1.0-py3-none-any.whl", "notes.txt", "demo-0.9.exe"]
            for name in old + others:
                (dist / name).write_text("")
            (dist / "demo-0.7.tar.gz").symlink_to("notes.txt")
            self.axle("build", "--clear", project.root)
            self.assertEqual(project.built(), sorted([*others, "demo-0.7.tar.gz", project.sdist, project.wheel]))

    def test_nothing_goes_where_the_build_fails(self):
        with TinyProject("def build_wheel(*_, **__): raise ValueError\n") as project:
            dist = project.root / "dist"
            dist.mkdir()
            (dist / "demo-0.9.tar.gz").write_text("")
            self.axle("build", "--clear", project.root, code=1)
            self.assertIn("demo-0.9.tar.gz", project.built())


class Wheels(AxleTest):
    def test_the_metadata_of_a_wheel_is_printed_without_a_build(self):
        with TinyProject() as project:
            self.axle("build", "-w", project.root)
            out, _ = self.axle("metadata", project.root / "dist" / project.wheel)
            self.assertEqual(json.loads(out)["name"], "demo")
        _, err = self.axle("metadata", self.home / "gone-1.0-py3-none-any.whl", code=3)
        self.assertIn("there is no wheel", err)


if __name__ == "__main__":
    unittest.main()
