"""The `verify` command: a row of its own is put into staging, and must be deleted because of its message."""
