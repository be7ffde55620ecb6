"""Numbers, times and amounts of money as the commands write them for people."""

from math import floor, log10

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86_400

# From here on, a digit after the decimal point tells the reader nothing.
WHOLE_FROM = 100
SIGNIFICANT_DIGITS = 2


def figure(number: float) -> str:
    """Return a number with commas, below 100 with two significant digits."""
    if number == 0 or abs(number) >= WHOLE_FROM:
        return f"{number:,.0f}"
    decimals = max(0, SIGNIFICANT_DIGITS - 1 - floor(log10(abs(number))))
    text = f"{number:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(number: float, what: str) -> str:
    """Return a number with its noun, which is singular for one."""
    return f"{figure(number)} {what}" if number == 1 else f"{figure(number)} {what}s"


def duration(time_s: float) -> str:
    """Return a time in the largest unit that fits at least twice, so that rounding loses little."""
    for unit_s, unit in ((DAY_S, "days"), (HOUR_S, "h"), (MINUTE_S, "min")):
        if time_s >= 2 * unit_s:
            return f"{int(time_s // unit_s)} {unit}"
    # Below zero if AWS's clock is ahead.
    return f"{max(time_s, 0):.0f} s"


def estimate(time_s: float) -> str:
    """Return a time that was worked out: with two digits, in the largest unit that fits at least twice."""
    for unit_s, unit in ((DAY_S, "days"), (HOUR_S, "h"), (MINUTE_S, "min")):
        if time_s >= 2 * unit_s:
            return f"{figure(time_s / unit_s)} {unit}"
    return f"{figure(time_s)} s"


def seconds(time_s: float) -> str:
    """Return a time: in milliseconds below one second, with two digits below 100 seconds, then as a duration."""
    if time_s < 1:
        return f"{figure(time_s * 1000)} ms"
    return f"{figure(time_s)} s" if time_s < WHOLE_FROM else duration(time_s)


def usd(amount: float) -> str:
    """Return an amount of money, with cents below $1,000."""
    return f"${amount:,.0f}" if abs(amount) >= 10 * WHOLE_FROM else f"${amount:,.2f}"
