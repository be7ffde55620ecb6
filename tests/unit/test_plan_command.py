"""The plan command needs no account, and shows what a load takes on one screen or as JSON."""

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import hcl2
import pytest
import typer
from scavenger_ops.cli import app
from scavenger_ops.options import OUTPUT
from scavenger_ops.plan import picture
from scavenger_ops.plan.checks import PICTURE_SUFFIXES
from scavenger_ops.plan.cli import LOAD, SIMULATION
from scavenger_ops.plan.cli import SETTINGS as SETTINGS_GROUP
from scavenger_ops.plan.cost import price_table
from scavenger_ops.plan.load import BillingMode, EventName, PipelineSettings, StreamViewType
from scavenger_ops.toolchain import ROOT
from typer.testing import CliRunner, Result

COMMAND = typer.main.get_command(app).commands["plan"]  # type: ignore[attr-defined] # it is a group
# What the load is, and what is to be done with it; all else are Terraform's variables.
OWN_OPTIONS = {"inserts", "peak", "item_bytes", "key_bytes", "simulate", "hours", "picture", "explain", "check"}
OWN_OPTIONS |= {"as_json", "help"}
SETTINGS = PipelineSettings.__dataclass_fields__.keys()
CHOICES = {
    "stream_view_type": get_args(StreamViewType),
    "billing_mode": get_args(BillingMode),
    "match_attributes": (True, False),
    "event_names": tuple(EventName),
}
BUSY = (
    *("--inserts", "1000", "--peak", "4000"),
    *("--billing-mode", "PAY_PER_REQUEST", "--stream-view-type", "KEYS_ONLY", "--batch-size", "1000"),
)


def run(*arguments: str, width: int = 100) -> Result:
    """Run the command in a terminal of that width, without credentials."""
    return CliRunner(env={"COLUMNS": str(width), "AWS_ACCESS_KEY_ID": None}).invoke(app, ["plan", *arguments])


def run_for_json(*arguments: str) -> dict[str, Any]:
    """Run the command with --json, and return its result."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


def read_variables(aspect: str = "default") -> dict[str, Any]:
    """Read the defaults of the root's variables, or something else of them."""
    blocks = hcl2.loads((ROOT / "variables.tf").read_text())["variable"]
    return {name.strip('"'): body[aspect] for block in blocks for name, body in block.items()}


def unquoted(value: Any) -> Any:
    """Return a value of Terraform's without the quotation marks that hcl2 leaves."""
    if isinstance(value, list):
        return [*map(unquoted, value)]
    return value.strip('"') if isinstance(value, str) else value


def read_ranges() -> dict[str, tuple[int, int | None]]:
    """Read the least and the greatest value of the modules' variables, from the sentences of their rules."""
    ranges: dict[str, tuple[int, int | None]] = {}
    for module in ("table", "scavenger"):
        rules = (ROOT / "modules" / module / "variables.tf").read_text()
        for name, least, greatest in re.findall(r'"(\w+) must be a whole number(?: from|,) (\d+)(?: to (\d+)|)', rules):
            ranges[name] = (int(least), int(greatest) if greatest else None)
    return ranges


def test_the_settings_default_to_terraforms() -> None:
    """Names and values are the same, so a plan without options is that of a deployment without a terraform.tfvars."""
    variables = read_variables()
    settings = {option.name: option for option in COMMAND.params if option.name not in OWN_OPTIONS}
    assert settings.keys() == SETTINGS
    for name, option in settings.items():
        # Of match_attributes, the option only says whether there are any.
        default = bool(variables[name]) if name == "match_attributes" else variables[name]
        assert option.default == unquoted(default), name


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in CHOICES])
def test_a_setting_has_terraforms_range(name: str) -> None:
    """The least and the greatest value are accepted, and none beyond."""
    least, greatest = read_ranges()[name]
    values = {least - 1: 2, least: 0} | ({} if greatest is None else {greatest: 0, greatest + 1: 2})
    for value, exit_code in values.items():
        assert run("--inserts", "5", f"--{name.replace('_', '-')}={value}").exit_code == exit_code, value


@pytest.mark.parametrize("name", ["stream_view_type", "billing_mode"])
def test_a_choice_is_one_of_terraforms(name: str) -> None:
    """The description of the variable names each choice, and no other."""
    described = re.findall(r"[A-Z]+(?:_[A-Z]+)+|PROVISIONED", read_variables("description")[name])
    assert set(described) == set(CHOICES[name])


def test_the_help_has_a_group_for_each_kind_of_option() -> None:
    """Each setting is in the group that says where its name is from."""
    shown = run("-h", width=80).stdout
    groups = re.split(r"\n\n(?=[A-Z][^\n]*:\n)", shown)
    heads = [group.partition("\n")[0] for group in groups[1:]]
    assert heads == [*map("{}:".format, (LOAD, SETTINGS_GROUP, SIMULATION, OUTPUT)), "Options:", "Examples:"]
    assert all(f"--{name.replace('_', '-')} " in groups[2] for name in SETTINGS)


def test_the_verdict_comes_first_and_better_settings_second() -> None:
    """What happens is between the two; all else is below."""
    lines = run("--inserts", "200").stdout.splitlines()
    assert lines[0].startswith("✗ 200 inserts a second · It does not keep up: ")
    assert lines[1].startswith("The lag grows by 60 s a minute; ")
    heads = [line for before, line in pairwise(lines) if before == ""]
    assert heads == [
        "Better settings",
        "Load and stream",
        "Function, lag and write units",
        f"Cost a month, of what is deleted: us-east-1, prices of {price_table().as_of}",
        "What limits it",
        "--explain also shows alternatives, prices and assumptions.",
    ]


def test_alternatives_prices_and_assumptions_are_shown_on_request() -> None:
    """Each line of the bill has its price, with why it is not certain."""
    shown = run("--inserts", "2", "--explain").stdout
    heads = re.findall("^(Alternatives|Prices: .*|Assumptions)$", shown, re.MULTILINE)
    assert heads == ["Alternatives", f"Prices: us-east-1, {price_table().as_of}", "Assumptions"]
    assert re.search(r"^alarms +\$0.90 +0.1  9 alarm's metrics", shown, re.MULTILINE)
    assert "Not certain, dashboard: The figure is a third party's." in shown


def test_an_alternative_is_shown_with_what_it_loses() -> None:
    """Each row that it does not delete stays, even if it loses no record."""
    shown = run(*BUSY, "--explain", width=200).stdout
    assert re.search(r"^this .*  nothing *$", shown, re.MULTILINE)
    assert re.search(
        r"^the article .*  records that are throttled or fail; \d+ rows a second stay", shown, re.MULTILINE
    )


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("load", [("--inserts", "200"), ("--inserts", "1000000", "--peak", "1500000"), BUSY])
def test_no_column_is_cut_on_a_narrow_terminal(load: tuple[str, ...], width: int) -> None:
    """Each line fits, and all words are there: in blocks, if not in tables."""
    narrow, wide = (run(*load, "--explain", width=columns).stdout for columns in (width, 400))
    assert max(len(line.rstrip()) for line in narrow.splitlines()) <= width
    assert "…" not in narrow
    assert set(wide.split()) - {"#"} <= set(narrow.split())


@pytest.mark.parametrize("width", [0, 1, 10])
def test_a_terminal_that_says_it_has_hardly_any_columns_gets_a_plan(width: int) -> None:
    """Some say that they have none."""
    assert run("--inserts", "200", "--explain", "--simulate", "steady", width=width).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("--inserts", "200"), 1),
        (("--inserts", "200", "--json"), 1),
        (("--inserts", "2"), 0),
        (("--inserts", "2", "--peak", "4"), 1),
        (("--inserts", "2", "--simulate", "throttled"), 0),
        # It keeps up, but has nothing to spare after a disturbance.
        (("--inserts", "2", "--write-capacity", "4", "--simulate", "throttled"), 1),
    ],
)
def test_check_fails_where_the_settings_do_not_keep_up(arguments: tuple[str, ...], exit_code: int) -> None:
    """Without it, a plan that was made is a success."""
    assert run(*arguments).exit_code == 0
    assert run(*arguments, "--check").exit_code == exit_code


def test_better_settings_can_be_copied_into_terraform() -> None:
    """Each is in one line, however narrow the terminal is, with its rationale as a comment beside or above it."""
    wide, narrow = (run("--inserts", "200", width=width).stdout for width in (120, 40))
    assert re.search(r"^write_capacity += 500  # keeps up with the peak: ", wide, re.MULTILINE)
    assert re.search(r"^# keeps up with the peak: .*\n(?:# .*\n)+write_capacity += 500$", narrow, re.MULTILINE)
    assigned = hcl2.loads("\n".join(line for line in narrow.splitlines() if " = " in line) + "\n")
    assert assigned["write_capacity"] == 500
    assert assigned.keys() - {"__comments__"} <= read_variables().keys()


def test_settings_that_fit_are_reported_to_fit() -> None:
    """For the same load, nothing is better than the better settings."""
    advised = run_for_json("--inserts", "200")["better"]
    assert advised["settings"].pop("match_attributes") is False
    assert advised["settings"].pop("event_names") == ["INSERT"]
    options = [f"--{name.replace('_', '-')}={value}" for name, value in advised["settings"].items()]
    assert "\nNone: these settings fit.\n" in run("--inserts", "200", *options).stdout


def test_the_options_of_deployments_that_compare_rows_or_count_updates_are_planned_with() -> None:
    """With match attributes, each row is a request; an update has two images, and two writes for each message."""
    plain = run_for_json("--inserts", "3000", "--billing-mode", "PAY_PER_REQUEST")
    options = ("--match-attributes", "--event-names", "MODIFY")
    planned = run_for_json("--inserts", "3000", "--billing-mode", "PAY_PER_REQUEST", *options)
    assert planned["settings"] | {"match_attributes": True, "event_names": ["MODIFY"]} == planned["settings"]
    assert planned["estimate"]["steady"]["requests_a_second"] == planned["estimate"]["steady"]["deletes_a_second"]
    assert planned["estimate"]["record_bytes"] > plain["estimate"]["record_bytes"]
    assert (plain["estimate"]["shards"], planned["estimate"]["shards"]) == (4, 6)
    added = {*planned["assumptions"]} - {*plain["assumptions"]}
    assert any("AWS bills a condition that is not met" in sentence for sentence in added)
    assert any("More updates need more shards" in sentence for sentence in added)


def test_json_has_units_in_its_names_and_the_prices_with_their_sources() -> None:
    """Scripts need the units, and readers who doubt a figure need the sources."""
    facts = run_for_json(*BUSY)
    assert facts["load"] == {
        "inserts_a_second": 1000,
        "peak_inserts_a_second": 4000,
        "item_bytes": 1000,
        "key_bytes": 60,
    }
    assert facts["settings"]["batch_size"] == 1000
    assert (facts["estimate"]["shards"], facts["estimate"]["steady"]["invocations_a_second"]) == (4, 1)
    bill = facts["cost_usd_a_month"]
    assert bill["total"] == pytest.approx(sum(usd for name, usd in bill.items() if name != "total"))
    assert [each["name"] for each in facts["alternatives"]] == ["this", "the article", "its sequel", "TTL alone"]
    assert facts["alternatives"][0]["cost_usd_a_month"] == bill
    assert facts["prices"]["prices"]["trace"]["source"].startswith("https://aws.amazon.com/")
    assert (facts["keeps_up"], facts["simulation"], facts["error"]) == (True, None, None)
    assert run(*BUSY, width=200).stdout.splitlines()[0].endswith(f" · {facts['verdict']}")


def test_an_item_that_is_smaller_than_most_keys_is_only_its_key() -> None:
    """The key is smaller only if --key-bytes says so."""
    assert run_for_json("--inserts", "7", "--item-bytes", "50")["load"]["key_bytes"] == 50
    assert run_for_json("--inserts", "7", "--item-bytes", "50", "--key-bytes", "20")["load"]["key_bytes"] == 20


def test_the_peak_defaults_to_the_average() -> None:
    """A load without a peak is steady."""
    assert run_for_json("--inserts", "7")["load"]["peak_inserts_a_second"] == 7


def test_a_million_inserts_a_second_needs_raised_quotas() -> None:
    """2,000,000 write units, and a quarter more."""
    arguments = ("--inserts", "1000000", "--billing-mode", "PAY_PER_REQUEST", "--memory-size", "1769")
    (quota,) = run_for_json(*arguments)["quotas_to_raise"]
    assert (quota["default"], quota["needed"]) == (40_000, 2_500_000)
    screen = run(*arguments, width=120).stdout
    assert screen.startswith("✓ 1,000,000 inserts a second · It keeps up if AWS raises its quotas: ")
    assert "\nAWS's quota is 40,000 write units a second for a table, and at peak 2,500,000 are needed" in screen


def test_a_load_that_no_settings_take_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings are shown that would not help."""
    monkeypatch.setattr("scavenger_ops.plan.advice.is_feasible", lambda _: False)
    assert "No settings keep up with this load." in run(*BUSY).stdout
    assert run_for_json(*BUSY)["better"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("--inserts",)),
        (("--inserts", "0"), ("--inserts", "0.001")),
        (("--inserts", "nan"), ("--inserts",)),
        (("--inserts", "5", "--peak", "4.5"), ("--peak", "4.5", "less", "5")),
        (("--inserts", "5", "--item-bytes", "50", "--key-bytes", "60"), ("--key-bytes", "60", "more", "50")),
        (("--inserts", "5", "--item-bytes", "409601"), ("--item-bytes", "409600")),
        (("--inserts", "5", "--batch-size", "10001"), ("--batch-size", "10000")),
        (("--inserts", "5", "--timeout", "14"), ("--timeout", "15")),
        (("--inserts", "5", "--billing-mode", "FREE"), ("--billing-mode", "PAY_PER_REQUEST", "PROVISIONED")),
        (("--inserts", "5", "--hours", "24"), ("--hours", "--simulate")),
        (("--inserts", "5", "--picture", "lag.png"), ("--picture", "--simulate")),
        (("--inserts", "5", "--simulate", "steady", "--hours", "2"), ("--hours", "24")),
        (("--inserts", "5", "--simulate", "flood"), ("--simulate", "burst")),
        (("--inserts", "5", "--simulate", "burst"), ("--simulate", "burst", "--peak", "--inserts")),
        (("--inserts", "5", "--simulate", "steady", "--picture", "none/lag.png"), ("--picture", "none/lag.png")),
        *(
            (("--inserts", "5", "--simulate", "steady", "--picture", name), ("--picture", name, ".svg", ".png"))
            for name in ("lag.jpg", "lag", "lag.pdf", "svg")
        ),
        (("--inserts", "5", "--simulate", "steady", "--picture", f"{'long' * 1500}/lag.svg"), ("--picture", "written")),
    ],
)
def test_wrong_usage_is_explained(
    arguments: tuple[str, ...], words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the option, the rule and the value. No picture is drawn."""
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert all(word in result.stderr for word in words), result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_loads_nothing_that_only_a_simulation_needs() -> None:
    """It takes longer to load matplotlib than to make a plan."""
    script = "import sys, scavenger_ops.cli; print({'matplotlib', 'numpy', 'greenlet'} & sys.modules.keys())"
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "set()\n"


@pytest.mark.parametrize(
    ("options", "exit_code", "shown"),
    [
        ([], 0, "✓ 2 inserts a second · It keeps up: "),
        (["--picture", "lag.svg"], 2, ""),
        (["--picture", "lag.svg", "--json"], 2, '{\n  "schema_version": 1,\n  "error": {'),
    ],
)
def test_without_matplotlib_only_a_picture_is_refused(
    options: list[str], exit_code: int, shown: str, tmp_path: Path
) -> None:
    """The error comes before the plan and the simulation, and names what to install."""
    script = (
        "import sys; sys.modules['matplotlib'] = None; from scavenger_ops.main import main; "
        f"sys.argv[1:] = ['plan', '--inserts', '2', '--simulate', 'steady', *{options}]; main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
        env={"COLUMNS": "100"},
    )
    assert (ran.returncode, ran.stdout[: len(shown)]) == (exit_code, shown), ran.stderr
    assert ("pip install 'staging-scavenger[plot] @ git+https://" in ran.stderr) is bool(options)
    assert bool(ran.stdout) is bool(shown)
    assert "Simulating" not in ran.stderr or not options
    assert list(tmp_path.iterdir()) == []


def test_a_simulation_is_shown_below_the_plan(tmp_path: Path) -> None:
    """It has totals, a line for the lag and one for the backlog, and the picture if it is asked for."""
    drawn = tmp_path / "lag.svg"
    result = run("--inserts", "2", "--simulate", "throttled", "--picture", str(drawn))
    assert result.exit_code == 0
    plan, timeline = result.stdout.split("\n✓ simulated throttled, 1 hour · ")
    assert plan.rstrip() == run("--inserts", "2").stdout.rstrip()
    verdict, lag, highest_lag, backlog, highest_backlog, records, invocations = map(str.rstrip, timeline.splitlines())
    assert verdict.startswith("The lag was normal again ")
    assert re.fullmatch(r"lag          [▁-█]{60}", lag)
    assert re.fullmatch(r" {13}\d+ min at most, .* at the end", highest_lag)
    assert re.fullmatch(r"backlog      [▁-█]{60}", backlog)
    assert re.fullmatch(r" {13}[\d,]+ records at most, \d+ at the end", highest_backlog)
    assert re.fullmatch(r"records      7,200 inserted, 7,\d+ deleted, 0 quarantined, 0 with retries exhausted", records)
    assert invocations.startswith("invocations  ")
    assert "<svg" in drawn.read_text()
    assert "Simulating 1 hour" in result.stderr


def test_a_steady_simulation_has_nothing_to_recover_from() -> None:
    """The JSON has the whole timeline."""
    assert "· The lag is 48 s at most." in run("--inserts", "2", "--simulate", "steady").stdout
    simulated = run_for_json("--inserts", "2", "--simulate", "steady")["simulation"]
    assert (simulated["scenario"], simulated["inserted"]) == ("steady", 7200)
    # The more come together, the less there is to simulate.
    large = ("--batch-size", "10000", "--maximum-batching-window-in-seconds", "300")
    day = run_for_json("--inserts", "2", *large, "--simulate", "steady", "--hours", "24")["simulation"]
    assert day["inserted"] == 24 * 7200


def test_a_picture_that_cannot_be_written_after_all_is_an_error(tmp_path: Path) -> None:
    """The plan and the simulation are shown before it, and nothing of them is lost. JSON is one document."""
    full = tmp_path / "lag.svg"
    full.symlink_to("/dev/full")
    arguments = ("--inserts", "2", "--simulate", "steady", "--picture", str(full))
    shown, as_json = run(*arguments), run(*arguments, "--json")
    assert (shown.exit_code, as_json.exit_code) == (1, 1)
    assert "\n✓ simulated steady" in shown.stdout
    facts = json.loads(as_json.stdout)
    assert facts["simulation"]["keeps_up"]
    assert facts["error"]["exit_code"] == 1
    for result in (shown, as_json):
        assert "The picture cannot be written: [Errno 28] No space left on device. Name another file." in result.stderr
    assert facts["error"]["message"] in shown.stderr


def test_the_pictures_are_those_that_can_be_drawn() -> None:
    """The check of the options does not load the module that draws."""
    assert set(PICTURE_SUFFIXES) == picture.UNDATED.keys()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--inserts", "2"),
        ("--inserts", "100", "--billing-mode", "PAY_PER_REQUEST", "--batch-size", "500"),
        ("--inserts", "3", "--maximum-batching-window-in-seconds", "10", "--write-capacity", "9"),
        ("--inserts", "1", "--billing-mode", "PAY_PER_REQUEST", "--batch-size", "1"),
        (
            *("--inserts", "500", "--write-capacity", "2000", "--maximum-batching-window-in-seconds", "0"),
            *("--batch-size", "1000", "--memory-size", "128", "--max-requests-in-flight", "1"),
        ),
    ],
)
def test_a_steady_simulation_has_the_lag_and_the_invocations_of_the_plan(arguments: tuple[str, ...]) -> None:
    """The model of the mapping does not use the plan's formula."""
    facts = run_for_json(*arguments, "--simulate", "steady")
    planned, simulated = facts["estimate"]["steady"], facts["simulation"]
    # By the columns of a point: time, lag and backlog. The first minutes are spent on filling the first windows.
    # A simulated lane is polled at other moments than planned. Half of the 0.25 s between two polls does not count.
    highest_lag_s = max(point[1] for point in simulated["points"])
    assert highest_lag_s == pytest.approx(planned["lag_s"], rel=0.15, abs=0.13)
    assert simulated["invocations"] / 3600 == pytest.approx(planned["invocations_a_second"], rel=0.15)


def test_the_example_for_production_is_as_good_as_what_is_recommended_for_a_busy_table() -> None:
    """For the load that it names, it costs no more and has several times the capacity, and nothing is better."""
    main = (ROOT / "examples" / "production" / "main.tf").read_text()
    (module,) = hcl2.loads(main)["module"]
    inputs = module['"pipeline"']
    load = re.findall(r"--[a-z]+ [0-9]+", main)
    assert len(load) == 2
    settings = {name: str(inputs[name]).strip('"') for name in SETTINGS & inputs.keys()}
    tables = {name: settings.pop(name) for name in ("billing_mode", "stream_view_type")}

    def plan(chosen: dict[str, str]) -> dict[str, Any]:
        options = [f"--{name.replace('_', '-')}={value}" for name, value in (tables | chosen).items()]
        return run_for_json(*" ".join(load).split(), *options)

    ours, recommended = plan(settings), plan({})["better"]
    assert recommended["changes"].keys() <= settings.keys()
    assert ours["better"]["changes"] == {}
    assert ours["cost_usd_a_month"]["total"] <= 1.005 * recommended["usd_a_month"]
    assert ours["estimate"]["peak"]["most_deletes_a_second"] > 3 * 4000
