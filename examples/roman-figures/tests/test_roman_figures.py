import unittest

from roman_figures import from_roman, to_roman


class RomanTest(unittest.TestCase):
    def test_every_number_comes_back(self):
        for number in range(1, 4000):
            self.assertEqual(from_roman(to_roman(number)), number)

    def test_well_known_years(self):
        self.assertEqual(to_roman(1984), "MCMLXXXIV")
        self.assertEqual(to_roman(2024), "MMXXIV")

    def test_refuses_what_no_roman_wrote(self):
        for text in ["", "IC", "IIII", "VX", "MMMM", "A"]:
            self.assertRaises(ValueError, from_roman, text)
        for number in [0, 4000, -1]:
            self.assertRaises(ValueError, to_roman, number)


if __name__ == "__main__":
    unittest.main()
