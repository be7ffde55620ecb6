"""What the user chose for a comparison, and how that is written as a command."""

from typing import NamedTuple

from scavenger_ops.duration import format_duration
from scavenger_ops.program import scavenger

OLDER_THAN_S = 3600
AGE_ATTRIBUTE = "createdAt"


class ReconcileOptions(NamedTuple):
    """The command's options. Without units, it uses a share of the table's capacity."""

    is_applied: bool
    older_than_s: int
    age_attribute: str
    max_read_units: float | None
    max_write_units: float | None
    is_restarted: bool
    # --yes: delete although no function links the tables, the filter looks at OldImage, or no row seems to have an age.
    is_confirmed: bool = False


class OptionsOnAws(NamedTuple):
    """The options of a run on AWS. What is None is as the reconciler's own settings say."""

    is_applied: bool
    older_than_s: int | None
    age_attribute: str | None
    max_read_units: float | None
    max_write_units: float | None
    is_confirmed: bool = False


def command_for(tables: tuple[str, ...], options: ReconcileOptions, *, is_applied: bool) -> str:
    """Return the command with these options. `tables` are the words that name the deployment or the tables."""
    given = OptionsOnAws(
        options.is_applied,
        None if options.older_than_s == OLDER_THAN_S else options.older_than_s,
        None if options.age_attribute == AGE_ATTRIBUTE else options.age_attribute,
        options.max_read_units,
        options.max_write_units,
        options.is_confirmed,
    )
    return _command(tables, given, is_applied=is_applied)


def command_on_aws(deployment: str, options: OptionsOnAws, *, is_applied: bool) -> str:
    """Return the command that starts a run on AWS with these options."""
    return _command((deployment, "--on-aws"), options, is_applied=is_applied)


def _command(first: tuple[str, ...], options: OptionsOnAws, *, is_applied: bool) -> str:
    words = {
        "--older-than": None if options.older_than_s is None else format_duration(options.older_than_s),
        "--age-attribute": options.age_attribute,
        "--max-write-units": options.max_write_units and f"{options.max_write_units:g}",
        "--max-read-units": options.max_read_units and f"{options.max_read_units:g}",
    }
    given = [word for name, value in words.items() if value for word in (name, value)]
    flags = (["--apply"] if is_applied else []) + (["--yes"] if is_applied and options.is_confirmed else [])
    return scavenger("reconcile", *first, *given, *flags)
