"""Sizes and durations as people say them, and back."""

import re

__all__ = ["duration", "parse_size", "size"]

_SIZES = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]
_DURATIONS = [("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)]


def size(count: int) -> str:
    """A number of bytes in the largest unit that leaves at least 1, with up to one decimal."""
    if count < 0:
        raise ValueError(f"a size is not negative: {count}")
    if count == 1:
        return "1 byte"
    value, unit = float(count), 0
    # 999.95 would be shown as 1000.0
    while value >= (1000 if unit == 0 else 999.95) and unit < len(_SIZES) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f}".removesuffix(".0") + " " + _SIZES[unit]


def parse_size(text: str) -> int:
    """What `size` wrote, as a number of bytes again."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*", text)
    units = {unit.lower(): 1000**power for power, unit in enumerate(_SIZES)} | {"byte": 1}
    if not found or found[2].lower() not in units:
        raise ValueError(f"not a size: {text!r}")
    return round(float(found[1]) * units[found[2].lower()])


def duration(seconds: int) -> str:
    """A number of seconds in its two largest units."""
    if seconds < 0:
        raise ValueError(f"a duration is not negative: {seconds}")
    parts = []
    for unit, length in _DURATIONS:
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count} {unit}" + ("s" if count != 1 else ""))
        elif parts:
            break  # two units, and neighbours at that
    return " ".join(parts[:2]) or "0 seconds"
