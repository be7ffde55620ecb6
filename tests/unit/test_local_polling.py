"""A mapping on the local AWS that cannot be polled does not stop the others."""

from typing import Any

import pytest
from ministack.services import lambda_svc
from scavenger_ops.local import mapping

STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-11-30T00:00:00.000"


def mapping_of(function: str) -> tuple[str, str, dict[str, Any]]:
    """Return a mapping with its account and Region, as MiniStack lists them."""
    return "000000000000", "us-east-1", {"UUID": function, "EventSourceArn": STREAM, "FunctionName": function}


@pytest.mark.parametrize("others_have_work", [True, False])
def test_a_mapping_that_raises_leaves_the_others_their_turn(
    monkeypatch: pytest.MonkeyPatch, *, others_have_work: bool
) -> None:
    """It is tried again in the next pass, and not at once."""
    asked = []

    def find_target(found: dict[str, Any]) -> str:
        if found["UUID"] == "broken":
            raise KeyError("config")
        return str(found["UUID"])

    def try_once(target: str) -> bool:
        asked.append(target)
        return others_have_work

    monkeypatch.setattr(mapping, "_find_target", find_target)
    monkeypatch.setattr(mapping, "_try_once", try_once)
    monkeypatch.setattr(lambda_svc, "_iter_all_esms", lambda: map(mapping_of, ("broken", "well", "also well")))
    assert mapping.poll() is others_have_work
    assert asked == ["well", "also well"]
