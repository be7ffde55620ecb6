"""What the commands of ops/release.py tell the person who runs them."""


class ReleaseError(Exception):
    """A release cannot be made, or is not as it should be. The text says what to do."""


def show(line: str) -> None:
    """Print a line of the result."""
    print(line, flush=True)  # noqa: T201 - for the person who releases
