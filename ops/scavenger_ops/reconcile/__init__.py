"""Finds rows that are in both tables, which the stream never reported, and deletes them from staging."""
