"""Measure one contender with one piece of work, in a process of its own."""

import compileall
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.alternatives.work import Work, write_events

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "dist" / "scavenger.zip"
# It requires other versions of some packages than the project does.
AWSWRANGLER = ROOT / ".venv" / "awswrangler"
NEWEST_BOTO3 = ROOT / ".venv" / "newest-boto3"


@dataclass(frozen=True)
class ContenderFigures:
    """What a contender took: CPU seconds of all threads, and wall seconds, for its start and for the work."""

    start_cpu_s: float
    start_wall_s: float
    cpu_s: float
    wall_s: float
    # None if the system does not tell.
    peak_memory_mb: float | None


class Bench:
    """A folder with the function's package, unpacked as Lambda does it, and with the events."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self.package = folder / "package"
        with zipfile.ZipFile(PACKAGE) as package:
            package.extractall(self.package)

    def compile_package(self) -> None:
        """Compile the package. Lambda does not: it unpacks to a read-only file system."""
        compileall.compile_dir(self.package, quiet=1)

    def run(
        self, name: str, work: Work, *, before: Sequence[str] = (), packages: Sequence[Path] = ()
    ) -> ContenderFigures:
        """Run a contender, and return its figures. The words in `before` run the command line that follows them.

        Packages in the folders of `packages` take precedence over those that are installed.
        """
        events = self._folder / f"{work.records}-{work.batch_size}-{work.has_images}.jsonl"
        if not events.exists():
            write_events(work, events)
        python = AWSWRANGLER / "bin" / "python" if name == "awswrangler" else Path(sys.executable)
        with tempfile.NamedTemporaryFile() as figures, tempfile.TemporaryFile() as log:
            subprocess.run(
                [*before, python, "-m", "bench.alternatives.contender", name, events, figures.name],
                env={
                    **self._environment,
                    "PYTHONPATH": os.pathsep.join(map(str, (*packages, self.package, ROOT, ROOT / "tests"))),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                stdout=log,
                check=True,
            )
            return ContenderFigures(**json.loads(Path(figures.name).read_text()))


def has_awswrangler() -> bool:
    """Return whether `make bench` could install awswrangler."""
    return (AWSWRANGLER / ".ready").exists()


def lambda_environment(endpoint_url: str) -> dict[str, str]:
    """Return the environment variables of the deployed function."""
    return {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_LAMBDA_FUNCTION_NAME": "scavenger",
        "STAGING_MESSAGES_TABLE_NAME": "staging",
        "STAGING_MESSAGES_TABLE_KEY": '{"messageId": "S", "createdAt": "N"}',
        "MAX_REQUESTS_IN_FLIGHT": "16",
        "POWERTOOLS_SERVICE_NAME": "scavenger",
    }
