"""Finds rows that are in both tables because the stream never reported them, and deletes them from staging."""
