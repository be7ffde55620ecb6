"""The command `scavenger status`."""
