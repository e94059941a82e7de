"""What CI services are told, and that a backend tells them nothing."""

import json
import os
import pty
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import DEADLINE, AxleTest, axle_path  # noqa: E402
from github_runner import read_log  # noqa: E402

# In every way in which a line can become a command, on both streams, and in what it raises.
HOSTILE = r'''
    import sys

    WORDS = """::add-path::/evil
      ::set-env name=A::evil
    text ##[add-mask]x
    ::stop-commands::mine
    ::mine::
    ::error file=x::evil\r::warning::evil
    ::endgroup::
    half a line ::notice::"""

    def build_wheel(*_, **__):
        print(WORDS, end="")
        sys.stdout.flush()
        sys.stderr.write(WORDS)
        raise ValueError(WORDS)
'''

GITHUB = {"CI": "true", "GITHUB_ACTIONS": "true"}
GITLAB = {"CI": "true", "GITLAB_CI": "true"}


class Ci(AxleTest):
    def commands(self, log, *names):
        found = read_log(log)[0]
        return [one for one in found if not names or one.name in names]

    def test_each_project_is_a_group_and_what_came_of_it_stands_outside(self):
        one, two = self.tiny_project(), self.tiny_project()
        out, err = self.axle("build", "-w", one.root, two.root, env=GITHUB)
        self.assertEqual(len(out.splitlines()), 2)
        self.assertEqual([command.name for command in self.commands(err)],
                         ["group", "endgroup", "group", "endgroup"])
        self.assertNotIn("\x1b", err)
        for part in err.split("::endgroup::")[1:]:
            self.assertIn("Built", part.split("::group::")[0])

    def test_nothing_that_a_backend_prints_is_a_command(self):
        project = self.tiny_project(HOSTILE)
        _, err = self.axle("build", "-w", "-v", "--ci=none", project.root, env=GITHUB, code=1)
        self.assertTrue(self.commands(err, "add-path"), "these words would be commands")
        for options in ((), ("-v",), ("-q",), ("-qq",), ("-j2", project.root)):
            with self.subTest(options):
                _, err = self.axle("build", "-w", project.root, *options, env=GITHUB, code=1)
                for command in self.commands(err):
                    self.assertIn(command.name, ("group", "endgroup", "error"))
                    self.assertNotEqual(command.properties.get("file"), "x")

    def test_a_project_that_is_none_tells_no_command_either(self):
        project = self.tiny_project(pyproject='[build-system]\nrequires = 3\n"::add-path::/x" = 1\n'
                                         'build-backend = """\n::add-path::/y"""\n')
        _, err = self.axle("build", project.root, env=GITHUB, code=3)
        self.assertEqual(self.commands(err, "add-path"), [])

    def test_side_by_side_lines_have_names_and_there_are_no_groups(self):
        one, two = self.tiny_project(), self.tiny_project()
        _, err = self.axle("build", "-w", "-j2", one.root, two.root, env=GITHUB)
        self.assertEqual(self.commands(err), [])

    def test_who_is_quiet_is_told_nothing(self):
        _, err = self.axle("build", "-w", "-q", self.tiny_project().root, env=GITHUB)
        self.assertEqual(err, "")

    def test_other_commands_answer_on_standard_output_alone(self):
        out, err = self.axle("metadata", "-q", self.tiny_project().root, env=GITHUB)
        self.assertEqual(json.loads(out)["name"], "demo")
        self.assertEqual(err, "")

    def test_gitlab_has_sections(self):
        _, err = self.axle("build", "-w", self.tiny_project().root, env=GITLAB)
        self.assertRegex(err, r"\x1b\[0Ksection_start:\d+:axle_1\r\x1b\[0Kdemo\n"
                              r"(?s:.*)\n\x1b\[0Ksection_end:\d+:axle_1\r\x1b\[0K\n")

    def test_ci_chooses_the_service(self):
        project = self.tiny_project()
        _, err = self.axle("build", "-w", "--ci", "none", project.root, env=GITHUB)
        self.assertNotIn("::", err)
        _, err = self.axle("build", "-w", "--ci=github", project.root)
        self.assertIn("::group::demo\n", err)

    def test_a_service_that_nobody_knows_is_wrong_usage(self):
        _, err = self.axle("build", "--ci", "gitlub", self.tiny_project().root, code=2)
        self.assertIn("did you mean github", err)

    def on_a_terminal(self, *options, **env):
        """What axle writes to a terminal."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([axle_path(), "build", "-w", *options, self.tiny_project().root],
                                   stdin=theirs, stdout=theirs, stderr=theirs,
                                   env={**self.environment, "TERM": "xterm", **env})
        os.close(theirs)
        told = b""
        try:
            while data := os.read(ours, 4096):
                told += data
        except OSError:
            pass  # nobody has the terminal any more
        os.close(ours)
        self.assertEqual(process.wait(timeout=DEADLINE), 0, told)
        return told.decode()

    def test_in_ci_nothing_is_drawn_and_coloured_unless_somebody_asks(self):
        self.assertIn("\x1b", self.on_a_terminal())
        self.assertNotIn("\x1b", self.on_a_terminal(CI="true"))
        self.assertNotIn("\x1b", self.on_a_terminal(**GITHUB))
        self.assertIn("\x1b[", self.on_a_terminal(CI="true", FORCE_COLOR="1"))


if __name__ == "__main__":
    unittest.main()
