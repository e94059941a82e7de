import unittest

from humanly import duration, parse_size, size


class SizeTest(unittest.TestCase):
    def test_takes_the_largest_unit_that_leaves_one(self):
        for count, text in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1 kB"),
            (1_536_000, "1.5 MB"),
            (999_999, "1 MB"),
        ]:
            self.assertEqual(size(count), text)

    def test_is_read_back(self):
        for count in [0, 1, 42, 1500, 2_000_000, 7_000_000_000]:
            self.assertEqual(parse_size(size(count)), count)

    def test_refuses_nonsense(self):
        for text in ["", "12", "kB", "1 parsec"]:
            self.assertRaises(ValueError, parse_size, text)
        self.assertRaises(ValueError, size, -1)


class DurationTest(unittest.TestCase):
    def test_takes_the_two_largest_units(self):
        for seconds, text in [
            (0, "0 seconds"),
            (61, "1 minute 1 second"),
            (5400, "1 hour 30 minutes"),
            (3601, "1 hour"),
            (200_000, "2 days 7 hours"),
        ]:
            self.assertEqual(duration(seconds), text)


if __name__ == "__main__":
    unittest.main()
