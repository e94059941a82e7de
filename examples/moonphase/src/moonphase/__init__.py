"""Which moon is up tonight, to within half a day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from math import cos, pi

__version__ = "0.4.0"
__all__ = ["Moon", "moon"]

_NEW_MOON = datetime(2000, 1, 6, 18, 14, tzinfo=timezone.utc)
_MONTH = timedelta(days=29.530588853)  # the mean time from one new moon to the next
_PHASES = [
    ("🌑", "new moon"),
    ("🌒", "waxing crescent"),
    ("🌓", "first quarter"),
    ("🌔", "waxing gibbous"),
    ("🌕", "full moon"),
    ("🌖", "waning gibbous"),
    ("🌗", "last quarter"),
    ("🌘", "waning crescent"),
]


@dataclass(frozen=True)
class Moon:
    """The moon at noon (UTC) of a day."""

    age: float  #: Days since new moon.
    lit: float  #: The part of its face that is lit, from 0 to 1.
    symbol: str
    name: str


def moon(day: date) -> Moon:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=timezone.utc)
    turn = ((noon - _NEW_MOON) / _MONTH) % 1
    symbol, name = _PHASES[round(turn * len(_PHASES)) % len(_PHASES)]
    return Moon(turn * _MONTH.total_seconds() / 86400, (1 - cos(2 * pi * turn)) / 2, symbol, name)
