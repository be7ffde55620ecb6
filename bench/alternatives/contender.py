"""Runs one contender in a process of its own, as Lambda would: start, then one event after the other.

Takes the contender's name, a file with an event a line, of which the first only warms it up, and the file to write its
figures to, as JSON. What the contender logs goes to standard output.
"""

import json
import re
import sys
import time
from pathlib import Path
from types import SimpleNamespace

from bench.alternatives.contenders import MAKERS


def cpu_and_wall_s() -> tuple[float, float]:
    """Give the CPU that all threads have used, and the clock."""
    return time.process_time(), time.perf_counter()


def make_context() -> SimpleNamespace:
    """Make Lambda's context, of an invocation that has a minute left."""
    ends_at = time.monotonic() + 60
    return SimpleNamespace(
        function_name="scavenger",
        function_version="$LATEST",
        memory_limit_in_mb=256,
        invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:scavenger",
        aws_request_id="00000000-0000-0000-0000-000000000000",
        get_remaining_time_in_millis=lambda: int(1000 * (ends_at - time.monotonic())),
    )


def peak_memory_mb() -> float | None:
    """Give the most memory that this process has had, where the system tells it; that is on Linux."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    except OSError:
        return None
    return int(found[1]) / 1024 if found else None


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
    figures |= {"cpu_s": cpu_s, "wall_s": wall_s, "peak_memory_mb": peak_memory_mb()}
    Path(figures_path).write_text(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
