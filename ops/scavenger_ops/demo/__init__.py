"""Deploys to a local AWS, and does the main job there."""
