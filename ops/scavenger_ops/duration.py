"""Parses and writes durations of the command line, such as 15m."""

import re

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def parse_duration(text: str) -> int:
    """Return the seconds of a duration such as 90s, 15m, 1h or 2d; 0 needs no unit. Raises ValueError."""
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    if text == "0":
        return 0
    if found is None:
        raise ValueError(
            f"{text!r} is not a duration. Use a whole number and s, m, h or d, such as 90s, 15m, 1h or 2d."
        )
    return int(found[1]) * _SECONDS[found[2]]


def format_duration(seconds: int) -> str:
    """Return a duration in the form that the command line takes, in the largest unit that divides it."""
    unit = next((name for name in "dhm" if seconds and seconds % _SECONDS[name] == 0), "s")
    return f"{seconds // _SECONDS[unit]}{unit}" if seconds else "0"
