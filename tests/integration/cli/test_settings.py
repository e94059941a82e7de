"""What reaches the build backend as config_settings: for all hooks, for one, for one project's."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from projects import PYPROJECT, TinyProject  # noqa: E402

# Each hook writes what it was given into `told` of the project, a JSON document a line.
TELLING = """
    import json

    def told(hook, settings):
        with open("told", "a") as file:
            print(json.dumps([hook, settings]), file=file)

    def telling(name, hook):
        def run(*arguments, config_settings=None, **rest):
            position = {"get_requires_for_build_wheel": 0, "get_requires_for_build_sdist": 0}.get(name, 1)
            if len(arguments) > position:
                config_settings = arguments[position]
            told(name, config_settings)
            return hook(*arguments)
        return run

    def get_requires_for_build_wheel(*_, **__):
        return []

    for name in ("get_requires_for_build_wheel", "build_wheel", "build_sdist"):
        globals()[name] = telling(name, globals()[name])
"""


class Settings(AxleTest):
    def received(self, project):
        """What each hook has received, by its name."""
        path = project.root / "told"
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        path.unlink()
        return dict(lines)

    def wheel(self, project, *options, **more):
        self.axle("build", "-w", *options, project.root, **more)
        return self.received(project)

    def refused(self, *options):
        with TinyProject(TELLING) as project:
            _, err = self.axle("build", "-w", *options, project.root, code=2)
            self.assertFalse((project.root / "told").exists())
            return err

    def test_a_json_object_reaches_every_hook_unchanged(self):
        settings = '{"z": {"deep": [1, 2.50, {"a": null}]}, "a": "ä\\u0000", "list": [], "big": 123456789012345678901}'
        with TinyProject(TELLING) as project:
            for told in self.wheel(project, "--config-json", settings).values():
                self.assertEqual(told, json.loads(settings))
                self.assertEqual(list(told), list(json.loads(settings)))

    def test_what_is_no_json_object_is_refused_before_anything_runs(self):
        for wrong in ("[1]", "{", '{"a": 1, "a": 2}', "yes"):
            self.assertIn("--config-json", self.refused("--config-json", wrong))
        self.assertIn("exclude each other", self.refused("--config-json", "{}", "-C", "a=1"))

    def test_a_setting_for_one_hook_replaces_the_same_key_for_it_alone(self):
        with TinyProject(TELLING) as project:
            told = self.wheel(
                project,
                *("-C", "a=1", "-C", "b=2"),
                *("--hook-config-setting", "build_wheel:a=x"),
                *("--hook-config-setting", "build_wheel:a=y:z=1"),
            )
        self.assertEqual(told["build_wheel"], {"a": ["x", "y:z=1"], "b": "2"})
        self.assertEqual(told["get_requires_for_build_wheel"], {"a": "1", "b": "2"})

    def test_a_hook_that_there_is_not_is_refused_with_the_one_that_was_meant(self):
        err = self.refused("--hook-config-setting", "build_wheels:a=x")
        self.assertIn("did you mean build_wheel?", err)
        self.assertIn("HOOK:KEY=VALUE", self.refused("--hook-config-setting", "a=x"))

    def test_a_setting_for_one_project_reaches_it_alone_by_either_of_its_names(self):
        pyproject = PYPROJECT.replace('"demo"', '"Other.Name"')
        with TinyProject(TELLING) as one, TinyProject(TELLING, pyproject=pyproject) as two:
            other = two.root.rename(two.root.parent / "folder")
            two.root = other
            two.write("tiny_backend.py", (other / "tiny_backend.py").read_text().replace('"demo", "1.0"', '"Other.Name", "1.0"'))
            two.write("tiny_backend.py", (other / "tiny_backend.py").read_text().replace('DIST_INFO = f"{NAME}', 'DIST_INFO = f"other_name'))
            two.write("tiny_backend.py", (other / "tiny_backend.py").read_text().replace('name = f"{NAME}', 'name = f"other_name'))
            for name in ("other-name", "OTHER_NAME", "folder"):
                with self.subTest(name=name):
                    setting = ("-C", "a=1", "--project-config-setting", f"{name}:a=2")
                    self.axle("build", "-w", *setting, one.root, two.root)
                    self.assertEqual(self.received(one)["build_wheel"], {"a": "1"})
                    self.assertEqual(self.received(two)["build_wheel"], {"a": "2"})

    def test_a_setting_for_a_project_that_is_not_here_is_refused(self):
        err = self.refused("--project-config-setting", "dema:a=2")
        self.assertIn('no project here is "dema"', err)
        self.assertIn("did you mean demo?", err)


if __name__ == "__main__":
    unittest.main()
