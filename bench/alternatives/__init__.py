"""Measures this function beside other ways to delete what a stream reports."""
