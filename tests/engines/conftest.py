"""The engines, tables on them, and which tests are skipped on which engine."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from scavenger_ops.toolchain import ROOT
from support.built_function import unpack
from support.deployment import wait_until
from support.engine_staging import MakeStaging, Staging
from support.engines import DIFFERENCES, Engine, MakeTable, engines
from support.key_cases import Key
from support.tables import fill, make_keyed_table

_numbers = count()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark `rests_on`."""
    config.addinivalue_line(
        "markers", "rests_on(*differences): skip it on an engine that has one of these differences (support.engines)"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test on each engine."""
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", DIFFERENCES, indirect=True, scope="session")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test on an engine that cannot prove it."""
    callspec = getattr(item, "callspec", None)
    differences = DIFFERENCES[callspec.params["engine"]] if callspec and "engine" in callspec.params else {}
    for mark in item.iter_markers("rests_on"):
        for name in mark.args:
            assert any(name in each for each in DIFFERENCES.values()), f"{name} is not a difference in support.engines"
            if name in differences:
                pytest.skip(f"{name}: {differences[name]}")


@pytest.fixture(scope="session", autouse=True)
def _package() -> None:
    """Build the package if it is older than the code."""
    subprocess.run(["make", "--quiet", "build"], cwd=ROOT, check=True)  # noqa: S607 - the user's own make


@pytest.fixture(scope="session")
def all_engines() -> Iterator[Mapping[str, Engine]]:
    """Start all engines, and stop them at the end."""
    with engines() as running:
        yield running


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, all_engines: Mapping[str, Engine]) -> Engine:
    """Return the engine of the test."""
    return all_engines[request.param]


@pytest.fixture
def make_table(engine: Engine) -> MakeTable:
    """Return a function that creates a table with these key types and rows, and returns its name."""

    def make(key_types: Mapping[str, str], rows: Iterable[dict[str, Any]] = ()) -> str:
        name, client = f"table-{next(_numbers)}", engine.client()
        make_keyed_table(client, name, key_types)
        # dynalite takes a moment, although it is configured to take none.
        assert wait_until(lambda: client.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")
        fill(client, name, rows)
        return name

    return make


@pytest.fixture(scope="session")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the package once, and return the folder."""
    return unpack(tmp_path_factory.mktemp("task"))


@pytest.fixture
def make_staging(engine: Engine, make_table: MakeTable, task: Path) -> MakeStaging:
    """Return a function that creates a staging table with these key types and rows with these keys."""

    def make(key_types: Mapping[str, str], keys: Iterable[Key]) -> Staging:
        rows = [{**key, "event": {"S": "a message"}} for key in keys]
        return Staging(engine, make_table(key_types, rows), key_types, task)

    return make
