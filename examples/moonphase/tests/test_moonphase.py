import unittest
from datetime import date

from moonphase import moon


class MoonTest(unittest.TestCase):
    def test_knows_famous_moons(self):
        for day, name in [
            (date(1969, 7, 22), "first quarter"),  # two days after the landing of Apollo 11
            (date(2015, 9, 28), "full moon"),  # a lunar eclipse
            (date(2024, 4, 8), "new moon"),  # a solar eclipse
            (date(2023, 8, 31), "full moon"),
        ]:
            self.assertEqual(moon(day).name, name)

    def test_is_lit_in_full_at_full_moon(self):
        self.assertGreater(moon(date(2015, 9, 28)).lit, 0.98)
        self.assertLess(moon(date(2024, 4, 8)).lit, 0.02)

    def test_grows_older_by_a_day_each_day(self):
        first, second = moon(date(2024, 4, 10)), moon(date(2024, 4, 11))
        self.assertAlmostEqual(second.age - first.age, 1)


if __name__ == "__main__":
    unittest.main()
