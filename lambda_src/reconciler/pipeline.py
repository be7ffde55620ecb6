"""The pipeline of a deployment: its two tables, and the rule by which its function deletes rows."""

import hashlib
import json
from typing import NamedTuple

from reconciler.aws.clients import connect
from reconciler.deployed_function import read_tables
from reconciler.explained_error import RefusedError
from reconciler.linking_functions import find_own_links
from reconciler.match_rule import MatchRule, find_match_rule
from reconciler.tables import ComparedTable, ComparedTables, find_tables


class Pipeline(NamedTuple):
    """Two tables, and the rule by which a message makes a row obsolete. In dry run, its function deletes nothing."""

    tables: ComparedTables
    match_rule: MatchRule
    is_dry_run: bool = False

    @property
    def scanned(self) -> ComparedTable:
        """The table that is scanned. The items of the other one are looked up."""
        return self.tables.messages if self.match_rule.is_by_message else self.tables.staging

    def fingerprint(self) -> str:
        """Return a text that is the same while tables and settings are. A table that is created again is another one.

        What `find_questions` asks about is part of it: a new question was not answered.
        """
        rule = self.match_rule
        parts = (
            *(self.tables.staging.identity, self.tables.messages.identity),
            *(dict(rule.key_mapping), dict(rule.match_attributes), rule.counted),
            *(rule.has_new_image, self.is_dry_run),
        )
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def find_pipeline(function_name: str, connections: int) -> Pipeline:
    """Return the pipeline of the deployment whose function has this name.

    Raises RefusedError if its tables cannot be compared, or if it is unknown which messages count.
    """
    deployed = read_tables(function_name)
    if len(deployed.messages_tables) != 1:
        names = ", ".join(deployed.messages_tables) or "no table"
        raise RefusedError(
            f"Function {function_name} reads the streams of {names}, so it is unknown which table to compare. The "
            "reconciler needs a function with one messages table, in the same account."
        )
    tables = find_tables(deployed.staging_table, deployed.messages_tables[0], connections)
    links = find_own_links(connect("lambda"), tables, function_name)
    return Pipeline(tables, find_match_rule(tables, links), any(link.settings.is_dry_run for link in links))
