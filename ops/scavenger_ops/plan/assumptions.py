"""What a plan assumes, and what it leaves out."""

from scavenger_ops.plan.function_cost import Measured
from scavenger_ops.plan.prices import PriceTable
from scavenger_ops.text import seconds


def assumptions(figures: Measured, table: PriceTable) -> tuple[str, ...]:
    """Give what the figures rest on, with the days of the measurement and the prices."""
    doubtful = ", ".join(name.replace("_", " ") for name, price in table.prices.items() if price.doubt)
    cpu = f"what `make bench` measured on {figures.measured_on} ({figures.machine})"
    prices = f"Prices of {table.as_of}, 730 hours a month, no free tier or discount."
    return (
        "The API puts as many items as are inserted, of the same size; all come evenly over time and shards.",
        "The stream has a shard for each 1,000 write units a second at peak, on demand at least four.",
        "A table that was busier once, or is large, has more shards.",
        f"A request takes {seconds(figures.request_s)}. CPU is {cpu}; a vCPU of Lambda's is taken to be as fast.",
        "Nothing is pushed back where the write units are enough on average: a provisioned table saves some up.",
        f"{prices} In doubt: {doubtful} (--json says why).",
        "Not counted: the API's puts, reads, what is stored, KMS keys, and what fails and is done again.",
    )
