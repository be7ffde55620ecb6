"""What the threads of a comparison share: the tables with their readers, the rule, the limits and the progress."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.match_rule import Matched, MatchRule
from reconciler.progress import ComparisonProgress
from reconciler.reading import TableReader
from reconciler.units import RateLimits

if TYPE_CHECKING:
    from reconciler.tables import ComparedTables


class Comparison(NamedTuple):
    """All that the threads share. Without an executor `deletes`, rows are only counted.

    The scan has so many `segments`. So many `readers`, threads that each compare a segment, share the rate limits.
    """

    tables: "ComparedTables"
    match_rule: MatchRule
    limits: RateLimits
    progress: ComparisonProgress
    segments: int
    readers: int
    stop: threading.Event
    deletes: Executor | None
    older_than_s: int
    age_attribute: str

    def staging(self) -> TableReader:
        """Return a reader of the staging table: of all attributes if rows may be deleted, else of what is compared."""
        table = self.tables.staging.table
        attributes = () if self.deletes else dict.fromkeys([*table.key_types, *self.compared_first()])
        return TableReader(self.tables.client, table, attributes, self.limits.staging_reads, self.stop)

    def compared_first(self) -> Sequence[str]:
        """Return the attributes of a row that decide whether it is deleted."""
        return [*self.match_rule.match_attributes, self.age_attribute]

    def messages(self) -> TableReader:
        """Return a reader of the messages table: of the key, and the attributes that the match rule needs."""
        table = self.tables.messages.table
        attributes = {*table.key_types, *self.match_rule.needed()}
        return TableReader(self.tables.client, table, attributes, self.limits.messages_reads, self.stop)

    def sources(self) -> tuple[TableReader, TableReader]:
        """Return the reader of the table to scan, and the reader of the table in which its items are looked up."""
        sources = self.staging(), self.messages()
        return sources[::-1] if self.match_rule.is_by_message else sources

    def match(self, messages: Sequence[Mapping[str, Any]]) -> list[Matched]:
        """Return which rows the messages make obsolete."""
        names, key_types = [*self.tables.messages.table.key_types], self.tables.staging.table.key_types
        matched = [self.match_rule.match(message, names, key_types) for message in messages]
        return [each for each in matched if each is not None]
