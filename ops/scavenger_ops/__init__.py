"""The `scavenger` command and what the project's set-up, demo and tests share."""
