"""How a test run on AWS names and tags what it makes, so that it collides with nothing, and leftovers can be found."""

import re
from typing import Final
from uuid import uuid4

# A name is this and RUN_ID_CHARACTERS hexadecimal ones, and perhaps a short suffix: the failure bucket's name, which
# has the account and the Region too, leaves 25 characters.
PREFIX: Final = "scavenger-test-"
RUN_ID_CHARACTERS: Final = 6
# The tag with the run's ID, on everything that can have tags.
RUN_TAG: Final = "staging-scavenger-test-run"
NO_RUN_ID: Final = "%r is not the ID of a run: it needs six characters of 0 to 9 and a to f."


def make_run_id() -> str:
    """Return the ID of a new run: six random hexadecimal characters."""
    return uuid4().hex[:RUN_ID_CHARACTERS]


def name_of(run_id: str, suffix: str = "") -> str:
    """Return the name of a deployment of a run, at most 25 characters."""
    return f"{PREFIX}{run_id}{suffix and f'-{suffix}'}"


def run_of(name: str) -> str:
    """Return the ID of the run that gave this name; an empty text if none did."""
    found = re.fullmatch(rf"{PREFIX}([0-9a-f]{{{RUN_ID_CHARACTERS}}})(?:-.*)?", name)
    return found[1] if found else ""


def is_run_id(text: str) -> bool:
    """Return whether it is the ID of a run. NO_RUN_ID is what to say if not."""
    return bool(text) and run_of(name_of(text)) == text
