"""The help of the commands: options in groups, whole names, examples. It is plain text, for ASCII terminals too.

Typer's own help, by Rich, cuts long names of options on a terminal of 80 columns.
"""

import re
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NoReturn

import typer
from typer._click.shell_completion import CompletionItem
from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.exceptions import TyperException

from scavenger_ops.command import EXIT_NOT_OK, reporting_errors, say, show_json_error

ARGUMENTS, OPTIONS = "Arguments", "Options"
COMMANDS = "Commands"
# The commands whose JSON has a document in each line, also of an error.
WITH_JSON_LINES = ("logs",)
# Typer's bounds of a number, such as 1<=x<=50 and x>=1.
_BOUNDS = re.compile(r"([\d.]+)<=x<=([\d.]+)")
# The Python type of an argument, which tells nothing beside its name.
_TYPE = re.compile(r" <.*>$")
_LEAST = re.compile(r"x>=([\d.]+)")


class GroupedCommand(TyperCommand):
    """A command whose options are grouped by their `rich_help_panel`, and whose epilog has its examples, one a line."""

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer has its own copy of Click
        """Write the options, group by group in the order of the function's parameters."""
        records = [(_group_of(each), record) for each in self.get_params(ctx) if (record := each.get_help_record(ctx))]
        _write_groups(formatter, [(group, (_TYPE.sub("", names), _in_words(text))) for group, (names, text) in records])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002 - likewise
        """Write the examples. They are not wrapped, so that they can be copied."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the result of any command
        """Run the command. Show a ExplainedError, and end with its exit code."""
        with reporting_errors(as_json=bool(ctx.params.get("as_json")), in_a_line=self.name in WITH_JSON_LINES):
            return super().invoke(ctx)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[CompletionItem]:  # noqa: ANN401 - Typer has its own copy of Click
        """Return what the shell may complete here; for `plan` also the second words of commands such as `plan x`."""
        before = f"{self.name} "
        commands = ctx.parent.command.commands if ctx.parent else {}
        words = [name.removeprefix(before) for name in commands if name.startswith(f"{before}{incomplete}")]
        return [*map(CompletionItem, words), *super().shell_complete(ctx, incomplete)]


class GroupedCommands(TyperGroup):
    """The commands, grouped by their `rich_help_panel`. A name may have two words, such as `plan reconcile`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 - Typer has its own copy of Click
        """Return the command that the first two words name, or else the first one, and the other words."""
        name = " ".join(args[:2])
        command = self.get_command(ctx, name)
        return (name, command, args[2:]) if command else super().resolve_command(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[CompletionItem]:  # noqa: ANN401 - likewise
        """Return the first words of the commands. The shell completes a second word on its own."""
        return [item for item in super().shell_complete(ctx, incomplete) if " " not in item.value]

    def main(self, args: Sequence[str] | None = None, **options: Any) -> NoReturn:  # type: ignore[override]  # noqa: ANN401
        """Run a command and end the process with its exit code. With --json, a usage error is JSON too."""
        try:
            code = super().main(args, **{**options, "standalone_mode": False})
        except TyperException as error:
            # A UsageError can also show the command's usage.
            error.show()  # type: ignore[attr-defined]  # Typer raises only Click's exceptions, which have it
            text, code = error.format_message(), error.exit_code
        except typer.Abort:
            text, code = "Nothing was done.", EXIT_NOT_OK
            say(text)
        else:
            sys.exit(code)
        given = sys.argv[1:] if args is None else args
        if "--json" in given:
            show_json_error(text, code, in_a_line=given[0] in WITH_JSON_LINES)
        sys.exit(code)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer has its own copy of Click
        """Write the commands with the whole first line of their help."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        _write_groups(
            formatter,
            [
                (getattr(command, "rich_help_panel", None) or COMMANDS, (name, (command.help or "").split("\n\n")[0]))
                for name, command in commands
                if command and not command.hidden
            ],
        )


def _write_groups(formatter: Any, records: Iterable[tuple[str, tuple[str, str]]]) -> None:  # noqa: ANN401 - likewise
    records = list(records)
    order = list(dict.fromkeys(group for group, _ in records))
    by_group = groupby(sorted(records, key=lambda record: order.index(record[0])), lambda record: record[0])
    for group, members in by_group:
        with formatter.section(group):
            formatter.write_dl([record for _, record in members])


def _group_of(parameter: Any) -> str:  # noqa: ANN401 - likewise
    panel = getattr(parameter, "rich_help_panel", None)
    return panel or (ARGUMENTS if isinstance(parameter, TyperArgument) else OPTIONS)


def _in_words(text: str) -> str:
    return _LEAST.sub(r"at least \1", _BOUNDS.sub(r"\1 to \2", text))
