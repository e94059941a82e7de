"""python -m dicebag NOTATION: the chances of every result"""

import argparse

from dicebag import Dice


def bar(share: float, width: int) -> str:
    eighths = round(share * width * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def main() -> None:
    parser = argparse.ArgumentParser(prog="dicebag")
    parser.add_argument("dice", type=Dice.parse, help="for example 3d6+2")
    dice = parser.parse_args().dice
    largest = max(dice.chances.values())
    for total, chance in dice.chances.items():
        print(f"{total:3}  {bar(float(chance / largest), 24):24}  {float(chance):6.2%}")


if __name__ == "__main__":
    main()
