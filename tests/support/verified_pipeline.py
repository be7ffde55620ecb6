"""Two tables in moto, and what happens around each request of `scavenger verify`."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import boto3
from reconciler.tables import find_tables
from scavenger.settings import KeyedTable, Settings
from scavenger_ops.verify.deployment import Deleter, VerifiedDeployment

from support.tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STAGING, MESSAGES = "orders-staging", "orders-messages"
KEY_TYPES = {"messageId": "S", "createdAt": "N"}
# What to do around a request: it gets the operation and the parameters. It may raise the exception of the request.
Around = Callable[[str, Mapping[str, Any]], object]


def ignore(_: str, __: Mapping[str, Any]) -> None:
    """Do nothing around a request."""


class VerifiedPipeline:
    """The tables of function orders, which deletes a row as soon as its message is put, if `deletes` is true.

    `before` and `after` are called around each request; `requests` has all of them. The number of a request begins
    with 1. Moto must be active.
    """

    def __init__(self, *, deletes: bool = True, window_s: int = 0, **more: Any) -> None:
        self.dynamodb: DynamoDBClient = boto3.client("dynamodb")
        for name in (STAGING, MESSAGES):
            make_table(self.dynamodb, name)
        self.deletes = deletes
        self.before: Around = ignore
        self.after: Around = ignore
        self.requests: list[tuple[str, Mapping[str, Any]]] = []
        settings = Settings(KeyedTable(STAGING, KEY_TYPES), None, 8)
        tables = find_tables(STAGING, MESSAGES, 2)
        self.deployment = VerifiedDeployment(
            tables, Deleter("orders", settings, [{}], []), window_s, **{**_ALONE, **more}
        )
        events = tables.client.meta.events
        events.register("provide-client-params.dynamodb.*", self._begin)
        events.register("after-call.dynamodb.*", self._end)

    def items(self, table: str) -> Sequence[Mapping[str, Any]]:
        """Return the items of a table."""
        return self.dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]

    @property
    def is_clean(self) -> bool:
        """Whether both tables are empty."""
        return not self.items(STAGING) and not self.items(MESSAGES)

    def _begin(self, params: Mapping[str, Any], model: Any, **_: object) -> None:
        self.requests.append((model.name, params))
        self.before(model.name, params)

    def _end(self, model: Any, parsed: Mapping[str, Any], **_: object) -> None:
        operation, params = self.requests[-1]
        assert model.name == operation
        if "Error" not in parsed and operation == "PutItem" and params["TableName"] == MESSAGES and self.deletes:
            key = {name: params["Item"][name] for name in KEY_TYPES}
            self.dynamodb.delete_item(TableName=STAGING, Key=key)
        self.after(operation, params)


_ALONE: Mapping[str, Any] = {"other_deleters": [], "other_readers": []}
