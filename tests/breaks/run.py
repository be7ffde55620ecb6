"""Makes each break of breaks.toml in turn, and counts the tests that fail with it: make breaks.

Writes a line of JSON for each break to standard output. Exits with 1 if no test notices a break that breaks.toml lists
as noticed, or if a test fails without a break.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from scavenger_ops.terraform import TERRAFORM
from scavenger_ops.toolchain import BIN, ROOT

BREAKS = Path(__file__).with_name("breaks.toml")
# The files that `terraform test` reads. Only tracked files: no terraform.tfvars, and no state of a deployment.
TERRAFORM_FILES = ("*.tf", ".terraform.lock.hcl", "build.sh", "tests/terraform")
# The tests of a break take two minutes at most. Tests that do not end count as failed.
LIMIT_S = 600
INIT_OPTIONS = ("-backend=false", "-input=false", "-test-directory=tests/terraform")
ENVIRONMENT = {
    **os.environ,
    # Python uses a cached file if size and second of change of the source are the same. A break may change neither.
    "PYTHONDONTWRITEBYTECODE": "1",
    # As in ops/plans.sh.
    "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",
}


class Break(NamedTuple):
    """A line of a file without its indentation, the line that replaces it, and the test files to run."""

    file: str
    before: str
    after: str
    tests: Sequence[str]
    noticed: bool = True
    why: str = ""


def main() -> int:
    """Try all breaks, and return the exit code."""
    # As on Ctrl-C, so that the file is restored.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    breaks = [Break(**each) for each in tomllib.loads(BREAKS.read_text())["break"]]
    check(breaks)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        copy_terraform(copy)
        run([TERRAFORM, "init", *INIT_OPTIONS], copy).check_returncode()
        files = sorted({test for each in breaks for test in each.tests})
        if red := [name for file in files for name in red_tests([file], copy)]:
            raise SystemExit(f"error: These tests fail without a break: {', '.join(red)}. Fix them first.")
        return judge(breaks, [try_out(each, copy) for each in breaks])


def judge(breaks: Sequence[Break], results: Sequence[Sequence[str]]) -> int:
    """Print how many breaks are noticed, and which ones no longer. Return the exit code."""
    missed = [each for each, red in zip(breaks, results, strict=True) if each.noticed and not red]
    noticed, total = sum(map(bool, results)), sum(map(len, results))
    say(f"{noticed} of {len(breaks)} breaks are noticed, by {total:,} failed tests in total.")
    for each in missed:
        say(
            f"error: No test fails any more if {each.before!r} in {each.file} becomes {each.after!r}. Add a test, or "
            f"set noticed = false with the reason in {BREAKS.name}."
        )
    return 1 if missed else 0


def check(breaks: Iterable[Break]) -> None:
    """Exit if the work tree has changes, or if breaks.toml does not fit the files."""
    if run(["git", "status", "--porcelain"], ROOT).stdout:
        raise SystemExit("error: The work tree has changes, which would mix with the breaks. Commit them first.")
    wrong = [f"{test} does not exist" for each in breaks for test in each.tests if not (ROOT / test).exists()]
    wrong += [
        f"{each.file} does not have exactly one line {each.before!r}" for each in breaks if len(places(each)) != 1
    ]
    if wrong:
        raise SystemExit(f"error: {BREAKS.name} does not fit: {'; '.join(wrong)}. Adapt it.")


def places(each: Break) -> list[int]:
    """Return the numbers of the lines that the break matches."""
    path = ROOT / each.file
    lines = path.read_text().splitlines() if path.is_file() else []
    return [number for number, line in enumerate(lines, 1) if line.strip() == each.before]


def try_out(each: Break, copy: Path) -> list[str]:
    """Make a break, print which tests fail, and return them."""
    with made(each) as line:
        red = red_tests(each.tests, copy)
    result = {"file": each.file, "line": line, "after": each.after, "red": len(red), "tests": red}
    print(json.dumps(result), flush=True)  # noqa: T201 - the result
    return red


@contextmanager
def made(each: Break) -> Iterator[int]:
    """Make a break in the work tree, yield the number of its line, and undo it."""
    path = ROOT / each.file
    whole = path.read_bytes()
    lines = whole.decode().splitlines(keepends=True)
    (number,) = places(each)
    lines[number - 1] = lines[number - 1].replace(each.before, each.after)
    try:
        path.write_text("".join(lines))
        yield number
    finally:
        path.write_bytes(whole)


def red_tests(files: Iterable[str], copy: Path) -> list[str]:
    """Run the tests of these files. Return the names of those that fail; for pytest, of those that fail twice."""
    terraform = sorted(file for file in files if file.endswith(".tftest.hcl"))
    python = sorted(set(files) - set(terraform))
    copy_terraform(copy)
    red = [name for file in terraform for name in red_runs(file, copy)]
    first = red_pytests(python) if python else []
    # Twice: on a busy machine, a test that waits for a time-out may fail by itself, not because of the break.
    again = set(red_pytests(python)) if first else set()
    return red + [name for name in first if name in again]


def red_pytests(files: Sequence[str]) -> list[str]:
    """Run these files with pytest, and return the names of the tests that fail."""
    options = ("--quiet", "--tb=no", "--continue-on-collection-errors", "-p", "no:cacheprovider")
    return names(run([BIN / "pytest", *options, *files], ROOT), r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", "pytest")


def red_runs(file: str, copy: Path) -> list[str]:
    """Run a file with terraform test, and return the names of the tests that fail."""
    done = run([TERRAFORM, "test", "-no-color", "-test-directory=tests/terraform", f"-filter={file}"], copy)
    return [f"{file}::{name}" for name in names(done, r'^\s+run "(.+)"\.\.\. fail$', "terraform")]


def names(done: "subprocess.CompletedProcess[str]", form: str, tool: str) -> list[str]:
    """Return the names of the failed tests, or the name of the tool if it failed without naming a test."""
    found = re.findall(form, done.stdout, re.MULTILINE)
    return found or ([f"({tool} ended with {done.returncode})"] if done.returncode else [])


def copy_terraform(copy: Path) -> None:
    """Copy the files that Terraform's tests read, and an empty package: nothing is deployed."""
    for file in run(["git", "ls-files", "--", *TERRAFORM_FILES], ROOT).stdout.splitlines():
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, copy / file)
    (copy / "dist").mkdir(exist_ok=True)
    (copy / "dist" / "scavenger.zip").touch()


def run(command: Sequence[str | Path], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder, until it ends or LIMIT_S is over."""
    try:
        return subprocess.run(
            command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, -1, "", "")


def say(text: str) -> None:
    """Write to standard error."""
    print(text, file=sys.stderr)  # noqa: T201 - beside the result


if __name__ == "__main__":
    sys.exit(main())
