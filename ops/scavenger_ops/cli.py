"""The `scavenger` command line: all commands, in the groups of its help.

To add a command:

1. Create a folder ops/scavenger_ops/<command>/. Its cli.py has the function whose docstring and options are the
   command's `--help`, and the examples of the help. It imports what does the work only when it runs, so that the help
   of all commands comes at once. Its run.py does the work, and returns the exit code. Messages and progress go to
   standard error, and the result to standard output, with the functions of command.py.
2. Add the function to COMMANDS. The command has its name; a name such as plan_reconcile is two words.
3. Describe the command in docs/reference/commands.md, and run `make docs`, which writes docs/cli.md.
"""

from collections.abc import Callable
from typing import Annotated

import typer
from scavenger import __version__

from scavenger_ops.demo import cli as demo
from scavenger_ops.help import GroupedCommand, GroupedCommands
from scavenger_ops.local import cli as local
from scavenger_ops.logs import cli as logs
from scavenger_ops.plan import cli as plan
from scavenger_ops.plan.reconcile import cli as plan_reconcile
from scavenger_ops.reconcile import cli as reconcile
from scavenger_ops.redrive import cli as redrive
from scavenger_ops.status import cli as status
from scavenger_ops.verify import cli as verify

OPERATE, PLAN, TRY = "Operate a deployment", "Plan a deployment", "Try it without an AWS account"
COMMANDS = (
    (status.status, OPERATE, status.EXAMPLES),
    (verify.verify, OPERATE, verify.EXAMPLES),
    (logs.logs, OPERATE, logs.EXAMPLES),
    (redrive.redrive, OPERATE, redrive.EXAMPLES),
    (reconcile.reconcile, OPERATE, reconcile.EXAMPLES),
    (plan.plan, PLAN, plan.EXAMPLES),
    (plan_reconcile.plan_reconcile, PLAN, plan_reconcile.EXAMPLES),
    (demo.demo, TRY, demo.EXAMPLES),
    (local.local, TRY, local.EXAMPLES),
)


def command_name(command: Callable[..., None]) -> str:
    """Return the name by which the command is called."""
    return command.__name__.replace("_", " ")


app = typer.Typer(
    cls=GroupedCommands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain text, as help.py writes it.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def show_version(*, is_requested: bool) -> None:
    """Show the version and exit, if --version is given."""
    if is_requested:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def scavenger(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Operate, plan and try a staging scavenger.

    It uses the standard AWS settings for credentials, profile, Region and endpoint.

    Exit codes: 0 = done or well, 1 = something is left or wrong, 2 = wrong usage, 3 = AWS could not be asked,
    130 = interrupted (Ctrl-C).
    """


for command, group, examples in COMMANDS:
    # `local` passes the options of its command on.
    settings = {"ignore_unknown_options": True} if command is local.local else None
    app.command(
        command_name(command), cls=GroupedCommand, rich_help_panel=group, epilog=examples, context_settings=settings
    )(command)
