"""A table whose mapping invokes the probe function: what is written, what was delivered, and what was discarded."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from aws.account import Aws
from aws.failures import failure_objects
from aws.function_log import json_lines
from aws.probes.probe_function import LOGGED


class Delivered(NamedTuple):
    """An invocation: when it began, and the IDs of its records, in order.

    `images` has for each record its event name, and whether it had an old image.
    """

    at: float
    ids: list[str]
    images: Mapping[str, list[Any]]


class MappingTable(NamedTuple):
    """The table and the mapping of a purpose."""

    aws: Aws
    purpose: str
    outputs: Mapping[str, Any]
    function: str

    @property
    def name(self) -> str:
        """The name of the table."""
        return str(self.outputs["tables"][self.purpose])

    def put(self, *items: Mapping[str, Any]) -> None:
        """Write items, one after the other."""
        for item in items:
            self.aws.client("dynamodb").put_item(TableName=self.name, Item=item)

    def delivered(self) -> list[Delivered]:
        """Return the invocations so far, as far as the log has them."""
        own = [line for line in json_lines(self.aws, self.function) if line.get(LOGGED) == self.purpose]
        return sorted(Delivered(line["at"], line["ids"], line["images"]) for line in own)

    def discarded(self) -> list[dict[str, Any]]:
        """Return the failure objects of the mapping."""
        found = failure_objects(self.aws, self.outputs["bucket_name"])
        return [each for each in found if f"table/{self.name}/" in each["DDBStreamBatchInfo"]["streamArn"]]

    def last_result(self) -> str:
        """Return the mapping's LastProcessingResult."""
        uuid = self.outputs["mappings"][self.purpose]
        mapping = self.aws.client("lambda").get_event_source_mapping(UUID=uuid)
        return str(mapping.get("LastProcessingResult", ""))


def item(key: str, **attributes: str) -> dict[str, Any]:
    """Return an item with attributes that are strings."""
    return {"id": {"S": key}, **{name: {"S": value} for name, value in attributes.items()}}
