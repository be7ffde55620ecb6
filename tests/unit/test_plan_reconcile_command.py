"""`scavenger plan reconcile` says how long a run of the reconciler takes, what it costs, and what limits it."""

import json
from typing import Any

import pytest
from reconciler.rows import MOST_ITEMS_A_PAGE, MOST_LOOK_UPS
from reconciler.tables import ON_DEMAND_READ_UNITS, ON_DEMAND_WRITE_UNITS
from reconciler.units import SHARE
from scavenger_ops.cli import app
from scavenger_ops.plan.cost import price_table
from scavenger_ops.plan.reconcile.load import DEFAULT_READ_UNITS, DEFAULT_WRITE_UNITS
from scavenger_ops.plan.reconcile.worker import MOST_ROWS_A_PAGE, ROWS_A_LOOK_UP
from scavenger_ops.program import NAME
from support.schemas import check_result
from typer.testing import CliRunner, Result


def run(*arguments: str, width: int = 120) -> Result:
    """Run the command without an AWS account."""
    return CliRunner(env={"COLUMNS": str(width)}).invoke(app, ["plan", "reconcile", *arguments], prog_name=NAME)


def plan(*arguments: str) -> Any:
    """Return the JSON of a plan, which has the form that is documented."""
    result = json.loads(run(*arguments, "--json").stdout)
    check_result("plan reconcile", result)
    return result


def test_the_first_line_says_how_long_it_takes_why_and_for_how_much() -> None:
    """The rest has the figures."""
    shown = run("--rows", "1e9").stdout.splitlines()
    assert shown[0].startswith(
        "✓ 1,000,000,000 rows of 1,000 bytes · It takes 3.9 days, bounded by its read units, and"
    )
    assert "write units    10,000,000, for 10,000,000 deletes" in map(str.rstrip, shown)


def test_units_are_those_of_scan_look_ups_and_deletes() -> None:
    """A scan takes half a unit for 4 KB, a look-up one for each item of up to 4 KB, a delete one for each KB."""
    facts = plan("--rows", "1e6", "--row-bytes", "2048", "--message-bytes", "5000", "--obsolete", "10%")
    units = {name: value for name, value in facts["estimate"].items() if name.endswith("_units")}
    assert units == {"scan_read_units": 250_000, "look_up_read_units": 2_000_000, "delete_write_units": 200_000}
    prices, cost = price_table().prices, facts["cost_usd"]
    assert cost["on_demand"]["look_ups"] == 2_000_000 * prices["read_request_unit"].usd
    assert cost["provisioned"]["deletes"] == pytest.approx(200_000 / 3600 * prices["write_capacity_unit_hour"].usd)
    for bill in cost.values():
        assert bill["total"] == pytest.approx(sum(bill.values()) - bill["total"])


def test_a_message_has_the_size_of_a_row_unless_it_is_given() -> None:
    """Most messages are as large as what they are made from."""
    assert plan("--rows", "1", "--row-bytes", "9000")["load"]["message_bytes"] == 9000


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ((), "max_read_units"),
        (("--obsolete", "100", "--max-write-units", "50"), "max_write_units"),
        (("--max-read-units", "100000"), "workers"),
        (("--row-bytes", "400000", "--max-read-units", "1e6", "--max-write-units", "1e6"), "partitions"),
    ],
)
def test_it_names_what_limits_it(options: tuple[str, ...], name: str) -> None:
    """The tightest limit is the first, and gives the pace."""
    estimate = plan("--rows", "1e7", *options)["estimate"]
    assert estimate["limits"][0] == {"name": name, "rows_a_second": estimate["rows_a_second"]}
    paces = [limit["rows_a_second"] for limit in estimate["limits"]]
    assert paces == sorted(paces)


def test_a_run_that_only_counts_needs_no_write_units() -> None:
    """So they limit nothing."""
    estimate = plan("--rows", "1e6", "--obsolete", "0")["estimate"]
    assert estimate["delete_write_units"] == 0
    assert "max_write_units" not in {limit["name"] for limit in estimate["limits"]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--rows", "1e9"), "8 workers, since there is one for each 1,000 read units or 125 write units allowed"),
        (("--rows", "1e9", "--max-read-units", "1e5"), "10 workers, since max_concurrency is 10."),
        (("--rows", "1", "--max-write-units", "4001"), "A new on-demand table takes 12,000 read and 4,000 write units"),
        (("--rows", "9e3"), "2 workers, since there are as many segments."),
        (("--rows", "1e9", "--max-read-units", "1e5", "--memory-size", "3000"), "more memory does not make them"),
        (("--rows", "1e9", "--max-read-units", "1e5"), "with up to 1,769 MB they would be faster"),
    ],
)
def test_it_says_what_to_change_for_more(options: tuple[str, ...], said: str) -> None:
    """Another setting would change nothing."""
    assert said in run(*options, width=200).stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--rows", "1e12"), "It cannot end: a segment would take 31 days, and fill the history of its execution."),
        (
            ("--rows", "1e11", "--workers", "1000"),
            "It cannot end: it would take 386 days, and an execution lasts a year",
        ),
    ],
)
def test_a_run_that_step_functions_would_end_is_no_plan(options: tuple[str, ...], said: str) -> None:
    """An execution has 25,000 events and takes a year at most."""
    shown = run(*options, width=200).stdout
    assert shown.startswith("✗ ")
    assert said in shown
    assert not plan(*options)["ends"]


def test_the_plan_repeats_what_the_reconciler_does() -> None:
    """Its requests have as many items, and its defaults are a quarter of what a new table on demand has."""
    assert (MOST_ROWS_A_PAGE, ROWS_A_LOOK_UP) == (MOST_ITEMS_A_PAGE, MOST_LOOK_UPS)
    assert (DEFAULT_READ_UNITS, DEFAULT_WRITE_UNITS) == (ON_DEMAND_READ_UNITS / SHARE, ON_DEMAND_WRITE_UNITS / SHARE)


@pytest.mark.parametrize("share", ["5", "5%"])
def test_the_share_is_a_percentage(share: str) -> None:
    """With its sign or without."""
    assert plan("--rows", "1", "--obsolete", share)["load"]["obsolete_share"] == 0.05


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("--rows",)),
        (("--rows", "0"), ("--rows", "1")),
        (("--rows", "nan"), ("--rows",)),
        (("--rows", "1", "--obsolete", "101%"), ("--obsolete", "'101%'", "from 0% to 100%")),
        (("--rows", "1", "--obsolete", "few"), ("--obsolete", "'few'", "such as 1%")),
        (("--rows", "1", "--inserts", "5"), ("No such option", "--inserts")),
        (("--rows", "1", "--workers", "1001"), ("--workers", "1000")),
    ],
)
def test_wrong_usage_is_explained(arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    """The error names the command, the option, the rule and the value. It is JSON, too."""
    result = run(*arguments, "--json")
    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: scavenger plan reconcile [OPTIONS]\n")
    assert all(word in result.stderr for word in words), result.stderr
    check_result("error", json.loads(result.stdout))


def test_plan_itself_takes_no_second_word_after_an_option() -> None:
    """The options of `plan` are not those of `plan reconcile`."""
    ran = CliRunner().invoke(app, ["plan", "--inserts", "5", "reconcile"])
    assert (ran.exit_code, "unexpected extra argument(s) (reconcile)" in ran.stderr) == (2, True)


def complete(*words: str) -> set[str]:
    """Return what Bash offers for the last of the words."""
    line = {"COMP_WORDS": " ".join([NAME, *words]), "COMP_CWORD": str(len(words))}
    offered = CliRunner().invoke(app, [], prog_name=NAME, env={"_SCAVENGER_COMPLETE": "complete_bash", **line})
    return set(offered.stdout.split("\n")) - {""}


def test_the_shell_completes_the_second_word() -> None:
    """It offers no name with a space, which it could not insert."""
    assert complete("p") == {"plan"}
    assert complete("plan", "") == complete("plan", "r") == {"reconcile"}
    assert complete("plan", "x") == complete("status", "r") == set()
    assert complete("plan", "reconcile", "--row") == {"--rows", "--row-bytes"}
