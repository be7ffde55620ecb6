"""Measure deletes by PartiQL, which need no permission to put, compared with BatchWriteItem.

BatchWriteItem is the function's own send_batch. BatchExecuteStatement is its counterpart, with the function's own
client. Both send 25 deletes in each request and read the answer. The client's CPU and the bytes are measured with a
stub in a process of its own, which answers at once that everything is deleted. The seconds are those of the local AWS,
and tell nothing about AWS.
"""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from scavenger.clients import make_dynamodb_client
from scavenger.delete_request import BATCH, Reply, send_batch
from scavenger.row import Row
from scavenger.settings import KeyedTable
from scavenger_ops.local.ministack import local_aws
from support.tables import fill, keys_of, make_table, row

from bench.report import write_generated_block
from bench.stub import answer_to, encode, stub

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Send = Callable[["DynamoDBClient", KeyedTable, Sequence[Row]], Reply]

TABLE = KeyedTable("staging", {"messageId": "S", "createdAt": "N"})
DELETES = 10_000
ROUNDS = 5


def send_statements(client: "DynamoDBClient", table: KeyedTable, rows: Sequence[Row]) -> Reply:
    """Send one request of at most 25 DELETE statements, and return what was not deleted."""
    where = " AND ".join(f'"{name}" = ?' for name in table.key_types)
    # The values are parameters, so no value can change the statement.
    statement = f'DELETE FROM "{table.name}" WHERE {where}'  # noqa: S608
    answer = client.batch_execute_statement(
        Statements=[
            {"Statement": statement, "Parameters": [row.key[name] for name in table.key_types]} for row in rows
        ],
        ReturnConsumedCapacity="TOTAL",
    )
    not_deleted = [index for index, response in enumerate(answer["Responses"]) if "Error" in response]
    return Reply(
        not_deleted, write_units=sum(consumed.get("CapacityUnits", 0.0) for consumed in answer["ConsumedCapacity"])
    )


SENDERS: dict[str, Send] = {"BatchWriteItem": send_batch, "BatchExecuteStatement": send_statements}


def chunks(items: Sequence[dict[str, Any]]) -> list[list[Row]]:
    """Return the rows to delete, with the keys that the stream has, one group for each request."""
    rows = [Row({name: each[name] for name in TABLE.key_types}) for each in items]
    return [rows[start : start + BATCH.most_rows] for start in range(0, len(rows), BATCH.most_rows)]


def delete(client: "DynamoDBClient", operation: str, rows: Sequence[Row]) -> None:
    """Send one request. Raises RuntimeError if not every row was deleted."""
    reply = SENDERS[operation](client, TABLE, rows)
    if reply.not_deleted or reply.write_units != len(rows):
        raise RuntimeError(f"{operation} did not delete every row: {reply}.")


def request_bytes(client: "DynamoDBClient", operation: str, rows: Sequence[Row]) -> int:
    """Return the length of a request's body in bytes."""
    lengths: list[int] = []

    def note(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's, without types
        lengths.append(len(request.body))

    client.meta.events.register("before-send.dynamodb", note, unique_id="note")
    delete(client, operation, rows)
    client.meta.events.unregister("before-send.dynamodb", unique_id="note")
    return lengths[0]


def cpu_us(client: "DynamoDBClient", operation: str, requests: Sequence[Sequence[Row]]) -> float:
    """Return the microseconds of this process's CPU for one delete."""
    began_at = time.process_time()
    for rows in requests:
        delete(client, operation, rows)
    return (time.process_time() - began_at) / DELETES * 1e6


def median_cpu_us(client: "DynamoDBClient", requests: Sequence[Sequence[Row]]) -> list[float]:
    """Measure both in turns, and return the median of each. The first round is a warm-up and does not count."""
    rounds = [[cpu_us(client, operation, requests) for operation in SENDERS] for _ in range(1 + ROUNDS)]
    return [median(figures) for figures in zip(*rounds[1:], strict=True)]


def local_seconds(client: "DynamoDBClient") -> list[float]:
    """Return the seconds that each takes for half of the rows of a table on the local AWS, one request each in turn."""
    items = [row(str(uuid4())) for _ in range(DELETES)]
    make_table(client, TABLE.name)
    fill(client, TABLE.name, items)
    seconds = dict.fromkeys(SENDERS, 0.0)
    for number, rows in enumerate(chunks(items)):
        operation = list(SENDERS)[number % len(SENDERS)]
        began_at = time.perf_counter()
        delete(client, operation, rows)
        seconds[operation] += time.perf_counter() - began_at
    if left := keys_of(client, TABLE.name):
        raise RuntimeError(f"{len(left)} rows were not deleted.")
    return list(seconds.values())


def lay_out() -> str:
    """Measure, and return the Markdown table."""
    requests = chunks([row(str(uuid4())) for _ in range(DELETES)])
    with tempfile.TemporaryDirectory() as folder, local_aws(Path(folder)) as environment, stub() as url:
        os.environ.update(environment)
        local_client = make_dynamodb_client(1)
        os.environ["AWS_ENDPOINT_URL"] = url
        client = make_dynamodb_client(1)
        figures: tuple[tuple[str, list[float], str], ...] = (
            ("client CPU per delete, in µs", median_cpu_us(client, requests), ".1f"),
            ("bytes per request", [request_bytes(client, operation, requests[0]) for operation in SENDERS], ",.0f"),
            (
                "bytes per answer",
                [len(encode(answer_to(operation, BATCH.most_rows))) for operation in SENDERS],
                ",.0f",
            ),
            (f"requests for {DELETES:,} deletes", [len(requests) for _ in SENDERS], ",.0f"),
            (f"seconds for {DELETES // 2:,} deletes on the local AWS", local_seconds(local_client), ".2f"),
        )
    lines = [f"| | {' | '.join(SENDERS)} | ratio |", "| --- | --: | --: | --: |"]
    for name, (of_batch_write, of_statements), form in figures:
        lines.append(
            f"| {name} | {of_batch_write:{form}} | {of_statements:{form}} | {of_statements / of_batch_write:.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    table = lay_out()
    print(table)  # noqa: T201 - for the person who runs it
    write_generated_block("partiql", table)
