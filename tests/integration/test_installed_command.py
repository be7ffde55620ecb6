"""The command works where it is installed from the repository, without a clone, with what it requires and no more."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import distribution, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from scavenger_ops.toolchain import ROOT
from support.listed_functions import lambda_api

PROJECT = "staging-scavenger"
# The largest that the command would not need: what draws, what emulates AWS, and what only the function needs.
NOT_NEEDED = {"aws-lambda-powertools", "matplotlib", "ministack", "moto", "numpy"}


def closure(requirement: str, seen: set[str]) -> set[str]:
    """Return the names of the distributions that a requirement brings, with all that they bring."""
    parsed = Requirement(requirement)
    name = re.sub(r"[-_.]+", "-", parsed.name).lower()
    key = f"{name}{sorted(parsed.extras)}"
    if key in seen:
        return set()
    seen.add(key)
    found = {name}
    for each in requires(name) or ():
        needed = Requirement(each)
        extras = [{"extra": extra} for extra in parsed.extras] or [{"extra": ""}]
        if needed.marker is None or any(needed.marker.evaluate(extra) for extra in extras):
            found |= closure(str(needed).split(";")[0], seen)
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Build the wheel, and unpack it beside just the distributions that it requires. Return an environment for it."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    subprocess.run([*pip, "install", "--no-deps", "--no-compile", "--target", site, wheel], check=True)
    for name in closure(PROJECT, set()) - {PROJECT}:
        _link(name, site)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**environment, "PYTHONPATH": str(site), "HOME": str(folder), "PATH": "/usr/bin:/bin"}


def _link(name: str, site: Path) -> None:
    """Link the files of an installed distribution into the folder."""
    found = distribution(name)
    for file in found.files or ():
        if ".." not in file.parts and not (site / file.parts[0]).exists():
            (site / file.parts[0]).symlink_to(str(found.locate_file(file.parts[0])))


def run(environment: Mapping[str, str], folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the command in a Python that sees only what is installed."""
    script = "import sys; sys.argv[0] = 'scavenger'; from scavenger_ops.main import main; main()"
    ran = subprocess.run(
        # -S: without the site-packages of this environment.
        [sys.executable, "-S", "-c", script, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.returncode, ran.stdout, ran.stderr


def test_it_requires_neither_an_emulator_nor_what_draws() -> None:
    """Somebody who operates a deployment needs boto3 and what writes to the terminal."""
    names = closure(PROJECT, set())
    assert {"boto3", "rich", "typer"} <= names
    assert not names & NOT_NEEDED
    assert closure(f"{PROJECT}[local]", set()) & NOT_NEEDED == {"ministack"}
    assert closure(f"{PROJECT}[plot]", set()) & NOT_NEEDED == {"matplotlib", "numpy"}


@pytest.mark.parametrize("command", ["status", "redrive", "reconcile", "logs"])
def test_a_command_that_asks_aws_works(command: str, installed: Mapping[str, str], tmp_path: Path) -> None:
    """It finds that there is no deployment."""
    with lambda_api([]) as url:
        code, _, errors = run({**installed, "AWS_ENDPOINT_URL": url}, tmp_path, command)
    assert (code, "There is no deployment in us-east-1" in errors) == (1, True), errors


@pytest.mark.parametrize("options", [(), ("--simulate", "steady"), ("--json",)])
def test_a_plan_is_made(options: tuple[str, ...], installed: Mapping[str, str], tmp_path: Path) -> None:
    """Also a simulated one: it needs the function's code, but not its requirements."""
    code, output, errors = run(installed, tmp_path, "plan", "--inserts", "10", *options)
    assert (code, bool(output)) == (0, True), errors


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (("local",), "local"),
        (("demo",), "local"),
        (("plan", "--inserts", "1", "--simulate", "steady", "--picture", "lag.svg"), "plot"),
    ],
    ids=["local", "demo", "plan"],
)
def test_a_command_whose_extra_is_missing_says_how_to_get_it(
    arguments: tuple[str, ...], extra: str, installed: Mapping[str, str], tmp_path: Path
) -> None:
    """One line, and nothing else has happened."""
    code, _, errors = run(installed, tmp_path, *arguments)
    assert code != 0
    assert f"pip install 'staging-scavenger[{extra}] @ git+https://" in errors, errors
