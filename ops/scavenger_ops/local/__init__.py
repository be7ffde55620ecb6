"""The `local` command."""
