"""Compares a staging table with its messages table, and deletes the rows that the stream never reported."""
