"""The demo's result: the function's own figures beside those of the article."""

import json
from collections import Counter
from math import ceil

import boto3
from rich.table import Table

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


def _read_log(log_group_name: str) -> list[str]:
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=log_group_name)
    return [event["message"] for page in pages for event in page["events"]]
