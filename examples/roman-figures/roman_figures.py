"""Numbers as the Romans wrote them, and back"""

import re
import sys

__version__ = "2.0.1"
__all__ = ["from_roman", "to_roman"]

_FIGURES = [
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
    (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
]  # fmt: skip
_WELL_FORMED = re.compile(r"M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")


def to_roman(number: int) -> str:
    if not 1 <= number <= 3999:
        raise ValueError(f"the Romans had no figures for {number}")
    text = ""
    for value, figure in _FIGURES:
        times, number = divmod(number, value)
        text += figure * times
    return text


def from_roman(text: str) -> int:
    if not text or not _WELL_FORMED.fullmatch(text):
        raise ValueError(f"not a Roman number: {text!r}")
    number = 0
    rest = text
    for value, figure in _FIGURES:
        while rest.startswith(figure):
            number += value
            rest = rest[len(figure) :]
    return number


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: roman NUMBER")
    word = sys.argv[1]
    try:
        print(to_roman(int(word)) if word.isdigit() else from_roman(word.upper()))
    except ValueError as error:
        sys.exit(f"roman: {error}")


if __name__ == "__main__":
    main()
