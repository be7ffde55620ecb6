"""Tells the user by which rule rows are deleted, and asks where only the user can know that they may be."""

import sys
from collections.abc import Iterator
from typing import NamedTuple

import typer
from scavenger.redaction import redact

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
    matched = (
        [f"MATCH_ATTRIBUTES ({', '.join(map(redact, match_rule.match_attributes))})"]
        if match_rule.match_attributes
        else []
    )
    if not is_mapped and match_rule.counted.is_open and not matched:
        return ""
    return ", ".join(["KEY_MAPPING", *matched, "and the event filter of the event source mapping"])


class Question(NamedTuple):
    """What may be wrong, what to do about it, and what to ask."""

    what: str
    to_do: str
    question: str


def confirm(tables: ComparedTables, match_rule: MatchRule) -> None:
    """Ask, before rows are deleted, what no table and no function shows. Raises CommandError unless each answer is yes.

    Without a terminal, the error says what to do.
    """
    asked = [*_questions(tables.staging.table.name, tables.messages.table.name, match_rule)]
    if asked and not (sys.stdin and sys.stdin.isatty()):
        raise CommandError(" ".join(f"{each.what} {each.to_do}" for each in asked))
    for each in asked:
        if not typer.confirm(f"{each.what} {each.question}", err=True):
            raise CommandError("Nothing was deleted.")


def _questions(staging: str, messages: str, match_rule: MatchRule) -> Iterator[Question]:
    if not match_rule.functions:
        yield Question(
            f"Rows of {staging} that are also in {messages} will be deleted from {staging}.",
            "No function links these tables, so only you can know whether they are swapped. Check the names, then add "
            "--yes.",
            f"Is {staging} the staging table?",
        )
    if match_rule.counted.counts_never_updated:
        yield Question(
            "A function of these tables counts some messages only when they are updated (event_names, "
            f"filter_patterns), but a table does not show whether a message was updated. So a message of {messages} "
            f"that was only inserted counts too, and its row of {staging} will be deleted.",
            "Let filter_patterns of modules/scavenger tell by NewImage which messages are done. Or, if only messages "
            "that are done pass the filter, add --yes.",
            "Do only messages that are done pass the filter?",
        )
    if match_rule.counted.unchecked:
        names = " and ".join(map(redact, match_rule.counted.unchecked))
        yield Question(
            f"The event filter looks at {names} in OldImage only, so a message counts whatever {names} is now, and its "
            f"row of {staging} will be deleted.",
            "Let the pattern look at it in NewImage too. Or, if only messages that are done pass the rest of the "
            "pattern, add --yes.",
            "Do only messages that are done pass the rest of the pattern?",
        )
    # The message of a row that was staged again may be done, although the row is not.
    if match_rule.counted.omits_old_image and not match_rule.match_attributes:
        yield Question(
            f"Without OldImage and without match_attributes, a row of {staging} that was staged again for a message "
            "that is done cannot be told from an obsolete one: both will be deleted.",
            "Set match_attributes of modules/scavenger. Or, if no row is staged again under the same key, add --yes.",
            "Is no row staged again under the same key?",
        )
