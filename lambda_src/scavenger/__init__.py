"""Deletes from a staging table what the stream of another table reports as inserted."""

# The project's, which pyproject.toml, `scavenger --version` and the User-Agent have from here.
__version__ = "0.1.0"
