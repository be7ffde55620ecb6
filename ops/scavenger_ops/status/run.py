"""The command: what a person who is woken wants to know first: does it work, and if not, what mends it."""

from rich.console import Console

from scavenger_ops.command import DONE, LEFT, show
from scavenger_ops.status.as_json import to_json
from scavenger_ops.status.findings import find
from scavenger_ops.status.reader import read_facts
from scavenger_ops.status.screen import show_screen


def run(name: str, *, as_json: bool) -> int:
    """Show the state of the deployment of that name, and give the exit code: 1 if something is wrong or not known.

    Raises CommandError if there is no such function.
    """
    facts = read_facts(name)
    findings = find(facts)
    if as_json:
        show((), to_json(facts, findings), as_json=True)
    else:
        show_screen(facts, findings, Console(highlight=False))
    return LEFT if findings or facts.unknown else DONE
