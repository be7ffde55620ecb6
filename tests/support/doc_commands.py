"""Finds every command in the repository's pages, whether it is in a block or in the midst of a sentence."""

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from support.pages import DocPage, pages_of_now

# What a command begins with, after settings of its environment. A sentence may name a tool alone, which is no command.
COMMAND = re.compile(r"(?:[A-Z_]+=\S+ )*(?:(?:make|aws|terraform|scavenger|cd) \S|(?:\.\./)*\.venv/bin/\w+ \S|\./\S+)")
# Languages of blocks that a shell is to read.
SHELL = {"", "bash", "sh", "shell", "console"}
# By their names, people take these for those of the project.
TOOLS = {"terraform": ".venv/bin/terraform", "scavenger": ".venv/bin/scavenger"}


class UnreadableCommandError(Exception):
    """A block has a line that is no command, among others that are."""


@dataclass(frozen=True)
class Command:
    """A command: the page it is on, how it stands there, and the folder, from the root, that it is to be run in."""

    page: str
    text: str
    folder: str = "."

    @property
    def words(self) -> list[str]:
        """Its words, without settings of its environment; the program by its path from the root, or its name."""
        words = shlex.split(self.text)
        while re.match(r"[A-Z_]+=", words[0]):
            del words[0]
        program = posixpath.normpath(posixpath.join(self.folder, words[0])) if "/" in words[0] else words[0]
        return [TOOLS.get(program, program), *words[1:]]

    def __str__(self) -> str:
        """Name it in a test's id."""
        return f"{self.page}: {self.text}"


def find_commands(found_in: Iterable[DocPage] | None = None) -> list[Command]:
    """Give each command of each page, or of all that tell how things are, once, in the order in which they come.

    Raises UnreadableCommandError if a block of commands has a line that is none.
    """
    chosen = pages_of_now() if found_in is None else found_in
    return list(dict.fromkeys(command for page in chosen for command in _find(page)))


def _find(page: DocPage) -> Iterator[Command]:
    in_blocks = list(_in_blocks(page))
    yield from in_blocks
    gone_to = [_folder_after(command) for command in in_blocks if command.words[0] == "cd"]
    yield from _in_text(page, gone_to[-1] if gone_to else posixpath.dirname(page.path) or ".")


def _in_text(page: DocPage, folder: str) -> Iterator[Command]:
    """Give the commands in sentences, which are run in the root, or in this folder if they lead out of one."""
    for code in page.codes:
        if COMMAND.match(code):
            yield Command(page.path, code, folder if code.startswith("../") else ".")


def _in_blocks(page: DocPage) -> Iterator[Command]:
    """Give the commands of the blocks of which a line is one; other blocks show what one prints.

    They are run one after the other, so that one is in the folder that an earlier block has gone to.
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
            raise UnreadableCommandError(f"{page.path}: among commands there is one of no known tool: {line}")
        command = Command(page.path, line, folder)
        yield command
        folder = _folder_after(command)


def _folder_after(command: Command) -> str:
    program, *words = command.words
    return posixpath.normpath(posixpath.join(command.folder, words[0])) if program == "cd" else command.folder
