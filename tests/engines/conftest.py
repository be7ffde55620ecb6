"""The engines, tables on them, and what is skipped on which of them."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

import pytest
from scavenger_ops.toolchain import ROOT
from support.deployment import wait_until
from support.engines import DIFFERENCES, Engine, MakeTable, engines
from support.tables import fill, make_keyed_table

_numbers = count()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line("markers", "rests_on(*differences): skip it on an engine with one of support.engines'")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test on each engine."""
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", DIFFERENCES, indirect=True, scope="session")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what an engine cannot prove."""
    callspec = getattr(item, "callspec", None)
    differences = DIFFERENCES[callspec.params["engine"]] if callspec and "engine" in callspec.params else {}
    for mark in item.iter_markers("rests_on"):
        for name in mark.args:
            assert any(name in each for each in DIFFERENCES.values()), f"{name} is no difference"
            if name in differences:
                pytest.skip(f"{name}: {differences[name]}")


@pytest.fixture(scope="session", autouse=True)
def _package() -> None:
    """Build the package if it is older than the code."""
    subprocess.run(["make", "--quiet", "build"], cwd=ROOT, check=True)  # noqa: S607 - the user's own make


@pytest.fixture(scope="session")
def all_engines() -> Iterator[Mapping[str, Engine]]:
    """Run all engines."""
    with engines() as running:
        yield running


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, all_engines: Mapping[str, Engine]) -> Engine:
    """Return the engine that the test is run on."""
    return all_engines[request.param]


@pytest.fixture
def make_table(engine: Engine) -> MakeTable:
    """Return what makes a table of these key types with these rows, and returns its name."""

    def make(key_types: Mapping[str, str], rows: Iterable[dict[str, Any]] = ()) -> str:
        name, client = f"table-{next(_numbers)}", engine.client()
        make_keyed_table(client, name, key_types)
        # dynalite takes a moment, though told to take none.
        assert wait_until(lambda: client.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")
        fill(client, name, rows)
        return name

    return make
