"""Tells the user by which rule rows are deleted, and asks where only the user can know that they may be."""

import sys

import typer

from scavenger_ops.command import CommandError, say
from scavenger_ops.reconcile.match_rule import MatchRule
from scavenger_ops.reconcile.tables import ComparedTables


def say_match_rule(tables: ComparedTables, match_rule: MatchRule) -> None:
    """Tell the user which messages count, unless it is the simple case: the same key and no filter."""
    staging, messages = tables.staging.table.name, tables.messages.table.name
    if not match_rule.functions:
        say(
            f"No function deletes from {staging} what the stream of {messages} reports, so no event filter is known: "
            "every message counts."
        )
    elif parts := _parts(match_rule):
        names = " and ".join(match_rule.functions)
        say(f"Messages count as they do for {names}: by {parts}.")
    if match_rule.counted.omits_old_image:
        say(
            f"The event filter looks at OldImage, but {messages} has no old images: a message counts if its present "
            "state passes the rest of the filter."
        )
    if match_rule.is_by_message:
        say(
            f"A message's key cannot be built from a row's, so all of {messages} is scanned and its rows are looked up."
        )


def _parts(match_rule: MatchRule) -> str:
    """Return what the rule consists of, if it is not the simple case."""
    is_mapped = any(name != source for name, source in match_rule.key_mapping.items())
    matched = [f"MATCH_ATTRIBUTES ({', '.join(match_rule.match_attributes)})"] if match_rule.match_attributes else []
    if not is_mapped and match_rule.counted.is_open and not matched:
        return ""
    return ", ".join(["KEY_MAPPING", *matched, "and the event filter of the event source mapping"])


def confirm(tables: ComparedTables, match_rule: MatchRule) -> None:
    """Ask, before rows are deleted, what no table and no function shows. Raises CommandError unless the answer is yes.

    That is whether the tables are right, if no function links them. If the filter asks for a message's old image, it is
    which messages are done, and whether rows are staged again: their message is done then, but they are not.
    """
    staging, messages = tables.staging.table.name, tables.messages.table.name
    if not match_rule.functions:
        _ask(
            f"Rows of {staging} that are also in {messages} will be deleted from {staging}.",
            "No function links these tables, so only you can know whether they are swapped. Check the names, then add "
            "--yes.",
            f"Is {staging} the staging table?",
        )
    if match_rule.counted.unchecked:
        names = " and ".join(match_rule.counted.unchecked)
        _ask(
            f"The event filter looks at {names} in OldImage only, so a message counts whatever {names} is now, and its "
            f"row of {staging} will be deleted.",
            "Let the pattern look at it in NewImage too. Or, if only messages that are done pass the rest of the "
            "pattern, add --yes.",
            "Do only messages that are done pass the rest of the pattern?",
        )
    if match_rule.counted.omits_old_image and not match_rule.match_attributes:
        _ask(
            f"Without OldImage and without match_attributes, a row of {staging} that was staged again for a message "
            "that is done cannot be told from an obsolete one: both will be deleted.",
            "Set match_attributes of modules/scavenger. Or, if no row is staged again under the same key, add --yes.",
            "Is no row staged again under the same key?",
        )


def _ask(what: str, to_do: str, question: str) -> None:
    """Ask on a terminal; without one, say what to do."""
    if not sys.stdin or not sys.stdin.isatty():
        raise CommandError(f"{what} {to_do}")
    if not typer.confirm(f"{what} {question}", err=True):
        raise CommandError("Nothing was deleted.")
