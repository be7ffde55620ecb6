"""The demo's result: the function's own figures beside those of the article."""

import json
from collections import Counter
from math import ceil

import boto3
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from scavenger_ops import program
from scavenger_ops.screen import show_verdict

# The article's batch size, and the chunk size of its sequel.
ARTICLE_BATCH_SIZE = 100
SEQUEL_CHUNK_SIZE = 25


def add_up(log_group_name: str) -> Counter[str]:
    """Add up the function's summary lines; each is an invocation."""
    figures: Counter[str] = Counter()
    for line in _read_log(log_group_name):
        if line.startswith("{") and (summary := json.loads(line)).get("message") == "Batch done":
            figures.update({"invocations": 1, "deleted": summary["deleted"], "requests": summary["requests"]})
    return figures


def last_lines(log_group_name: str) -> str:
    """Return the end of the function's log, for the text of an error."""
    return "\n".join(_read_log(log_group_name)[-20:]) or "(none: the function was never invoked)"


def lay_out(staged: int, processed: int, figures: Counter[str]) -> Table:
    """Return a table of this run beside what the article and its sequel would do with as many messages."""
    full, rest = divmod(processed, ARTICLE_BATCH_SIZE)
    invocations = ceil(processed / ARTICLE_BATCH_SIZE)
    chunks = full * ceil(ARTICLE_BATCH_SIZE / SEQUEL_CHUNK_SIZE) + ceil(rest / SEQUEL_CHUNK_SIZE)
    table = Table("", "this run", "the article", "its sequel")
    for column in table.columns[1:]:
        column.justify = "right"
    left = staged - processed
    rows = {
        "staged": (staged, staged, staged),
        "processed": (processed, processed, processed),
        "deleted from staging": (figures["deleted"], processed, processed),
        "invocations": (figures["invocations"], invocations, invocations),
        "delete requests": (figures["requests"], processed, chunks),
        "left in staging": (left, left, left),
    }
    for name, values in rows.items():
        table.add_row(name, *(f"{value:,}" for value in values))
    table.caption = "The rows left are of unprocessed messages: they are not obsolete, and expire by their TTL."
    return table


def show_end(staged: int, processed: int, console: Console) -> None:
    """Show the verdict on a demo that ended well, and where to go next, with commands to copy."""
    said = f"{processed:,} of {staged:,} rows were deleted from staging, exactly those of processed messages"
    steps = (
        (
            "Try it by hand, in a shell with a local AWS (docs/tutorial.md says what to type):",
            program.scavenger("local"),
        ),
        ("Find the settings and the cost for your load:", program.scavenger("plan", "--inserts", "100")),
        ("Deploy it to AWS, for tables that you have: docs/how-to/adopt.md", ""),
    )
    console.print()
    show_verdict(console, "good", "demo", said)
    console.print("\nWhere to go next:")
    for what, command in steps:
        console.print(Padding.indent(what, 2))
        if command:
            console.print(f"    {command}", style="bold", soft_wrap=True)


def _read_log(log_group_name: str) -> list[str]:
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=log_group_name)
    return [event["message"] for page in pages for event in page["events"]]
