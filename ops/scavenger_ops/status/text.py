"""How figures are written for people."""

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86_400


def duration(seconds: float) -> str:
    """Write a time in the largest unit of which there are two, so that little is lost by rounding."""
    for unit_s, unit in ((DAY_S, "days"), (HOUR_S, "h"), (MINUTE_S, "min")):
        if seconds >= 2 * unit_s:
            return f"{int(seconds // unit_s)} {unit}"
    # Below zero if AWS's clock is ahead.
    return f"{max(seconds, 0):.0f} s"


def count(number: float, what: str) -> str:
    """Write how many there are, in the singular if it is one."""
    return f"{number:,.0f} {what}" if number == 1 else f"{number:,.0f} {what}s"
