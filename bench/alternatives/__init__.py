"""Measure this function, compared with other ways to delete what a stream reports."""
