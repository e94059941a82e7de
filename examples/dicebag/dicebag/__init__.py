"""Dice by their notation: what 3d6+2 gives, exactly and by chance."""

import random
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

__all__ = ["Dice"]


@dataclass(frozen=True)
class Dice:
    """`count` dice of `sides` sides each, and `bonus` on top of their sum."""

    count: int
    sides: int
    bonus: int = 0

    @classmethod
    def parse(cls, notation: str) -> "Dice":
        found = re.fullmatch(r"(\d*)d(\d+)([+-]\d+)?", notation.replace(" ", "").lower())
        if not found:
            raise ValueError(f"not dice: {notation!r} (try 3d6+2)")
        dice = cls(int(found[1] or 1), int(found[2]), int(found[3] or 0))
        if not (1 <= dice.count <= 100 and 1 <= dice.sides <= 1000):
            raise ValueError(f"that does not fit in the bag: {notation!r}")
        return dice

    @cached_property
    def chances(self) -> "dict[int, Fraction]":
        """The probability of every result, exactly."""
        ways = {self.bonus: 1}
        for _ in range(self.count):
            after: dict[int, int] = {}
            for total, times in ways.items():
                for face in range(1, self.sides + 1):
                    after[total + face] = after.get(total + face, 0) + times
            ways = after
        return {total: Fraction(times, self.sides**self.count) for total, times in ways.items()}

    @property
    def mean(self) -> Fraction:
        return self.count * Fraction(self.sides + 1, 2) + self.bonus

    def roll(self, source: "random.Random | None" = None) -> int:
        source = source or random.Random()
        return self.bonus + sum(source.randint(1, self.sides) for _ in range(self.count))
