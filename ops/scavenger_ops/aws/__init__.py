"""The one way to AWS for all commands: bounded in time, answers of the form relied on, errors of one sentence."""
