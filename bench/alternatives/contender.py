"""Runs one contender in a process of its own, as Lambda would: start, then one event after the other.

Takes the contender's name, a file with an event a line, of which the first only warms it up, and the file to write its
figures to, as JSON. What the contender logs goes to standard output.
"""

import json
import os
import sys
import time
from pathlib import Path

from support.context import make_context
from support.memory import peak_memory_mb

from bench.alternatives.contenders import MAKERS


def cpu_and_wall_s() -> tuple[float, float]:
    """Give the CPU that all threads have used, and the clock."""
    return time.process_time(), time.perf_counter()


def main(name: str, events_path: str, figures_path: str) -> None:
    """Start the contender, and give it the events."""
    cpu_before, wall_before = cpu_and_wall_s()
    handle = MAKERS[name]()
    cpu_after, wall_after = cpu_and_wall_s()
    figures: dict[str, float | None] = {"start_cpu_s": cpu_after - cpu_before, "start_wall_s": wall_after - wall_before}
    cpu_s = wall_s = 0.0
    with Path(events_path).open() as events:
        handle(json.loads(next(events)), make_context())
        for line in events:
            # Lambda's runtime decodes events, for any function.
            event = json.loads(line)
            cpu_before, wall_before = cpu_and_wall_s()
            handle(event, make_context())
            cpu_after, wall_after = cpu_and_wall_s()
            cpu_s += cpu_after - cpu_before
            wall_s += wall_after - wall_before
            # Nor does the runtime keep an event while it decodes the next one.
            del event
    figures |= {"cpu_s": cpu_s, "wall_s": wall_s, "peak_memory_mb": peak_memory_mb(os.getpid())}
    Path(figures_path).write_text(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
