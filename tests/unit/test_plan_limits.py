"""The tightest limit of the deletes is named, with the setting to raise."""

from math import inf
from typing import Any

import pytest
from scavenger_ops.plan.limits import find_limits
from support.planning import plan_capacity


@pytest.mark.parametrize(
    ("changes", "setting", "deletes_a_second"),
    [
        ({"batch_size": 1}, "batch_size", 4 / 0.0201),
        ({"batch_size": 10_000, "memory_size": 177}, "memory_size", 4 * 10_000 / 10.11),
        # 400 requests, one after the other.
        ({"batch_size": 10_000, "max_requests_in_flight": 1}, "max_requests_in_flight", 4 * 10_000 / 5.01),
        ({"batch_size": 10_000}, "parallelization_factor", 4 * 10_000 / 1.02),
        ({"billing_mode": "PROVISIONED", "write_capacity": 1000}, "write_capacity", 1000 - 400),
        ({"item_bytes": 2000, "billing_mode": "PROVISIONED", "write_capacity": 1000}, "write_capacity", 100),
        ({"billing_mode": "PROVISIONED"}, "write_capacity", 0),
    ],
)
def test_the_tightest_limit_is_named_with_its_figure(
    changes: dict[str, Any], setting: str, deletes_a_second: float
) -> None:
    """The API's puts take their write units first."""
    limit = find_limits(plan_capacity(**changes))[0]
    assert limit.setting == setting
    assert limit.deletes_a_second == pytest.approx(deletes_a_second, rel=1e-2)


def test_a_table_on_demand_limits_nothing() -> None:
    """Quotas count as raised: the report names those that are too low."""
    assert [limit.setting for limit in find_limits(plan_capacity())] == ["batch_size"]
    assert plan_capacity().table_deletes_a_second(1e6) == inf
