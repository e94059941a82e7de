"""The manual page that axle prints, as the programs read it that show manuals.

    AXLE_BIN=build/dev/bin python3 tests/integration/cli/test_manual.py
"""

import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "support"))

from axle_program import AxleTest

ESCAPE = re.compile("\x1b\\[[0-9;]*m|.\b")


class Manual(AxleTest):
    def setUp(self):
        super().setUp()
        self.page = self.home / "axle.1"
        self.page.write_text(self.axle("help", "--man")[0], encoding="utf-8")

    def read(self, *words):
        """What a program makes of the page, and what it has to say against it."""
        if not shutil.which(words[0]):
            self.skipTest(f"{words[0]} is not installed")
        done = subprocess.run([*words, str(self.page)], capture_output=True, text=True, timeout=60,
                              env={**self.environment, "LC_ALL": "C.UTF-8", "MANWIDTH": "100", "MANPAGER": "cat"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return ESCAPE.sub("", done.stdout), done.stderr

    def assert_tells_everything(self, text):
        commands = re.findall(r"^  (\w+) +[A-Z]", self.axle("--help")[0].partition("\nOptions:")[0],
                              re.MULTILINE)
        self.assertGreater(len(commands), 6)
        for command in commands:
            self.assertIn(f"AXLE {command}", text)
            for option in re.findall(r"^  (?:-\w, |    )(--[\w-]+)", self.axle(command, "--help")[0],
                                     re.MULTILINE):
                self.assertIn(option, text)
        self.assertIn("128+n", text)
        self.assertIn("""'{"config_settings": {"x": ["1", "2"]}}'""", text)

    def test_man_shows_all_commands_and_options_and_warns_of_nothing(self):
        text, complaints = self.read("man", "--warnings", "-l")
        self.assertEqual(complaints, "")
        self.assert_tells_everything(text)

    def test_mandoc_finds_no_error(self):
        text, complaints = self.read("mandoc", "-W", "error", "-T", "utf8")
        self.assertEqual(complaints, "")
        self.assert_tells_everything(text)


if __name__ == "__main__":
    unittest.main()
