"""wheel_comparison sees whatever two wheels differ in, once, and nothing else."""

import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from wheel_comparison import differences, digest_of  # noqa: E402

INFO = "demo-1.0.dist-info"


class Comparison(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.theirs = self.wheel("theirs")

    def wheel(self, place, *, without=(), mode=0o644, year=2020, backwards=False, row=None,
              name="demo-1.0-py3-none-any.whl", **changed):
        members = {"demo.py": "x = 1\n", f"{INFO}/METADATA": "Name: demo\nVersion: 1.0\n"}
        members |= {member.replace("__", f"{INFO}/"): text for member, text in changed.items()}
        for member in without:
            del members[member]
        rows = [f"{member},{digest_of(text.encode())},{len(text)}"
                for member, text in members.items()]
        members[f"{INFO}/RECORD"] = "\n".join([*rows, *([row] if row else []), f"{INFO}/RECORD,,", ""])
        path = self.folder / place / name
        path.parent.mkdir()
        with zipfile.ZipFile(path, "w") as archive:
            for member in reversed(members) if backwards else members:
                entry = zipfile.ZipInfo(member, (year, 1, 1, 0, 0, 0))
                entry.external_attr = mode << 16
                archive.writestr(entry, members[member])
        return path

    def found(self, **changed):
        return [str(one) for one in differences(self.theirs, self.wheel("ours", **changed))]

    def test_the_same_wheel_differs_in_nothing(self):
        self.assertEqual(self.found(), [])

    def test_a_line_of_metadata(self):
        self.assertEqual(self.found(__METADATA="Name: demo\nVersion: 1.0\nLicense: MIT\n"),
                         [f"METADATA of {INFO}/METADATA: + License: MIT"])

    def test_the_content_of_a_member_without_what_follows_in_record(self):
        self.assertEqual(self.found(**{"demo.py": "x = 12\n"}),
                         ["content of demo.py: 6 bytes, 7 here"])

    def test_a_member_that_one_of_them_lacks(self):
        self.assertEqual(self.found(without=["demo.py"]), ["members of demo.py: only theirs has it"])

    def test_a_member_that_one_of_them_has_beside(self):
        self.assertEqual(self.found(**{"more.py": ""}), ["members of more.py: only ours has it"])

    def test_a_row_of_record(self):
        self.assertEqual(self.found(row="gone.py,sha256=x,1"),
                         [f"RECORD of {INFO}/RECORD: gone.py,sha256=x,1"])

    def test_modes(self):
        self.assertEqual({one.split()[0] for one in self.found(mode=0o755)}, {"mode"})

    def test_dates(self):
        self.assertEqual({one.split()[0] for one in self.found(year=2021)}, {"date"})

    def test_the_order_of_members(self):
        self.assertEqual([one.split()[0] for one in self.found(backwards=True)], ["order"])

    def test_the_name(self):
        self.assertEqual([one.split()[0] for one in self.found(name="demo-1.1-py3-none-any.whl")],
                         ["name"])


if __name__ == "__main__":
    unittest.main()
