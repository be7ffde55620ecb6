"""Shows whether a deployment works and, if not, what is wrong and what fixes it."""
