"""Run one contender in a process of its own, as Lambda would: start it, then send one event after the other.

The arguments are the contender's name, a file with one event in each line, and the file to write its figures to as
JSON. The first event is only a warm-up. The contender's log goes to standard output.
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
    """Return the CPU seconds that all threads have used, and the wall clock in seconds."""
    return time.process_time(), time.perf_counter()


def main(name: str, events_path: str, figures_path: str) -> None:
    """Start the contender, send it the events, and write its figures."""
    cpu_before, wall_before = cpu_and_wall_s()
    handle = MAKERS[name]()
    cpu_after, wall_after = cpu_and_wall_s()
    figures: dict[str, float | None] = {"start_cpu_s": cpu_after - cpu_before, "start_wall_s": wall_after - wall_before}
    cpu_s = wall_s = 0.0
    with Path(events_path).open() as events:
        handle(json.loads(next(events)), make_context())
        for line in events:
            # Not measured: Lambda's runtime decodes the events of any function.
            event = json.loads(line)
            cpu_before, wall_before = cpu_and_wall_s()
            handle(event, make_context())
            cpu_after, wall_after = cpu_and_wall_s()
            cpu_s += cpu_after - cpu_before
            wall_s += wall_after - wall_before
            # The runtime does not keep an event either while it decodes the next one.
            del event
    figures |= {"cpu_s": cpu_s, "wall_s": wall_s, "peak_memory_mb": peak_memory_mb(os.getpid())}
    Path(figures_path).write_text(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
