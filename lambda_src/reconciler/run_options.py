"""What a run of the state machine does: its input, with the function's settings where the input says nothing."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.explained_error import RefusedError
from reconciler.worker_settings import MOST_AGE_S, MOST_UNITS, WorkerSettings


class RunOptions(NamedTuple):
    """The options of a run. Without `apply`, rows are only counted.

    `confirmed`: a person answered the questions of `questions.py` with yes.
    """

    apply: bool
    older_than_s: int
    age_attribute: str
    max_read_units: float | None
    max_write_units: float | None
    confirmed: bool


def read_options(given: object, settings: WorkerSettings) -> RunOptions:
    """Return the options of an execution's input. Raises RefusedError if it has unknown or malformed members."""
    if not isinstance(given, Mapping):
        raise RefusedError(
            'The input is not a JSON object. Use {"apply": true} to delete rows, {"apply": false} to count.'
        )
    unknown = sorted(str(name) for name in given.keys() - set(RunOptions._fields))
    if unknown:
        raise RefusedError(
            f"The input has {', '.join(unknown)[:200]}, which is not known. Known: {', '.join(RunOptions._fields)}."
        )
    for name, value in given.items():
        if not _is_valid(name, value):
            raise RefusedError(f"The input has {name} = {json.dumps(value)[:100]}, which is not {_VALID[name]}.")
    defaults = RunOptions(
        apply=False,
        older_than_s=settings.older_than_s,
        age_attribute=settings.age_attribute,
        max_read_units=settings.max_read_units,
        max_write_units=settings.max_write_units,
        confirmed=False,
    )
    return defaults._replace(**given)


_UNITS = f"a number of units a second, from 0.1 to {MOST_UNITS:,}"
_VALID = {
    "apply": "true or false",
    "older_than_s": f"a whole number of seconds, from 0 to {MOST_AGE_S:,}",
    "age_attribute": "the name of an attribute",
    "max_read_units": _UNITS,
    "max_write_units": _UNITS,
    "confirmed": "true or false",
}


def _is_valid(name: str, value: Any) -> bool:  # noqa: ANN401 - whatever the input has
    if _VALID[name] == "true or false":
        return isinstance(value, bool)
    if name == "age_attribute":
        return isinstance(value, str) and bool(value)
    if name == "older_than_s":
        return type(value) is int and 0 <= value <= MOST_AGE_S
    return type(value) in (int, float) and 0.1 <= value <= MOST_UNITS  # noqa: PLR2004 - as _UNITS says
