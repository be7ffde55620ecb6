"""Errors whose text is for people: of a command, and of the reconciler's function."""


class ExplainedError(Exception):
    """The work cannot continue. The text says why, and what to do."""

    # Whether AWS could not be asked: no credentials, no network, no such Region.
    is_unasked = False


class NoAwsError(ExplainedError):
    """AWS could not be asked."""

    is_unasked = True


class RefusedError(ExplainedError):
    """The work cannot be done as it is, however often it is tried."""
