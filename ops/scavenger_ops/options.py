"""The options that several commands have, and how they are read."""

import os
from typing import Annotated

import typer

from scavenger_ops import program
from scavenger_ops.duration import parse_duration

AWS = "AWS settings"
OUTPUT = "Output"


def read_name(text: str) -> str:
    """Return the name of an AWS resource. Raises BadParameter if it is empty or has unprintable characters."""
    if not text.strip() or not text.isprintable():
        raise typer.BadParameter("a name must have at least one character, and only printable ones.")
    return text


def read_duration(text: str) -> int:
    """Return the seconds of a duration such as 15m. Raises BadParameter if it is not a duration."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def complete_name(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of the deployments that begin so, for the shell; none if AWS cannot be asked."""
    from scavenger_ops.deployments import list_names_quickly  # noqa: PLC0415 - boto3 takes longer than the rest

    use_aws(ctx.params.get("region"), ctx.params.get("profile"))
    return [name for name in list_names_quickly() if name.startswith(incomplete)]


Name = Annotated[
    str | None,
    typer.Argument(
        parser=read_name,
        metavar="NAME",
        autocompletion=complete_name,
        help="Name or ARN of the deployment's function. Default: SCAVENGER_NAME, or the only deployment in the Region.",
    ),
]
NameOption = Annotated[
    str | None,
    typer.Option(
        "--name", parser=read_name, metavar="NAME", autocompletion=complete_name, help="NAME, written as an option."
    ),
]
Region = Annotated[
    str | None,
    typer.Option(
        "--region", parser=read_name, metavar="R", rich_help_panel=AWS, help="Default: AWS_REGION, or the profile's."
    ),
]
Profile = Annotated[
    str | None,
    typer.Option("--profile", parser=read_name, metavar="P", rich_help_panel=AWS, help="Default: AWS_PROFILE."),
]
AsJson = Annotated[
    bool, typer.Option("--json", rich_help_panel=OUTPUT, help="Write the result, also an error, as JSON.")
]


def use_aws(region: str | None, profile: str | None) -> None:
    """Let all clients use this Region and profile, and all commands that are shown name them."""
    program.remember(region=region, profile=profile)
    # Unlike other AWS SDKs, boto3 does not read AWS_REGION.
    if used := region or os.environ.get("AWS_REGION"):
        os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = used
    if profile:
        os.environ["AWS_PROFILE"] = profile
        # boto3 would use these rather than the profile. The AWS CLI uses those of the profile that --profile names.
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)


def choose_name(argument: str | None, option: str | None) -> str:
    """Return the deployment's name: NAME, --name, SCAVENGER_NAME, or the only deployment that there is.

    Raises ExplainedError if there is none, or more than one.
    """
    if argument and option and argument != option:
        raise typer.BadParameter(f"{option!r} and NAME, {argument!r}, differ: give one of them.", param_hint="--name")
    if named := argument or option or given_name():
        return named
    from scavenger_ops.deployments import find_only_name  # noqa: PLC0415 - boto3 takes longer than the rest

    return find_only_name()


def given_name() -> str | None:
    """Return the name in SCAVENGER_NAME, if it is set and not empty. Raises BadParameter if it cannot be a name."""
    named = os.environ.get("SCAVENGER_NAME")
    try:
        return read_name(named) if named else None
    except typer.BadParameter as error:
        raise typer.BadParameter(error.message, param_hint="SCAVENGER_NAME") from error
