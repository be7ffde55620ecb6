"""How a plan's figures are written for people."""

from math import floor, log10

from scavenger_ops.text import duration

# Beyond, no digit after the point says anything.
WHOLE_FROM = 100
DIGITS = 2


def figure(number: float) -> str:
    """Write a number with commas, and below 100 with two digits that say something."""
    if number == 0 or abs(number) >= WHOLE_FROM:
        return f"{number:,.0f}"
    decimals = max(0, DIGITS - 1 - floor(log10(abs(number))))
    text = f"{number:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(number: float, what: str) -> str:
    """Write how many there are, in the singular if it is one."""
    return f"{figure(number)} {what}" if number == 1 else f"{figure(number)} {what}s"


def seconds(time_s: float) -> str:
    """Write a time: in milliseconds below one second, and above two minutes as all commands do."""
    if time_s < 1:
        return f"{figure(time_s * 1000)} ms"
    return f"{figure(time_s)} s" if time_s < WHOLE_FROM else duration(time_s)


def usd(amount: float) -> str:
    """Write an amount of money, with cents where they say something."""
    return f"${amount:,.0f}" if abs(amount) >= 10 * WHOLE_FROM else f"${amount:,.2f}"
