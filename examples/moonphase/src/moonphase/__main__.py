"""python -m moonphase [YYYY-MM-DD]"""

import argparse
from datetime import date

from moonphase import moon


def main() -> None:
    parser = argparse.ArgumentParser(prog="moonphase")
    parser.add_argument("day", nargs="?", type=date.fromisoformat, default=date.today())
    tonight = moon(parser.parse_args().day)
    print(f"{tonight.symbol} {tonight.name}, {tonight.lit:.0%} lit".replace("%", " %"))


if __name__ == "__main__":
    main()
