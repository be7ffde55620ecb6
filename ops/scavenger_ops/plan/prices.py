"""What AWS charges, from one dated table: prices.json."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# A month as AWS's own calculator has it.
HOURS_A_MONTH = 730
SECONDS_A_MONTH = HOURS_A_MONTH * 3600


@dataclass(frozen=True)
class Price:
    """What one unit costs, without free tiers and discounts, and what is in doubt about it, if anything."""

    usd: float
    unit: str
    source: str
    doubt: str | None


@dataclass(frozen=True)
class PriceTable:
    """The prices of a Region on a day, by name."""

    region: str
    as_of: str
    prices: dict[str, Price]


@cache
def price_table() -> PriceTable:
    """Read the table."""
    table = json.loads((Path(__file__).parent / "prices.json").read_text())
    prices = {name: Price(**price) for name, price in table.pop("prices").items()}
    return PriceTable(**table, prices=prices)
