"""bench/page.py and bench/budget.py: the tables are where and what they should be.

    python3 bench/test_page.py [-v]
"""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import budget  # noqa: E402
import page  # noqa: E402


def case(name, unit="s", **medians):
    return {"case": name, "unit": unit, "entries": [
        {"name": key, "summary": value and {"median": value, "p99": 2 * value}, "error": None}
        for key, value in medians.items()]}


DOCUMENT = {
    "machine": {"cpu": "A processor", "processors": 2, "kernel": "6.1", "file_system": "tmpfs",
                "date": "today", "load": 0.5},
    "versions": ["axle 1", "uv 2"],
    "parts": {
        "Whole builds": [case("flit: wheel, isolated, everything cached", **{
            "axle (warm)": 0.010, "axle (--no-daemon)": 0.1, "uv build": 0.2, "build": None})],
        "Batches": [case("10 x flit", **{"axle (warm)": 0.1, "build -n": 3})],
        "Latency of one hook": [case("a hook that does nothing, x imported", **{
            "axle-backend, forked, --warm": 0.0015, "axle-backend, fresh": 0.05})],
        "Memory": [case("a build", "MiB", **{"axle (warm)": 35.2})],
    },
}


class Page(unittest.TestCase):
    def test_every_part_that_was_measured_is_there(self):
        text = page.section(DOCUMENT)
        self.assertIn("| flit: wheel, isolated, cached | **10** | 100 | 200 (20.0x) |  |  |  |", text)
        self.assertIn("| 10 x flit | **100** |  |  | 3000 (30.0x) |  |", text)
        self.assertIn("| x imported | 1.5 / 3.0 |  |  | 50 / 100 |  |", text)
        self.assertIn("Memory, in MiB; a build: axle (warm) 35.", text)
        self.assertNotIn("Time to tell", text)

    def test_what_stands_between_the_marks_is_replaced(self):
        old = f"# Page\n{page.BEGIN}\nold\n{page.END}\nrest\n"
        new = page.put_in(old, "new \\1")
        self.assertEqual(f"# Page\n{page.BEGIN}\n\nnew \\1\n\n{page.END}\nrest\n", new)
        for damaged in ("# Page\n", old + old):
            with self.assertRaises(ValueError):
                page.put_in(damaged, "new")

    def test_the_page_of_the_project_has_the_marks(self):
        text = (Path(__file__).resolve().parent.parent / "docs/performance.md").read_text()
        self.assertNotEqual(text, page.put_in(text, "new"))


class Budget(unittest.TestCase):
    def test_the_time_is_shared_out(self):
        given = budget.Budget(10, ["startup", "builds"], quick=True)
        given.begin("startup")
        self.assertAlmostEqual(600 / 13, given.seconds(), delta=5)
        given.begin("builds")
        self.assertAlmostEqual(600 / 9, given.seconds(), delta=5)
        for _ in range(20):  # more cases than were expected
            self.assertLessEqual(0, given.seconds())

    def test_without_minutes_every_case_has_all_its_time(self):
        given = budget.Budget(None, ["builds"], quick=False)
        given.begin("builds")
        self.assertIsNone(given.seconds())


if __name__ == "__main__":
    unittest.main()
