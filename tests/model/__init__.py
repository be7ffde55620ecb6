"""Tests of the model of the event source mapping, and of the real function behind it."""
