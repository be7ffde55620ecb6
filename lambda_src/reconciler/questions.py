"""What only a person can answer before rows are deleted: no table and no function shows it."""

from collections.abc import Iterator
from typing import NamedTuple

from scavenger.redaction import redact

from reconciler.match_rule import MatchRule


class Question(NamedTuple):
    """What may be wrong, what to do about it, and what to ask."""

    what: str
    to_do: str
    question: str


def find_questions(staging: str, messages: str, match_rule: MatchRule) -> Iterator[Question]:
    """Yield what to ask before rows of the staging table are deleted by this rule. Both names are of tables."""
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
