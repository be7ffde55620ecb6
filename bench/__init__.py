"""Measurements, compared with the alternatives."""
