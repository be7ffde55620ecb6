"""Draws the pictures of the docs that no measurement makes: the demo's terminal, and the dashboard."""
