"""Runs the comparison on AWS, in the state machine of modules/reconciler, and shows it as if it ran here."""
