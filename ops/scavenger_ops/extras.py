"""The parts of this package that are not always installed (extras), and how to get them."""

from importlib.util import find_spec

from reconciler.explained_error import ExplainedError
from scavenger import __version__

REPOSITORY = "https://github.com/staging-scavenger/staging-scavenger"
LOCAL, PLOT = "local", "plot"
# What the extra `local` brings (pyproject.toml).
OF_LOCAL = ("cryptography", "hypercorn", "ministack")


def install_command(extra: str) -> str:
    """Return the command that installs an extra of this release.

    The package is in no index, where somebody else could publish one of its name.
    """
    return f"pip install 'staging-scavenger[{extra}] @ git+{REPOSITORY}@v{__version__}'"


def require_local_aws(command: str) -> None:
    """Raise ExplainedError unless the local AWS is installed."""
    missing = [name for name in OF_LOCAL if find_spec(name) is None]
    if missing:
        raise ExplainedError(
            f"`{command}` runs a local AWS, which needs {missing[0]}, and that is not installed. Install it: "
            f"{install_command(LOCAL)}"
        )
