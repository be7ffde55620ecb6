"""The end of `scavenger demo`, with fixed figures."""

from collections import Counter
from collections.abc import Callable

from rich.console import Console
from scavenger_ops.demo.results import lay_out, show_end

STAGED, PROCESSED = 1000, 900


def _show(console: Console) -> None:
    console.print(lay_out(STAGED, PROCESSED, Counter(invocations=10, deleted=PROCESSED, requests=37)))
    show_end(STAGED, PROCESSED, console)


SCREENS: dict[str, Callable[[Console], None]] = {"end": _show}
