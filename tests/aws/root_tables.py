"""The tables of a deployment of the root: what the API and the processing write, and what is left."""

from itertools import count
from typing import Any, NamedTuple

from support.tables import TWO_HOURS_AGO_MS, row

from aws.account import Aws
from aws.items import keys, write
from aws.waiting import wait_for

_LATER = count(1)


class RootTables(NamedTuple):
    """The two tables, and the outputs of the deployment."""

    aws: Aws
    outputs: dict[str, Any]

    def stage(self, *rows: dict[str, Any]) -> None:
        """Write rows, as the API does."""
        write(self.aws, self.outputs["staging_table_name"], rows)

    def process(self, *messages: dict[str, Any]) -> None:
        """Write messages, as the processing does."""
        write(self.aws, self.outputs["messages_table_name"], messages)

    def staged(self) -> set[str]:
        """Return the IDs of all rows; of those that are not two hours old, with their time."""
        found = keys(self.aws, self.outputs["staging_table_name"], "messageId", "createdAt")
        return {name if int(time) == TWO_HOURS_AGO_MS else f"{name} at {time}" for name, time in found}

    def wait_until_deleted(self, *names: str) -> None:
        """Wait until these rows are gone."""
        wait_for(f"the rows {names[0]}... are deleted", lambda: self.staged().isdisjoint(names))

    def wait_for_the_records_of(self, name: str) -> None:
        """Wait until all records of this message's ID so far are handled.

        Items with the same partition key are in the same shard, whose records come in order. So once a later one has
        deleted its row, those before it are done.
        """
        time = TWO_HOURS_AGO_MS + next(_LATER)
        later = message(name) | {"createdAt": {"N": str(time)}}
        self.stage(later)
        self.process(later)
        self.wait_until_deleted(f"{name} at {time}")


def message(name: str, version: int = 1) -> dict[str, Any]:
    """Make a message, or its row."""
    return row(name) | {"version": {"N": str(version)}}
