"""docs/peers.md, for those who come from another frontend: what it says that axle has is there, and
what axle calls otherwise is answered with its name here.
"""

import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest, axle_path  # noqa: E402

PAGE = Path(__file__).resolve().parents[3] / "docs" / "peers.md"
# Frontends that are run as `NAME build`: their options are tried as they stand.
FRONTENDS = ("pypa/build", "uv", "pip", "hatch")
OPTION = re.compile(r"(?<![\w-])--[a-z0-9][a-z0-9-]+")


def rows():
    """Of each table: whom it is about, and the options in its two columns."""
    frontend = None
    for line in PAGE.read_text().split("\n"):
        if line.startswith("## "):
            frontend = line.removeprefix("## From ")
        elif line.startswith("| ") and line != "| there | here |":
            there, here = line.replace("\\|", "/").strip("|").split("|")
            yield frontend, OPTION.findall(there), OPTION.findall(here)


def own_options():
    manual = subprocess.run([axle_path(), "help", "--man"], check=True, capture_output=True, text=True).stdout
    return set(OPTION.findall(manual.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")))


class Peers(AxleTest):
    def test_every_option_that_is_named_is_there(self):
        options = own_options()
        named = [option for _, _, here in rows() for option in here]
        self.assertGreater(len(named), 30)
        self.assertEqual([], [option for option in named if option not in options])

    def test_options_of_others_are_known_or_answered(self):
        tried = 0
        own = own_options()
        for frontend, there, _ in rows():
            for option in sorted(set(there) - own) if frontend in FRONTENDS else ():
                with self.subTest(frontend=frontend, option=option):
                    # Of a folder that is not there: nothing is built.
                    status, _, err = self.end(self.start("build", f"{option}=x", self.home / "none",
                                                         cwd=self.home))
                    self.assertEqual(status, 2, err)
                    self.assertIn(f"axle build has no option {option}\nhint: ", err)
                    self.assertNotIn("see axle build --help", err)
                    tried += 1
        self.assertGreater(tried, 20)


if __name__ == "__main__":
    unittest.main()
