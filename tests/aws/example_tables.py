"""The tables of examples/custom-keys: what the API and the processing write, and what is left."""

from typing import Any, NamedTuple

from support.tables import TWO_HOURS_AGO_MS

from aws.account import Aws
from aws.items import keys, write
from aws.waiting import wait_for


class ExampleTables(NamedTuple):
    """The tables of requests and orders, and the outputs of the deployment."""

    aws: Aws
    outputs: dict[str, Any]

    def stage(self, *names: str) -> None:
        """Write requests, as the API does."""
        write(self.aws, self.outputs["requests_table_name"], ({"requestId": {"S": name}} for name in names))

    def process(self, *orders: dict[str, Any]) -> None:
        """Write orders, as the processing does."""
        write(self.aws, self.outputs["orders_table_name"], orders)

    def staged(self) -> set[str]:
        """Return the IDs of all requests."""
        return {name for (name,) in keys(self.aws, self.outputs["requests_table_name"], "requestId")}

    def wait_until_deleted(self, *names: str) -> None:
        """Wait until these requests are gone."""
        wait_for(f"the requests {names[0]}... are deleted", lambda: self.staged().isdisjoint(names))


def order(name: str, status: str = "PROCESSED") -> dict[str, Any]:
    """Make the order of a request."""
    return {**order_key(name), "status": {"S": status}, "origin": {"S": name}}


def order_key(name: str) -> dict[str, Any]:
    """Return the key of the order of a request."""
    return {"orderId": {"S": f"order-{name}"}, "createdAt": {"N": str(TWO_HOURS_AGO_MS)}}
