"""Tells whether long tests run in full, as in `make soak`."""

from hypothesis import settings


def is_soak() -> bool:
    """Return whether Hypothesis has the profile of `make soak`. Call it only after pytest has read its options."""
    return settings.get_current_profile_name() == "soak"
