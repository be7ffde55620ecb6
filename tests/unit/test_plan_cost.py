"""A month's cost is worked out by item, from one dated table of prices, and compared with the other designs."""

import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scavenger import metric_names, telemetry
from scavenger.handler import make_handler
from scavenger.settings import KeyedTable, Settings
from scavenger_ops.plan.cost import (
    ALARM_METRICS,
    OWN_LINES_BYTES,
    OWN_METRICS,
    Alternative,
    BillItem,
    find_alternatives,
    find_cost,
    price_table,
    total_usd,
)
from scavenger_ops.plan.function_cost import FunctionCost, Measured
from scavenger_ops.plan.lag import PlannedLag, find_lag
from scavenger_ops.plan.load import PipelineSettings
from scavenger_ops.toolchain import ROOT
from support.context import make_context
from support.dynamodb import FakeDynamoDB
from support.events import KEY_TYPES, event, record
from support.planning import plan_capacity

# On a whole CPU, this function takes 30 ms for 100 records: 10 each for the invocation, a request and the records.
FIGURES = Measured(
    measured_on="2026-01-01",
    machine="a machine",
    this_function=FunctionCost(0.01, 0.0001, 25, None),
    # 10 ms, and 100 ms for 100 records, during which 8 of 100 requests are in flight.
    matching=FunctionCost(0.01, 0.001, 1, None),
    # 10 ms, and 100 requests of 10 ms each, 50 at a time.
    article=FunctionCost(0.01, 0.0, 1, 50),
    # 10 ms, and 4 requests of 10 ms each, one after the other.
    sequel=FunctionCost(0.01, 0.0, 25, 1),
    start_cpu_s=0.5,
    request_s=0.01,
)
SETTINGS = PipelineSettings(stream_view_type="KEYS_ONLY", billing_mode="PAY_PER_REQUEST", memory_size=2048)
SECONDS = 730 * 3600


def plan(inserts: float = 400.0, peak: float | None = None, figures: Measured = FIGURES, **changes: Any) -> PlannedLag:
    """Plan for items of less than 1 KB, by one deviation from the settings."""
    return find_lag(plan_capacity(inserts, peak, settings=SETTINGS, figures=figures, **changes))


def bill(lag: PlannedLag) -> dict[str, BillItem]:
    """Return the items by name."""
    return {item.name: item for item in find_cost(lag).items}


def usd(name: str) -> float:
    """Return a price."""
    return price_table().prices[name].usd


def test_the_bill_of_a_steady_load() -> None:
    """400 deletes a second in 4 invocations of 30 ms with 2 GB; 1 and a twentieth of the other 3 are traced."""
    items = bill(plan())
    assert {name: item.units for name, item in items.items()} == pytest.approx(
        {
            "deletes": 400 * SECONDS,
            "function": 4 * 0.03 * 2 * SECONDS,
            "invocations": 4 * SECONDS,
            "traces": 1.15 * SECONDS,
            "log": 4 * SECONDS * (1250 + 700 + 4 * 26) / 1e9,
            "own_metrics": 10,
            "mapping_metrics": 6,
            "alarms": 9,
            "dashboard": 1,
        }
    )
    assert items["deletes"].usd == pytest.approx(657.0)
    assert total_usd(items.values()) == pytest.approx(sum(item.usd for item in items.values()))


def test_a_large_item_takes_a_unit_for_each_begun_kb() -> None:
    """It takes as many to delete it as to put it."""
    assert bill(plan(item_bytes=1025))["deletes"].units == 2 * bill(plan())["deletes"].units


def test_half_of_a_provisioned_table_is_for_the_deletes() -> None:
    """It does not matter how many they take: the API's puts take as many."""
    item = bill(plan(1.0, billing_mode="PROVISIONED", write_capacity=100))["deletes"]
    assert (item.units, item.price) == (50 * 730, "write_capacity_unit_hour")


def test_few_invocations_are_all_traced() -> None:
    """X-Ray traces at least one a second."""
    items = bill(plan(40.0, maximum_batching_window_in_seconds=300))
    assert items["traces"].units == items["invocations"].units


def test_each_price_is_dated_and_has_a_source() -> None:
    """The source is a page of AWS, even where the figure is in doubt."""
    table = price_table()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", table.as_of)
    for name, price in table.prices.items():
        assert price.usd > 0, name
        assert re.match(r"https://(aws\.amazon\.com|pricing\.us-east-1\.amazonaws\.com)/", price.source), name


def test_the_counted_metrics_and_log_bytes_are_the_real_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The function's metrics, the alarms' metrics, and the bytes of the lines of an invocation."""
    # The other two are written only in dry runs, and with match attributes.
    assert len(metric_names.METRICS.keys() - {"would_delete", "superseded"}) == OWN_METRICS
    alarms = (ROOT / "modules" / "monitoring" / "alarms.tf").read_text()
    watched = re.findall(r"^ +metrics += \[(.*)\]$", alarms, re.MULTILINE)
    # One alarm is for deployments with a reconciler.
    assert sum(len(metrics.split(",")) for metrics in watched if "unprocessed" not in metrics) == ALARM_METRICS
    log = io.StringIO()
    monkeypatch.setattr(telemetry.logger.registered_handler, "stream", log)
    settings = Settings(KeyedTable("staging", KEY_TYPES), "failures", 1)
    make_handler(settings, FakeDynamoDB().client)(event(*map(record, range(100))), make_context())
    lines = (log.getvalue() + capsys.readouterr().out).splitlines()
    assert [("_aws" in json.loads(line)) for line in lines] == [False, True]
    assert sum(map(len, lines)) == pytest.approx(OWN_LINES_BYTES, rel=0.1)


def beside(lag: PlannedLag) -> dict[str, Alternative]:
    """Return the alternatives by name."""
    return {alternative.name: alternative for alternative in find_alternatives(find_cost(lag))}


def test_the_articles_designs_are_alternatives() -> None:
    """They do not depend on the settings: batches of 100, one request a record, or one chunk after the other."""
    found = beside(plan(400.0, batch_size=10_000, parallelization_factor=5))
    article, sequel = found["the article"], found["its sequel"]
    assert (article.invocations_a_second, article.requests_a_second) == (4, 400)
    assert article.concurrent_invocations == pytest.approx(4 * (0.01 + 100 / 50 * 0.01))
    assert (sequel.invocations_a_second, sequel.requests_a_second) == (4, 16)
    assert sequel.concurrent_invocations == pytest.approx(4 * (0.01 + 4 * 0.01))
    assert found["this"].requests_a_second == pytest.approx(16, rel=0.05)
    # Where the window ends the batches, each of the four shards has one a minute.
    assert beside(plan(1.0, parallelization_factor=5))["the article"].invocations_a_second == pytest.approx(
        4 / 60, rel=0.01
    )


def test_the_article_pays_for_a_log_of_whole_records() -> None:
    """1,000 bytes of item, about twice that in the event, both images in the stream or none."""
    items = {item.name: item.usd for item in beside(plan())["the article"].items}
    assert items["log"] == pytest.approx(400 * SECONDS * 2034 / 1e9 * usd("log_gb"), rel=0.01)
    assert items["deletes"] == bill(plan())["deletes"].usd


def test_ttl_pays_for_rows_that_are_not_deleted_yet() -> None:
    """Two days of rows, each with 100 bytes of DynamoDB's own."""
    ttl = beside(plan())["TTL alone"]
    assert (ttl.requests_a_second, ttl.invocations_a_second, ttl.lag_s) == (0, 0, 172_800)
    assert total_usd(ttl.items) == pytest.approx(400 * 172_800 * 1100 / 1e9 * usd("table_gb_month"))


def test_a_design_that_does_not_keep_up_is_marked() -> None:
    """With 50 ms a request, the sequel's four take 200: at peak, 1,000 records a second and shard are too many."""
    slow = replace(FIGURES, request_s=0.05)
    found = beside(plan(400.0, 4000.0, slow))
    assert found["this"].keeps_up_at_peak
    assert not found["its sequel"].keeps_up_at_peak
    assert found["its sequel"].lag_s is not None
    assert beside(plan(400.0, billing_mode="PROVISIONED"))["this"].lag_s is None


def test_match_attributes_cost_cpu_and_a_metric_but_no_write_units() -> None:
    """A condition takes the write units of its delete."""
    plain, matching = bill(plan()), bill(plan(match_attributes=True))
    assert matching["deletes"] == plain["deletes"]
    assert matching["function"].usd > plain["function"].usd
    assert matching["own_metrics"].units == plain["own_metrics"].units + 1


@given(
    inserts=st.floats(0.001, 5000),
    more=st.floats(1.1, 3),
    batch_size=st.integers(1, 10_000),
    window_s=st.integers(0, 300),
    factor=st.integers(1, 10),
)
def test_cost_grows_with_load(*, inserts: float, more: float, batch_size: int, window_s: int, factor: int) -> None:
    """As long as the function keeps up. What depends on invocations may fall, since batches grow while it works."""
    changes: dict[str, Any] = {
        "batch_size": batch_size,
        "maximum_batching_window_in_seconds": window_s,
        "parallelization_factor": factor,
    }
    lags = [plan(rate, 15_000.0, **changes) for rate in (inserts, inserts * more)]
    assume(lags[1].steady.keeps_up)
    less, greater = map(bill, lags)
    assert less["deletes"].usd < greater["deletes"].usd
    assert less["function"].usd <= greater["function"].usd * (1 + 1e-9)
    assert total_usd(less.values()) < total_usd(greater.values())
