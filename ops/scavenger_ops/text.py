"""Numbers and durations as the commands print them."""

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86_400


def duration(seconds: float) -> str:
    """Return a duration in the largest unit of which it has at least two, so that rounding loses little."""
    for unit_s, unit in ((DAY_S, "days"), (HOUR_S, "h"), (MINUTE_S, "min")):
        if seconds >= 2 * unit_s:
            return f"{int(seconds // unit_s)} {unit}"
    # It is below zero if AWS's clock is ahead.
    return f"{max(seconds, 0):.0f} s"


def count(number: float, what: str) -> str:
    """Return a number with its noun, in the singular for one."""
    return f"{number:,.0f} {what}" if number == 1 else f"{number:,.0f} {what}s"
