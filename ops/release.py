#!/usr/bin/env python3
"""Makes a release in this clone, or checks one: `make release VERSION=0.2.0`, and in CI `ops/release.py check v0.2.0`.

It uses only the standard library, Git, and what build.sh needs, so that it runs in a clone without .venv.
CONTRIBUTING.md says how to release, and decision 0068 in docs/decisions why only the tag's commit has the package.
"""

import argparse
import os
import signal
import sys

from releasing.check import check
from releasing.git import INTERRUPTIONS, git
from releasing.make import make
from releasing.messages import ReleaseError


def main() -> None:
    """Run one of the two commands."""
    parser = argparse.ArgumentParser(description="Make a release, or check one.")
    commands = parser.add_subparsers(required=True, dest="command")
    commands.add_parser("make", help="commit and tag a release of this clone").add_argument("name", metavar="VERSION")
    commands.add_parser("check", help="check the release that is checked out").add_argument("name", metavar="TAG")
    arguments = parser.parse_args()
    forget_repository()
    # Like Ctrl-C, they must leave neither a worktree nor a tag behind.
    for interruption in INTERRUPTIONS:
        signal.signal(interruption, signal.default_int_handler)
    try:
        {"make": make, "check": check}[arguments.command](arguments.name)
    except ReleaseError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        # As a shell does for SIGINT.
        sys.exit(130)


def forget_repository() -> None:
    """Remove the variables by which a hook names its repository: it may be another one than this clone."""
    for name in git("rev-parse", "--local-env-vars").split():
        # Settings that the person passes in the environment stay.
        if not name.startswith("GIT_CONFIG"):
            os.environ.pop(name, None)


if __name__ == "__main__":
    main()
