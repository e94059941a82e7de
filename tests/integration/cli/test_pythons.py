"""axle build with several interpreters: one sdist, and the wheels of all of them from it.

The second interpreter is that of a virtual environment, so that no second version is needed.
"""

import json
import sys
import unittest
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402

# Without isolation a hook sees which interpreter runs it. The number of sdists is that of the lines.
WHEEL_OF_EACH = """
    import sys

    real_build_wheel, real_build_sdist = build_wheel, build_sdist
    WHICH = "2b" if sys.prefix != sys.base_prefix else "1a"

    def build_wheel(wheel_directory, *_):
        name = real_build_wheel(wheel_directory)
        own = name.replace("-1.0-", f"-1.0-{WHICH}-")
        os.rename(os.path.join(wheel_directory, name), os.path.join(wheel_directory, own))
        return own

    def build_sdist(sdist_directory, *_):
        with open("sdists.log", "a") as log:
            print(WHICH, file=log)
        return real_build_sdist(sdist_directory)
"""
DIFFERENT = """
    import sys

    def build_wheel(wheel_directory, *_):
        return write_wheel(wheel_directory, {"demo.py": sys.prefix})
"""
UNSUPPORTED = """
    class UnsupportedOperation(Exception):
        pass

    def build_sdist(*_):
        raise UnsupportedOperation("not from here")
"""


class Pythons(AxleTest):
    def setUp(self):
        super().setUp()
        base = getattr(sys, "_base_executable", sys.executable)
        venv.create(self.home / "venv", symlinks=True)
        self.one, self.two = base, str(self.home / "venv/bin/python")
        self.both = ("-p", self.one, "-p", self.two)

    def each_wheel(self):
        return [f"demo-1.0-{which}-py3-none-any.whl" for which in ("1a", "2b")]

    def test_one_sdist_is_made_and_the_wheel_of_each_from_it(self):
        for jobs in ("-j1", "-j2"):
            with self.subTest(jobs):
                project = self.tiny_project(WHEEL_OF_EACH)
                out, err = self.axle("build", "-n", jobs, *self.both, cwd=project.root)
                self.assertEqual(
                    out.split(), [f"dist/{name}" for name in [project.sdist, *self.each_wheel()]])
                self.assertEqual(project.built(), sorted([project.sdist, *self.each_wheel()]))
                self.assertEqual((project.root / "sdists.log").read_text(), "1a\n")
                for python in (self.one, self.two):
                    name = f". [{python}]:" if jobs == "-j1" else f"demo [{python}]: Built"
                    self.assertIn(name, err)

    def test_of_kinds_that_are_named_the_sdist_is_built_with_the_first(self):
        project = self.tiny_project(WHEEL_OF_EACH)
        out, _ = self.axle("build", "-nsw", *self.both, project.root)
        self.assertEqual([Path(line).name for line in out.split()],
                         [project.sdist, *self.each_wheel()])
        out, _ = self.axle("build", "-ns", *self.both, project.root)
        self.assertEqual(out, f"{project.root}/dist/{project.sdist}\n")
        self.assertEqual((project.root / "sdists.log").read_text(), "1a\n1a\n")
        out, _ = self.axle("build", "-n", *self.both, "-o", self.home / "out",
                           project.root / "dist" / project.sdist)
        self.assertEqual(out.split(), [f"{self.home}/out/{name}" for name in self.each_wheel()])

    def test_a_wheel_that_is_the_same_for_both_is_kept_once(self):
        project = self.tiny_project()
        out, err = self.axle("build", "-n", *self.both, cwd=project.root)
        self.assertEqual(out.split(), [f"dist/{project.sdist}", f"dist/{project.wheel}"])
        self.assertIn(f"{project.wheel} is the same as with {self.one}: that one stays", err)

    def test_a_wheel_that_differs_under_one_name_is_an_error(self):
        project = self.tiny_project(DIFFERENT)
        out, err = self.axle("build", "-nw", *self.both, cwd=project.root, code=7)
        self.assertEqual(out, f"dist/{project.wheel}\n")
        self.assertIn(f"{project.wheel} was built with {self.one} already, and {self.two} makes "
                      "another of it: demo.py has other contents", err)
        self.assertIn(f"1 of 2 builds failed: . [{self.two}]", err)

    def test_the_next_makes_the_sdist_where_the_first_cannot(self):
        project = self.tiny_project(WHEEL_OF_EACH)
        for jobs in ("-j1", "-j2"):
            out, _ = self.axle("build", "-n", jobs, "-p", "/no/python", "-p", self.two,
                               cwd=project.root, code=4)
            self.assertEqual(
                out.split(), [f"dist/{project.sdist}", f"dist/{self.each_wheel()[1]}"])

    def test_without_an_sdist_each_builds_from_the_tree(self):
        project = self.tiny_project(WHEEL_OF_EACH, UNSUPPORTED)
        out, err = self.axle("build", "-n", *self.both, cwd=project.root)
        self.assertEqual(out.split(), [f"dist/{name}" for name in self.each_wheel()])
        self.assertEqual(err.count("makes no sdist"), 2)

    def test_programs_are_told_which_interpreter(self):
        project = self.tiny_project(WHEEL_OF_EACH)
        out, _ = self.axle("build", "-n", *self.both, "--format", "json", project.root)
        told = json.loads(out)["projects"]
        self.assertEqual([one["source"] for one in told], [str(project.root)] * 2)
        self.assertEqual([one["interpreter"]["path"] for one in told], [self.one, self.two])
        self.assertEqual([[a["kind"] for a in one["artifacts"]] for one in told],
                         [["sdist", "wheel"], ["wheel"]])
        out, _ = self.axle("build", *self.both, "--list", "--format", "json", project.root)
        listed = json.loads(out)
        self.assertEqual([one["kinds"] for one in listed], [["sdist", "wheel"], ["wheel"]])
        self.assertEqual([one["interpreter"]["path"] for one in listed], [self.one, self.two])

    def test_clear_comes_after_the_last_and_not_after_a_failure(self):
        project = self.tiny_project(WHEEL_OF_EACH)
        old = project.root / "dist" / "demo-0.9-py3-none-any.whl"
        old.parent.mkdir()
        old.touch()
        self.axle("build", "-n", "--clear", "-p", self.one, "-p", "/no/python", project.root, code=4)
        self.assertTrue(old.exists())
        self.axle("build", "-n", "--clear", *self.both, project.root)
        self.assertEqual(project.built(), sorted([project.sdist, *self.each_wheel()]))

    def test_variables_and_the_users_file_have_lists(self):
        project = self.tiny_project(WHEEL_OF_EACH)
        names = "".join(f"{project.root}/dist/{name}\n" for name in self.each_wheel())
        variable = {"AXLE_PYTHON": f"'{self.one}' {self.two}"}
        out, _ = self.axle("build", "-nw", project.root, env=variable)
        self.assertEqual(out, names)
        # The commands for one build take the first.
        self.axle("metadata", "-n", project.root, env=variable)
        config = self.home / "config" / "axle" / "axle.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'python = ["{self.one}", "{self.two}", "{self.one}"]\n')
        out, _ = self.axle("build", "-nw", project.root,
                           env={"XDG_CONFIG_HOME": str(self.home / "config")})
        self.assertEqual(out, names)
        _, err = self.axle("metadata", "-n", *self.both, project.root, code=2)
        self.assertIn("only axle build takes several interpreters", err)


if __name__ == "__main__":
    unittest.main()
