"""The items that `scavenger verify` writes: a row, and the message that makes it obsolete."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from scavenger_ops.verify.deployment import VerifiedDeployment

# DynamoDB's JSON as boto3's client takes and returns it: bytes are bytes.
Item = Mapping[str, Mapping[str, Any]]

# The attribute that marks an item as one of a run, so that the clean-up removes nothing else.
MARKER = "scavengerVerify"


class VerifiedItems(NamedTuple):
    """What to write: the row into staging, then the message.

    If only an update makes the row obsolete, `before` is put first, then replaced by the message. Each has the marker.
    """

    row: Item
    message: Item
    before: Item | None = None


def make_items(deployment: VerifiedDeployment, marker: str) -> VerifiedItems:
    """Return items that the deployment's function acts on. `marker` is 32 hexadecimal digits, in every key.

    Raises RefusedError if there are none, with the reason.
    """
    key = {
        name: {"S": marker} if kind == "S" else {"N": str(int(marker, 16))} if kind == "N" else {"B": marker.encode()}
        for name, kind in deployment.settings.staging_table.key_types.items()
    }
    item = {**key, MARKER: {"S": marker}}
    return VerifiedItems(item, item)
