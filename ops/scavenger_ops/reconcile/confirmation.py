"""Tells the user by which rule rows are deleted, and asks where only the user can know that they may be."""

import typer
from reconciler.explained_error import ExplainedError
from reconciler.match_rule import MatchRule
from reconciler.questions import find_questions
from reconciler.tables import ComparedTables
from scavenger.redaction import redact

from scavenger_ops.command import can_ask, say


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


def confirm(tables: ComparedTables, match_rule: MatchRule) -> bool:
    """Ask, before rows are deleted, what no table and no function shows. Return whether there was anything to ask.

    Raises ExplainedError unless each answer is yes. Without a terminal, the error says what to do.
    """
    asked = [*find_questions(tables.staging.table.name, tables.messages.table.name, match_rule)]
    if asked and not can_ask():
        raise ExplainedError(" ".join(f"{each.what} {each.to_do}" for each in asked))
    for each in asked:
        if not typer.confirm(f"{each.what} {each.question}", err=True):
            raise ExplainedError("Nothing was deleted.")
    return bool(asked)
