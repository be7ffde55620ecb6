"""Measurements against the alternatives."""
