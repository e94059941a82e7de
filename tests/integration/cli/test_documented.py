"""Every option that axle has stands in docs/configuration.md: what it does, and under which names it
can be said elsewhere.

    AXLE_BIN=build/dev/bin python3 tests/integration/cli/test_documented.py --names

prints the table of names as it has to be.
"""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import axle_path  # noqa: E402

PAGE = Path(__file__).resolve().parents[3] / "docs" / "configuration.md"
HEAD = ["| option | variable | key in a file | of |", "|---|---|---|---|"]


def options():
    """Of each command, as the manual page tells them: (option, variable, key), and the commands."""
    page = subprocess.run([axle_path(), "help", "--man"], check=True, capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"]}).stdout
    found = {}
    for section in page.split("\n.SH AXLE ")[1:]:
        command = section.split("\n", 1)[0]
        for entry in section.split("\n.SS Examples")[0].split("\n.TP\n")[1:]:
            names, *lines = entry.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "").split("\n")
            option = re.search(r"--[a-z-]+", names)[0]
            told = re.search(r"^(AXLE_\w+)(, \[tool\.axle\])?$", "\n".join(lines), re.M)
            key = "" if not told or option == "--no-config" else f"`{option[2:]}`"
            if told and told[2]:
                key += ", also of a project"
            row = (option, f"`{told[1]}`" if told else "", key)
            found.setdefault(row, []).append(command)
    return found


def table():
    found = options()
    everywhere = found["--help", "", ""]
    many = {", ".join(everywhere): "all",
            ", ".join(c for c in everywhere if c not in ("daemon", "completion")):
            "all but daemon and completion"}
    rows = []
    for (option, variable, key), commands in sorted(found.items()):
        of = ", ".join(commands)
        of = many.get(of, of)
        rows.append(f"| `{option}` | {variable} | {key} | {of} |".replace("|  |", "| |").replace("|  |", "| |"))
    return [*HEAD, *rows]


class Documented(unittest.TestCase):
    def test_the_table_of_names_has_every_option(self):
        lines = PAGE.read_text().split("\n")
        self.assertIn(HEAD[0], lines)
        begin = lines.index(HEAD[0])
        there = lines[begin:lines.index("", begin)]
        self.maxDiff = None
        self.assertEqual(there, table(), f"{__file__} --names prints it")

    def test_every_option_is_explained(self):
        explained = PAGE.read_text().split("\n## All names")[0]
        unexplained = [option for option, _, _ in options()
                       if not re.search(rf"`[^`\n]*{option}(?![\w-])", explained)]
        self.assertEqual([option for option in unexplained if option != "--help"], [])


if __name__ == "__main__":
    if "--names" in sys.argv:
        print("\n".join(table()))
    else:
        unittest.main()
