"""Reads the message that the user wants to be written, from a file."""

from pathlib import Path

from scavenger_ops.verify.deployment import VerifiedDeployment
from scavenger_ops.verify.items import VerifiedItems


def read_items(deployment: VerifiedDeployment, path: Path, marker: str) -> VerifiedItems:
    """Return the message in the file, completed, and the row that it makes obsolete.

    The file has an item in DynamoDB's JSON, {"Item": item}, or {"OldImage": item, "NewImage": item} for an update.
    Raises RefusedError if it has none, or if the function would certainly not act on it.
    """
    raise NotImplementedError(deployment.function, path, marker)
