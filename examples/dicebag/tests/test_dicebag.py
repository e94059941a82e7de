import random
import unittest
from fractions import Fraction

from dicebag import Dice


class DiceTest(unittest.TestCase):
    def test_reads_its_notation(self):
        self.assertEqual(Dice.parse("3d6+2"), Dice(3, 6, 2))
        self.assertEqual(Dice.parse("d20"), Dice(1, 20))
        self.assertEqual(Dice.parse("2D8 - 1"), Dice(2, 8, -1))
        for nonsense in ["", "3x6", "d", "0d6", "1d0", "d6+"]:
            self.assertRaises(ValueError, Dice.parse, nonsense)

    def test_chances_are_exact(self):
        dice = Dice.parse("2d6")
        self.assertEqual(sum(dice.chances.values()), 1)
        self.assertEqual(dice.chances[7], Fraction(1, 6))
        self.assertEqual(sum(total * chance for total, chance in dice.chances.items()), dice.mean)

    def test_rolls_what_it_can_give(self):
        dice, source = Dice.parse("3d6+2"), random.Random(6)
        for _ in range(100):
            self.assertIn(dice.roll(source), dice.chances)


if __name__ == "__main__":
    unittest.main()
