"""A fact that is being read, and how its result is taken."""

from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.aws.errors import AwsError
from reconciler.explained_error import ExplainedError

from scavenger_ops.status.background_read import seconds_until
from scavenger_ops.status.problem import RowName, Unknown

if TYPE_CHECKING:
    from concurrent.futures import Future


class NameUnknownError(Exception):
    """The name of the resource to read is not known. The fact that should have the name has the reason."""


class PendingFact(NamedTuple):
    """A fact that is being read: the rows that need it, what it is, the permission that it needs, and the result."""

    about: tuple[RowName, ...]
    what: str
    permission: str
    future: "Future[Any]"


def result_of(fact: PendingFact, unknown: list[Unknown], ends_at: float) -> Any:  # noqa: ANN401 - each has its own
    """Wait for a fact and return it.

    If it is not known, return None and add the reason to `unknown`, so that the rest can be shown.
    """
    permission = None
    try:
        return fact.future.result(timeout=seconds_until(ends_at))
    except NameUnknownError:
        return None
    except TimeoutError:
        reason = "AWS did not answer in time."
    except ExplainedError as error:
        permission = fact.permission if isinstance(error, AwsError) and error.is_denial else None
        reason = str(error)
    except Exception as error:  # noqa: BLE001 - an unexpected answer may raise any
        reason = f"The answer cannot be read ({type(error).__name__})."
    unknown.append(Unknown(fact.about, fact.what, permission, reason))
    return None
