"""What `scavenger verify` must know of a deployment before it writes anything."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.tables import ComparedTables
from scavenger.settings import Settings


class Deleter(NamedTuple):
    """An active function that deletes from the staging table what the messages table's stream reports.

    `patterns` are those of its event filter whose result is known, `unknown_patterns` the reasons why others are not.
    """

    function: str
    settings: Settings
    patterns: Sequence[Mapping[str, Any]]
    unknown_patterns: Sequence[str]


class VerifiedDeployment(NamedTuple):
    """A deployment that may be verified.

    `other_deleters` delete from the same staging table because of the same stream. `other_readers` are the names of all
    other functions that read a stream of one of the two tables: they receive what is written.
    """

    tables: ComparedTables
    deleter: Deleter
    batching_window_s: int
    other_deleters: Sequence[Deleter]
    other_readers: Sequence[str]

    @property
    def function(self) -> str:
        """The name of the deployment's function."""
        return self.deleter.function

    @property
    def settings(self) -> Settings:
        """The settings of the deployment's function."""
        return self.deleter.settings


def read_verified_deployment(name: str) -> VerifiedDeployment:
    """Return the deployment whose function has this name or ARN.

    Raises RefusedError if it deletes nothing as it is, and ExplainedError if AWS cannot be asked.
    """
    raise NotImplementedError(name)
