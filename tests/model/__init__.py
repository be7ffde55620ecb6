"""The function behind the model of its event source mapping, and tests of both."""
