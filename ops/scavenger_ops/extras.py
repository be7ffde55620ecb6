"""The parts of this package that are not always installed (extras)."""

from importlib.util import find_spec

from scavenger_ops.command import CommandError


def require_local_aws(command: str) -> None:
    """Raise CommandError unless the local AWS is installed."""
    if find_spec("ministack") is None:
        raise CommandError(
            f"`{command}` runs a local AWS (MiniStack), which is not installed. Install it: "
            "pip install 'staging-scavenger[local]'"
        )
