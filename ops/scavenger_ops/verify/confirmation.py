"""Says what a verification will write, and asks whether it may."""

import typer
from reconciler.explained_error import ExplainedError

from scavenger_ops.command import can_ask, say
from scavenger_ops.verify.deployment import VerifiedDeployment
from scavenger_ops.verify.record import key_json
from scavenger_ops.verify.verification import Verification


def say_what_is_written(verification: Verification) -> None:
    """Tell the user which items will be written, and who will see them."""
    deployment, row, message = verification.deployment, verification.row, verification.message
    twice = ", which is inserted and then updated" if verification.before else ""
    say(f"This puts two items into tables of {deployment.function}, and removes them at the end:")
    say(f"  {row.table.name}: a row with the key {key_json(row.key)}")
    say(f"  {message.table.name}: its message{twice}, with the key {key_json(message.key)}")
    for told in (readers_in_words(deployment), unread_in_words(deployment)):
        if told:
            say(told)


def readers_in_words(deployment: VerifiedDeployment) -> str:
    """Return which other functions receive what is written; an empty text if there are none."""
    names = deployment.other_readers
    if not names:
        return ""
    functions, read = ("Function", "reads") if len(names) == 1 else ("Functions", "read")
    receives = "receives" if len(names) == 1 else "receive"
    return f"{functions} {' and '.join(names)} also {read} a stream of these tables, and {receives} these items."


def unread_in_words(deployment: VerifiedDeployment) -> str:
    """Return of which functions nobody knows what they delete; an empty text if there are none."""
    if not deployment.unread:
        return ""
    names = " and ".join(deployment.unread)
    return (
        f"The settings of {names} cannot be read, so {names} may delete this row, or another one. To know it, allow "
        "your role or user lambda:GetFunctionConfiguration, and kms:Decrypt if a key encrypts them."
    )


def confirm() -> None:
    """Ask whether the items may be written. Raises ExplainedError unless the answer is yes, or without a terminal."""
    if not can_ask():
        raise ExplainedError(
            "Nothing was written: without a terminal, nobody can answer. To write the items, add --yes."
        )
    if not typer.confirm("Write these items?", err=True):
        raise ExplainedError("Nothing was written.")
