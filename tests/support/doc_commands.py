"""Finds every command in the repository's pages, in blocks and in sentences."""

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from support.pages import DocPage, current_pages

# The beginning of a command, after environment variables. A tool's name alone, in a sentence, is not a command.
COMMAND = re.compile(r"(?:[A-Z_]+=\S+ )*(?:(?:make|aws|terraform|scavenger|cd) \S|(?:\.\./)*\.venv/bin/\w+ \S|\./\S+)")
# Languages of blocks for a shell.
SHELL = {"", "bash", "sh", "shell", "console"}
# These names mean the project's own tools.
TOOLS = {"terraform": ".venv/bin/terraform", "scavenger": ".venv/bin/scavenger"}


class UnreadableCommandError(Exception):
    """A block of commands has a line that is not a command."""


@dataclass(frozen=True)
class Command:
    """A command: its page, its text, and the folder, from the root, to run it in."""

    page: str
    text: str
    folder: str = "."

    @property
    def words(self) -> list[str]:
        """Its words, without environment variables. The program is a path from the root, or a name."""
        words = shlex.split(self.text)
        while re.match(r"[A-Z_]+=", words[0]):
            del words[0]
        program = posixpath.normpath(posixpath.join(self.folder, words[0])) if "/" in words[0] else words[0]
        return [TOOLS.get(program, program), *words[1:]]

    def __str__(self) -> str:
        """Return the id of its test."""
        return f"{self.page}: {self.text}"


def find_commands(found_in: Iterable[DocPage] | None = None) -> list[Command]:
    """Return each command of the given or the current pages once, in their order.

    Raises UnreadableCommandError if a block of commands has a line that is not a command.
    """
    chosen = current_pages() if found_in is None else found_in
    return list(dict.fromkeys(command for page in chosen for command in _find(page)))


def _find(page: DocPage) -> Iterator[Command]:
    in_blocks = list(_in_blocks(page))
    yield from in_blocks
    gone_to = [_folder_after(command) for command in in_blocks if command.words[0] == "cd"]
    yield from _in_text(page, gone_to[-1] if gone_to else posixpath.dirname(page.path) or ".")


def _in_text(page: DocPage, folder: str) -> Iterator[Command]:
    """Yield the commands in sentences. They run in the root, or in `folder` if they lead out of a folder."""
    for code in page.codes:
        if COMMAND.match(code):
            yield Command(page.path, code, folder if code.startswith("../") else ".")


def _in_blocks(page: DocPage) -> Iterator[Command]:
    """Yield the commands of blocks with a command. Other blocks show output.

    The commands run in order, so each runs in the folder to which an earlier block has changed.
    """
    folder = "."
    for fence in page.fences:
        lines = re.sub(r"\\\n\s*", "", fence.text).splitlines()
        if fence.language in SHELL and any(COMMAND.match(line) for line in lines):
            for command in _one_after_the_other(page, lines, folder):
                yield command
                folder = _folder_after(command)


def _one_after_the_other(page: DocPage, lines: list[str], folder: str) -> Iterator[Command]:
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        if not COMMAND.match(line):
            raise UnreadableCommandError(f"{page.path}: a block of commands has a line of an unknown tool: {line}")
        command = Command(page.path, line, folder)
        yield command
        folder = _folder_after(command)


def _folder_after(command: Command) -> str:
    program, *words = command.words
    return posixpath.normpath(posixpath.join(command.folder, words[0])) if program == "cd" else command.folder
