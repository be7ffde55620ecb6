"""Finds out which two tables to compare: those that are named, or those of a deployment."""

from typing import NamedTuple

from reconciler.deployed_function import read_tables
from reconciler.explained_error import ExplainedError

from scavenger_ops.options import choose_name


class ChosenTables(NamedTuple):
    """The names of both tables, and the deployment if it named them."""

    staging: str
    messages: str
    deployment: str | None = None


def choose_tables(staging: str | None, messages: str | None, name: str | None, name_option: str | None) -> ChosenTables:
    """Return the names of both tables: as given, or those of the deployment.

    Raises ExplainedError if the deployment's function does not read the stream of just one table.
    """
    if staging and messages:
        return ChosenTables(staging, messages)
    deployment = choose_name(name, name_option)
    deployed = read_tables(deployment)
    if not messages and len(deployed.messages_tables) != 1:
        tables = ", ".join(deployed.messages_tables) or "no table"
        raise ExplainedError(
            f"Function {deployment} reads the streams of {tables}, so it is unknown which one to compare. Name it: "
            "--messages."
        )
    found = ChosenTables(staging or deployed.staging_table, messages or deployed.messages_tables[0])
    return found if staging or messages else found._replace(deployment=deployment)
