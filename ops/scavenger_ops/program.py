"""The program as it was called, so that a command that it shows can be typed where the user stands."""

import shlex
import shutil
import sys
from pathlib import Path

NAME = "scavenger"

# The settings that the user gave as options, by option: a command that is shown needs them too.
_given: dict[str, str] = {}


def remember(**options: str | None) -> None:
    """Remember the AWS settings that were given as options (region, profile), and forget earlier ones."""
    _given.clear()
    _given.update({f"--{name}": value for name, value in options.items() if value})


def scavenger(*arguments: str) -> str:
    """Return the command line that calls this program with the arguments, for the same Region and profile."""
    return shlex.join([program(), *arguments, *_settings()])


def aws(*arguments: str) -> str:
    """Return the command line that calls the AWS CLI with the arguments, for the same Region and profile."""
    return shlex.join(["aws", *arguments, *_settings()])


def program() -> str:
    """Return this program as it was called: by its name if the shell finds it so, else by its path."""
    called = sys.argv[0]
    if Path(called).name != NAME:
        return NAME
    found = shutil.which(NAME)
    return NAME if found and Path(found).absolute() == Path(called).absolute() else called


def _settings() -> list[str]:
    return [word for option in _given.items() for word in option]
