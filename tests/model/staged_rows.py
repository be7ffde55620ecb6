"""The rows of a staging table: which are staged, and the result of each request to delete one."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from scavenger_ops.plan.write_capacity import WriteCapacity

from model.item_identity import identity

Attributes = Mapping[str, Mapping[str, Any]]


class StagedRow(NamedTuple):
    """A row with its attributes beside the key, and when it was staged."""

    attributes: Attributes
    at_s: float


class RemovedRow(NamedTuple):
    """A row that was deleted: the identities of its key and of its other attributes, and when that was."""

    key: str
    version: str
    at_s: float


class StagedRows:
    """Deletes rows as long as there are write units, as DynamoDB does. A row that is not there takes a unit, too.

    `deletes` counts the deletes that were carried out, by key, and `refused` those whose condition was not met.
    `checks` counts those that compared a row, with either result, by its key and the values that it should have.
    """

    def __init__(self, now: Callable[[], float], units: WriteCapacity) -> None:
        self.units = units
        self.deletes: Counter[str] = Counter()
        self.refused = 0
        self.checks: Counter[tuple[str, str]] = Counter()
        self.removed: list[RemovedRow] = []
        self._now = now
        self._rows: dict[str, StagedRow] = {}

    def stage(self, key: Attributes, attributes: Attributes) -> None:
        """Put a row. It replaces one with the same key."""
        self._rows[identity(key)] = StagedRow(attributes, self._now())

    def remove(self, key: Attributes) -> None:
        """Remove a row, as somebody else than the function may."""
        self._rows.pop(identity(key), None)

    def get(self, key: str) -> StagedRow | None:
        """Return the row of a key's identity, if there is one."""
        return self._rows.get(key)

    def delete(self, key: Attributes) -> bool:
        """Delete a row, and return whether there was a write unit for that."""
        if not self.units.take(1):
            return False
        self._delete(identity(key))
        return True

    def delete_if_equal(self, key: Attributes, expected: Attributes) -> Literal["deleted", "refused", "throttled"]:
        """Delete a row if it has these attributes or is not there: type and value are equal, numbers by value."""
        if not self.units.take(1):
            return "throttled"
        which = identity(key)
        if expected:
            self.checks[which, identity(expected)] += 1
        row = self._rows.get(which)
        if row and identity({name: row.attributes.get(name, {}) for name in expected}) != identity(expected):
            self.refused += 1
            return "refused"
        self._delete(which)
        return "deleted"

    def _delete(self, which: str) -> None:
        self.deletes[which] += 1
        row = self._rows.pop(which, None)
        if row:
            self.removed.append(RemovedRow(which, identity(row.attributes), self._now()))
