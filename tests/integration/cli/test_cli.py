"""The program axle as people and scripts use it."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import DEADLINE, AxleTest, axle_path  # noqa: E402
from projects import PYPROJECT, TinyProject  # noqa: E402

PRINTING = """
    print("imported")
    import sys, subprocess

    def get_requires_for_build_wheel(config_settings=None):
        print("asked")
        return []

    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
        print("to stdout", config_settings)
        print("to stderr", file=sys.stderr)
        subprocess.run(["echo", "from a child"])
        sys.stdout.flush()
        return real_build_wheel(wheel_directory)
"""


class Terminal:
    """A pseudo-terminal and all that was written to it."""

    def __init__(self):
        self.master, self.slave = pty.openpty()

    def read(self):
        """All up to the end of the last process that writes to it."""
        os.close(self.slave)
        text = b""
        while select.select([self.master], [], [], DEADLINE)[0]:
            try:
                text += os.read(self.master, 65536)
            except OSError:
                break
        os.close(self.master)
        return text.decode()


class Building(AxleTest):
    def test_builds_sdist_and_wheel_and_prints_their_paths_alone(self):
        for isolation in ([], ["-n"]):
            with self.subTest(isolation=isolation), TinyProject(PRINTING) as project:
                out, err = self.axle("build", *isolation, cwd=project.root)
                self.assertEqual(out, f"dist/{project.sdist}\ndist/{project.wheel}\n")
                self.assertEqual(project.built(), [project.wheel, project.sdist])
                self.assertRegex(
                    err,
                    r"Built demo-1\.0\.tar\.gz \([\d.]+ \w+\) and demo-1\.0-py3-none-any\.whl"
                    r" \([\d.]+ \w+\) in [\d.]+ m?s\n$",
                )
                self.assertNotIn("to stdout", err)
                self.assertNotIn("\x1b", err)

    def test_builds_what_was_chosen_where_it_was_chosen(self):
        with TinyProject() as project:
            parent = project.root.parent
            out, _ = self.axle("build", "-n", "-w", "-o", "out/deep", "demo", cwd=parent)
            self.assertEqual(out, f"out/deep/{project.wheel}\n")
            self.assertTrue((parent / "out" / "deep" / project.wheel).is_file())
            self.assertEqual(project.built(), [])
            out, _ = self.axle("build", "-n", "-s", "demo", cwd=parent)
            self.assertEqual(out, f"demo/dist/{project.sdist}\n")
            out, _ = self.axle("build", "-n", "-w", project.root, cwd="/")
            self.assertEqual(out, f"{project.root}/dist/{project.wheel}\n")
            here = parent / "editable"
            out, _ = self.axle("build", "-n", "-e", "-o", here, project.root, cwd="/")
            self.assertEqual(out, f"{here}/{project.wheel}\n")
            out, _ = self.axle("build", "-n", "-sw", "-o", parent, cwd=project.root)
            self.assertEqual(out, f"{parent}/{project.sdist}\n{parent}/{project.wheel}\n")

    def test_builds_the_wheel_of_an_sdist_beside_it(self):
        with TinyProject() as project:
            self.axle("build", "-n", "-s", cwd=project.root)
            out, err = self.axle("build", "-n", project.sdist, cwd=project.root / "dist")
            self.assertEqual(out, f"{project.wheel}\n")
            _, err = self.axle("build", "-s", project.sdist, cwd=project.root / "dist", code=2)
            self.assertIn("is an sdist already", err)

    def test_n1_wheel_of_another_project_than_the_sdist_does_not_appear(self):
        other = '''
    def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
        global VERSION, DIST_INFO, METADATA
        METADATA = METADATA.replace("1.0", "2.0")
        VERSION, DIST_INFO = "2.0", "demo-2.0.dist-info"
        return write_wheel(wheel_directory, {})
'''
        for choice in ([], ["-sw"]):
            with self.subTest(choice=choice), TinyProject(other) as project:
                _, err = self.axle("build", "-n", *choice, cwd=project.root, code=7)
                self.assertIn("demo 1.0", err)
                self.assertIn("demo 2.0", err)
                self.assertEqual(project.built(), [project.sdist])
                sdist = f"dist/{project.sdist}"
                _, err = self.axle("build", "-n", sdist, cwd=project.root, code=7)
                self.assertIn(project.sdist, err)
                self.assertIn("demo 2.0", err)
                self.assertEqual(project.built(), [project.sdist])

    def test_wheel_that_lacks_something_in_the_sdist_is_told_so(self):
        with TinyProject() as project:
            backend = (project.root / "tiny_backend.py").read_text()
            backend = backend.replace("demo.py", "demo.txt")
            project.write("tiny_backend.py", backend)
            project.write("demo.txt", "not in the sdist")
            _, err = self.axle("build", "-n", cwd=project.root, code=1)
            self.assertIn(f"the wheel is built from {project.sdist}", err)
            self.axle("build", "-nw", cwd=project.root)

    def test_working_directory_that_was_deleted_is_no_bug_of_axle(self):
        with TinyProject() as project:
            for arguments in (["build", "-n"], ["hook", "-n"]):
                hook = ["build_wheel"] if arguments[0] == "hook" else []
                shell = 'mkdir "$1" && cd "$1" && rmdir "$1" && shift && exec "$0" "$@"'
                done = subprocess.run(
                    ["sh", "-c", shell, axle_path(), project.root.parent / "gone",
                     *arguments, project.root, *hook, "-o", "out"],
                    env=self.environment, timeout=DEADLINE, capture_output=True, text=True,
                    check=False,
                )
                self.assertEqual(done.returncode, 74, done.stderr)
                self.assertIn("out", done.stderr)

    def test_pyproject_of_an_sdist_is_named_by_the_sdist_and_warned_of_once(self):
        with TinyProject(pyproject=PYPROJECT + "[build_system]\n") as project:
            _, err = self.axle("build", "-n", cwd=project.root)
            self.assertEqual(err.count("did you mean [build-system]?"), 1, err)
            sdist = f"dist/{project.sdist}"
            _, err = self.axle("build", "-n", sdist, cwd=project.root)
            self.assertIn(f"{sdist}/pyproject.toml:", err)
            self.assertNotIn("axle-sdist-", err)

    def test_several_projects_are_all_attempted_and_labelled(self):
        raising = "def build_wheel(*_, **__): raise ValueError('not today')"
        with TinyProject() as one, TinyProject(raising) as two, TinyProject() as three:
            out, err = self.axle(
                "build", "-n", "-w", one.root, two.root, "/no/such/project", three.root, code=1
            )
            self.assertEqual(
                out, f"{one.root}/dist/{one.wheel}\n{three.root}/dist/{three.wheel}\n"
            )
            places = [err.index(f"{p}:\n") for p in (one.root, two.root, "/no/such/project")]
            self.assertEqual(places, sorted(places))
            self.assertIn("ValueError: not today", err)
            self.assertIn("2 of 4 projects could not be built", err)

    def test_quiet_says_nothing_and_verbose_shows_the_output(self):
        with TinyProject(PRINTING) as project:
            out, err = self.axle("build", "-n", "-w", "-q", cwd=project.root)
            self.assertEqual((out, err), (f"dist/{project.wheel}\n", ""))
            _, err = self.axle("build", "-nw", "-v", "-C", "a=1", "-C", "a=2", cwd=project.root)
            for text in ("imported\n", "asked\n", "to stderr\n", "from a child\n"):
                self.assertIn(text, err)
            self.assertIn("to stdout {'a': ['1', '2']}\n", err)
            _, err = self.axle("build", "-nw", "-vv", cwd=project.root)
            self.assertRegex(err, r"Building a wheel took [\d.]+ m?s\n")

    def test_metadata_requires_and_hook_print_their_results(self):
        requiring = """
    def get_requires_for_build_sdist(config_settings=None):
        return ["b >= 2"]
"""
        with TinyProject(PRINTING, requiring) as project:
            out, _ = self.axle("metadata", "-n", cwd=project.root)
            self.assertEqual(json.loads(out)["name"], "demo")
            self.assertEqual(json.loads(out)["version"], "1.0")
            self.assertIn('\n  "name": "demo"', out)
            out, _ = self.axle("requires", "-n", cwd=project.root)
            self.assertEqual(out, "")
            out, _ = self.axle("requires", "-n", "--sdist", cwd=project.root)
            self.assertEqual(out, "b >= 2\n")
            # Isolated too: what is asked for is told, not installed.
            out, _ = self.axle("requires", "--sdist", cwd=project.root)
            self.assertEqual(out, "b >= 2\n")
            out, _ = self.axle("hook", "-n", ".", "build_wheel", "-o", "out", cwd=project.root)
            self.assertEqual(json.loads(out), {"return": project.wheel})
            self.assertTrue((project.root / "out" / project.wheel).is_file())

    def test_hook_prints_a_failure_and_exits_with_1(self):
        raising = "def build_wheel(*_, **__): raise ValueError('not today')"
        with TinyProject(raising) as project:
            out, _ = self.axle("hook", "-n", ".", "build_wheel", cwd=project.root, code=1)
            self.assertEqual(json.loads(out)["exc_type"], "ValueError")
            self.assertEqual(out.count("\n"), 1)


class Talking(AxleTest):
    def test_help_and_version_go_to_stdout(self):
        out, err = self.axle("--help")
        self.assertIn("Usage: axle COMMAND", out)
        self.assertEqual(err, "")
        for command in ("build", "metadata", "requires", "hook"):
            out, err = self.axle(command, "--help")
            self.assertIn(f"Usage: axle {command}", out)
            self.assertEqual(err, "")
        out, _ = self.axle("--version")
        self.assertRegex(out, r"^axle \d+\.\d+\.\d+\n$")

    def test_no_command_shows_the_help_on_stderr_and_is_wrong_usage(self):
        out, err = self.axle(code=2)
        self.assertEqual(out, "")
        self.assertIn("Usage: axle COMMAND", err)

    def test_mistakes_on_the_command_line_teach(self):
        for arguments, texts in (
            (["build", "--outdri", "x"], ["has no option --outdri", "did you mean --outdir?"]),
            (["biuld"], ['"biuld" is no command', "did you mean axle build?"]),
            (["."], ["did you mean axle build .?"]),
            (["build", "-n", "--installer", "uv"], ["exclude each other"]),
            (["build", "-C", "=x"], ["hint:"]),
            (["hook", ".", "build_wheel", "--kwargs", "{"], ["--kwargs", "JSON"]),
        ):
            with self.subTest(arguments=arguments), TinyProject() as project:
                out, err = self.axle(*arguments, cwd=project.root, code=2)
                self.assertEqual(out, "")
                self.assertTrue(err.startswith("error: "), err)
                for text in texts:
                    self.assertIn(text, err)

    def test_projects_that_are_none_are_told_what_is_wrong(self):
        out, err = self.axle("build", "/no/such/project", code=3)
        self.assertIn("/no/such/project", err)
        out, err = self.axle("build", self.home, code=3)
        self.assertIn("pyproject.toml", err)
        for pyproject, text in (
            (PYPROJECT.replace("[project]", "[project"), "pyproject.toml"),
            (PYPROJECT.replace("requires = []", 'requires = "x"'), "requires"),
            (PYPROJECT.replace("build-backend", "build-backand"), "build-backand"),
        ):
            with self.subTest(text=text), TinyProject(pyproject=pyproject) as project:
                out, err = self.axle("build", "-n", cwd=project.root, code=3)
                self.assertEqual(out, "")
                self.assertIn(text, err)

    def test_colours_follow_the_terminal_the_environment_and_the_option(self):
        colour = re.compile(r"\x1b\[[\d;]*m")
        for env, option, on_pipe, on_terminal in (
            ({}, [], False, True),
            ({"NO_COLOR": "1"}, [], False, False),
            ({"FORCE_COLOR": "1"}, [], True, True),
            ({"CLICOLOR_FORCE": "1"}, [], True, True),
            ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, [], False, False),
            ({"NO_COLOR": "1"}, ["--color", "always"], True, True),
            ({"FORCE_COLOR": "1"}, ["--color", "never"], False, False),
        ):
            with self.subTest(env=env, option=option):
                arguments = ["build", "/no/such/project", *option]
                env = {"TERM": "xterm", **env}
                _, err = self.axle(*arguments, env=env, code=3)
                self.assertEqual(bool(colour.search(err)), on_pipe, err)
                terminal = Terminal()
                self.end(self.start(*arguments, env=env, stderr=terminal.slave))
                text = terminal.read()
                self.assertIn("/no/such/project", text)
                self.assertEqual(bool(colour.search(text)), on_terminal, text)

    def test_on_a_terminal_the_steps_leave_one_line(self):
        with TinyProject() as project:
            terminal = Terminal()
            code, out, _ = self.end(
                self.start("build", "-nw", cwd=project.root, stderr=terminal.slave,
                           env={"TERM": "xterm", "NO_COLOR": "1"})
            )
            text = terminal.read()
            self.assertEqual((code, out), (0, f"dist/{project.wheel}\n"))
            self.assertEqual(text.count("\n"), 1, text)
            self.assertRegex(text.rpartition("\x1b[K")[2], r"^Built demo.* in .*s\r\n$")

    def test_n9_escapes_of_a_backend_do_not_reach_the_terminal(self):
        evil = """
            import sys
            def build_wheel(*_, **__):
                sys.stdout.buffer.write(b"\\x1b]0;owned\\x07\\x9b2J\\xff end\\n")
                sys.stdout.flush()
                raise ValueError("\\x1b]0;owned\\x07")
        """
        for verbosity in ([], ["-v"]):
            with self.subTest(verbosity=verbosity), TinyProject(evil) as project:
                terminal = Terminal()
                code, _, _ = self.end(
                    self.start("build", "-nw", *verbosity, cwd=project.root,
                               stderr=terminal.slave, env={"TERM": "xterm", "NO_COLOR": "1"})
                )
                text = terminal.read()
                self.assertEqual(code, 1)
                self.assertIn(r"\x1b]0;owned\x07\x9b2J\xff end", text)
                self.assertEqual(re.sub(r"\r\x1b\[K", "", text).count("\x1b"), 0, text)


class StandardOutput(AxleTest):
    def test_f4_a_reader_that_is_gone_is_no_news(self):
        with TinyProject() as project:
            reader, writer = os.pipe()
            os.close(reader)
            code, _, err = self.end(
                self.start("build", "-nw", "-q", cwd=project.root, stdout=writer)
            )
            os.close(writer)
            self.assertEqual((code, err), (141, ""))
            self.assertEqual(project.built(), [project.wheel])

    def test_stdout_may_be_closed(self):
        with TinyProject() as project:
            done = subprocess.run(
                ["sh", "-c", '"$0" build -nw -q >&- 2>&- <&-', axle_path()],
                cwd=project.root, env=self.environment, timeout=DEADLINE, check=False,
            )
            self.assertEqual(done.returncode, 0)
            self.assertEqual(project.built(), [project.wheel])
            self.assert_nothing_left()

    def test_a_full_disk_is_told(self):
        with TinyProject() as project, open("/dev/full", "wb") as full:
            code, _, err = self.end(self.start("build", "-nw", cwd=project.root, stdout=full))
            self.assertEqual(code, 74, err)
            self.assertIn("No space left on device", err)


if __name__ == "__main__":
    unittest.main()
