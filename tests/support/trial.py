"""Carries out the commands in the section "Try it" of an example's README, as printed."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.aws_cli import read_command
from support.command import run
from support.deployment import wait_until
from support.doc_commands import Command, find_commands
from support.examples import carry_out
from support.pages import DocPage, pages

SECTION = re.compile(r"^## Try it\n(.*?)^## ", re.MULTILINE | re.DOTALL)
SUBSTITUTION = re.compile(r"\$\(([^)]*)\)")


@dataclass(frozen=True)
class Trial:
    """An applied example, the environment of its commands, and a function that makes clients of the local AWS.

    `rename` replaces the README's names by others.
    """

    example: Path
    environment: Mapping[str, str]
    client: Callable[..., Any]
    rename: Callable[[str], str] = str

    def commands(self) -> list[Command]:
        """Return the commands of the section, in order."""
        return read_trial(pages()[f"examples/{self.example.name}/README.md"])

    def carry_out(self, commands: Iterable[Command]) -> dict[str, tuple[int, str]]:
        """Carry out commands, and return the exit code and the output of each `scavenger` command, by its text.

        A get-item is repeated until it finds nothing: the README says that its item disappears.
        """
        answers = {}
        for command in commands:
            match self._words(command):
                case ["aws", _, "get-item", *_] as words:
                    assert wait_until(lambda words=words: self._is_gone(words)), command  # type: ignore[misc]
                case ["aws", *_] as words:
                    read_command(words).on(self.client)
                case [".venv/bin/scavenger", *arguments]:
                    # Nobody answers the question that verify asks.
                    arguments += ["--yes"] if arguments[0] == "verify" else []
                    code, output, errors = run(self.environment, *arguments)
                    answers[command.text] = code, output + errors
                case _:
                    carry_out(self.example, command.text, self.environment)
        return answers

    def _is_gone(self, words: list[str]) -> bool:
        return "Item" not in read_command(words).on(self.client)

    def _words(self, command: Command) -> list[str]:
        """Return the words of a command, with the output of another one where it has $(...)."""
        return [SUBSTITUTION.sub(self._output_of, self.rename(word)) for word in command.words]

    def _output_of(self, found: re.Match[str]) -> str:
        return carry_out(self.example, found[1], self.environment)


def read_trial(page: DocPage) -> list[Command]:
    """Return the commands in the section of a README, in order. There are none without the section."""
    lines = "".join(SECTION.findall(page.text)).splitlines()
    return [command for command in find_commands([page]) if command.text in lines]
