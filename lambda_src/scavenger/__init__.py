"""Deletes from a staging table what the stream of another table reports as inserted."""
