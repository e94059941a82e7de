"""python -m humanly size|duration NUMBER"""

import argparse

from humanly import duration, size


def main() -> None:
    parser = argparse.ArgumentParser(prog="humanly")
    parser.add_argument("what", choices=["size", "duration"])
    parser.add_argument("number", type=int)
    arguments = parser.parse_args()
    print({"size": size, "duration": duration}[arguments.what](arguments.number))


if __name__ == "__main__":
    main()
