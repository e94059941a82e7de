"""Options from elsewhere than the command line: AXLE_ variables and files, and who may say what."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from projects import PYPROJECT, TinyProject  # noqa: E402

TELLING = """
    import json

    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
        with open("told", "w") as file:
            json.dump(config_settings, file)
        return real_build_wheel(wheel_directory)
"""


class ConfigurationTest(AxleTest):
    def setUp(self):
        super().setUp()
        self.environment["XDG_CONFIG_HOME"] = str(self.home / "config")
        project = self.tiny_project(TELLING)
        self.project = project

    def in_user_file(self, text):
        path = self.home / "config" / "axle" / "axle.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def in_pyproject(self, text):
        self.project.write("pyproject.toml", PYPROJECT + "\n[tool.axle]\n" + text)

    def wheel(self, *options, **more):
        """What build_wheel has received."""
        self.axle("build", "-w", *options, self.project.root, **more)
        return json.loads((self.project.root / "told").read_text())

    def refused(self, code, *options, **more):
        (self.project.root / "told").unlink(missing_ok=True)
        _, err = self.axle("build", "-w", *options, self.project.root, code=code, **more)
        self.assertFalse((self.project.root / "told").exists())
        return err


class Variables(ConfigurationTest):
    def test_a_list_is_split_like_the_words_of_a_shell(self):
        value = """a=1  a=2 'b=x y' "c=\\"q\\"" d=\\ z\ne=f\\\\"""
        told = self.wheel(env={"AXLE_CONFIG_SETTING": value})
        self.assertEqual(told, {"a": ["1", "2"], "b": "x y", "c": '"q"', "d": " z", "e": "f\\"})

    def test_the_command_line_counts_before_a_variable(self):
        told = self.wheel("-C", "a=2", env={"AXLE_CONFIG_SETTING": "a=1 b=1"})
        self.assertEqual(told, {"a": "2"})

    def test_a_flag_is_on_and_off(self):
        for word in ("1", "true"):
            _, err = self.axle("build", self.project.root, env={"AXLE_NO_ISOLATION": word, "AXLE_INSTALLER": "uv"}, code=2)
            self.assertIn("AXLE_INSTALLER and AXLE_NO_ISOLATION exclude each other", err)
        self.axle("build", self.project.root, env={"AXLE_NO_ISOLATION": "0", "AXLE_INSTALLER": "pip"})

    def test_what_the_command_line_excludes_gives_way(self):
        self.axle("build", "-n", self.project.root, env={"AXLE_INSTALLER": "uv", "AXLE_OFFLINE": "1"})
        self.axle("build", "-q", self.project.root, env={"AXLE_VERBOSE": "2"})

    def test_a_bad_value_is_refused_by_the_name_of_its_variable(self):
        for name, value in {
            "AXLE_TIMEOUT": "soon",
            "AXLE_NO_ISOLATION": "perhaps",
            "AXLE_COLOR": "blue",
            "AXLE_JOBS": "many",
            "AXLE_VERBOSE": "loud",
            "AXLE_CONFIG_SETTING": "'a=1",
            "AXLE_HOOK_ISOLATION": "full",
        }.items():
            with self.subTest(name=name):
                self.assertIn(name, self.refused(2, env={name: value}))

    def test_an_empty_variable_says_nothing(self):
        self.axle("build", self.project.root, env={"AXLE_TIMEOUT": "", "AXLE_OUTDIR": "", "AXLE_NO_ISOLATION": ""})
        self.assertEqual(self.project.built(), sorted([self.project.sdist, self.project.wheel]))

    def test_a_relative_outdir_begins_in_the_current_folder(self):
        self.axle("build", "-w", self.project.root, cwd=self.home, env={"AXLE_OUTDIR": "out"})
        self.assertTrue((self.home / "out" / self.project.wheel).exists())


class Files(ConfigurationTest):
    def test_the_nearest_place_counts(self):
        self.in_user_file('config-setting = ["from=user"]')
        self.assertEqual(self.wheel(), {"from": "user"})
        self.in_pyproject('config-setting = ["from=pyproject"]')
        self.assertEqual(self.wheel(), {"from": "pyproject"})
        self.project.write("axle.toml", 'config-setting = ["from=axle.toml"]')
        self.assertEqual(self.wheel(), {"from": "axle.toml"})
        variable = {"AXLE_CONFIG_SETTING": "from=variable"}
        self.assertEqual(self.wheel(env=variable), {"from": "variable"})
        self.assertEqual(self.wheel("-C", "from=line", env=variable), {"from": "line"})
        self.assertEqual({}, self.wheel("--no-config"))
        self.assertEqual({}, self.wheel(env={"AXLE_NO_CONFIG": "1"}))

    def test_tables_are_settings_in_the_order_of_the_file(self):
        self.in_pyproject(
            '[tool.axle.config-setting]\nz = "1"\na = ["2", "3"]\n'
            "[tool.axle.hook-config-setting.build_wheel]\nh = '4'\n"
        )
        told = self.wheel()
        self.assertEqual(told, {"z": "1", "a": ["2", "3"], "h": "4"})
        self.assertEqual(list(told), ["z", "a", "h"])

    def test_a_table_of_any_nesting_is_json(self):
        self.in_pyproject("[tool.axle.config-json]\na = { b = [1, 2.5, true, 'x'] }\n")
        self.assertEqual(self.wheel(), {"a": {"b": [1, 2.5, True, "x"]}})

    def test_the_plan_of_a_project_gives_way_to_the_command_line(self):
        self.in_pyproject("wheel = true")
        self.axle("build", self.project.root)
        self.assertEqual(self.project.built(), [self.project.wheel])
        self.axle("build", "-s", "-o", self.home / "out", self.project.root)
        self.assertEqual([path.name for path in (self.home / "out").iterdir()], [self.project.sdist])

    def test_an_outdir_of_a_project_begins_in_it(self):
        self.in_pyproject('outdir = "out"')
        out, _ = self.axle("build", "-w", cwd=self.project.root)
        self.assertEqual(out, f"out/{self.project.wheel}\n")

    def test_a_project_cannot_write_outside_of_itself(self):
        (self.home / "elsewhere").mkdir()
        (self.project.root / "link").symlink_to(self.home / "elsewhere")
        for wrong in ("..", "../x", "/tmp/x", "link", "link/x", str(self.home)):
            with self.subTest(outdir=wrong):
                self.in_pyproject(f'outdir = "{wrong}"')
                err = self.refused(3)
                self.assertIn("leads out of the project", err)
        self.assertEqual(list((self.home / "elsewhere").iterdir()), [])

    def test_what_decides_over_more_than_itself_is_not_for_a_project(self):
        for key, value in {
            "python": '"./evil"', "installer": '"pip"', "jobs": "4", "color": '"never"', "verbose": "1",
            "trace": '"x.json"', "no-isolation": "true", "offline": "true", "hook-isolation": '"inline"',
            "no-config": "true", "daemon": "true", "project-config-setting": '["a:b=c"]',
        }.items():
            with self.subTest(key=key):
                self.in_pyproject(f"{key} = {value}")
                err = self.refused(3)
                self.assertRegex(err, rf"pyproject\.toml:\d+:1: '{key}' is not for a project to say")
        self.in_pyproject("editable = true")
        self.assertIn("on the command line only", self.refused(3))

    def test_a_key_that_there_is_not_is_refused_with_place_and_the_one_that_was_meant(self):
        self.in_pyproject("timeuot = 5")
        err = self.refused(3)
        self.assertRegex(err, r"pyproject\.toml:11:1: 'timeuot' is no option of axle")
        self.assertIn("did you mean timeout?", err)
        self.in_pyproject("")
        self.in_user_file("\n  confg-setting = []")
        self.assertRegex(self.refused(2), r"axle/axle\.toml:2:3: 'confg-setting' is no option")

    def test_a_value_of_a_wrong_type_is_refused_with_its_place(self):
        for text, said in {
            "timeout = true": "has to be a string",
            'timeout = "soon"': "is no duration",
            "wheel = 1": "has to be true or false",
            "config-setting = [1, [2]]": "has to be a string",
            "config-setting = { a = { b = 'c' } }": "config-json",
        }.items():
            with self.subTest(text=text):
                self.in_pyproject(text)
                err = self.refused(3)
                self.assertIn(said, err)
                self.assertIn("pyproject.toml:11:1: ", err)

    def test_a_file_that_is_no_toml_is_refused_with_its_place(self):
        self.project.write("axle.toml", "a = \n")
        self.assertRegex(self.refused(3), r"axle\.toml:1:\d+: ")
        (self.project.root / "axle.toml").unlink()
        self.in_user_file("= 1")
        self.assertRegex(self.refused(2), r"axle\.toml:1:\d+: ")

    def test_each_project_of_several_has_its_own(self):
        self.in_pyproject('config-setting = ["a=own"]')
        with TinyProject(TELLING) as other, TinyProject(TELLING) as third:
            third.write("axle.toml", "nothing = 1")
            options = ("-w", "-j2", self.project.root, other.root, third.root)
            _, err = self.axle("build", *options, code=3)
            self.assertIn("'nothing' is no option", err)
            self.assertEqual(json.loads((self.project.root / "told").read_text()), {"a": "own"})
            self.assertEqual({}, json.loads((other.root / "told").read_text()))
            self.assertFalse((third.root / "told").exists())

    def test_what_another_command_knows_is_no_mistake(self):
        self.in_user_file('outdir = "out"\njobs = 2')
        self.in_pyproject('outdir = "out"')
        self.axle("metadata", self.project.root)
        self.axle("requires", self.project.root)

    def test_an_sdist_brings_no_options(self):
        self.in_pyproject('config-setting = ["a=own"]\noutdir = "x"')
        self.axle("build", "-s", "-o", self.home, self.project.root)
        sdist = self.home / self.project.sdist
        self.axle("build", sdist)
        self.assertTrue((self.home / self.project.wheel).exists())


if __name__ == "__main__":
    unittest.main()
