"""Deletes rows of a staging table whose keys the stream of another table reports as inserted."""

# The version of the project. pyproject.toml, `scavenger --version` and the User-Agent read it from here.
__version__ = "0.2.0"
