"""The local AWS keeps and returns all settings of an event source mapping."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import lambda_svc
from scavenger_ops.local import mapping_settings
from scavenger_ops.local.mapping_settings import create, describe, update
from support.local_mapping import ACCOUNT, FUNCTION_ARN, REGION, STREAM, TO_BUCKET, LocalMapping, clear

COUNTED = {"Metrics": ["EventCount"]}


@pytest.fixture(autouse=True)
def _local(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the module, with a function to map to. No thread polls."""
    clear()
    LocalMapping({})
    for name in ("_create_esm", "_update_esm", "_esm_response"):
        monkeypatch.setattr(lambda_svc, name, getattr(lambda_svc, name))
    monkeypatch.setattr(lambda_svc, "_ensure_poller", lambda: None)
    mapping_settings.install()
    with request_scope(ACCOUNT, REGION):
        yield
    clear()


def answer_of(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, dict[str, Any]]:
    """Return status and body."""
    return answer[0], json.loads(answer[2])


def create_mapping(**settings: Any) -> dict[str, Any]:
    """Create a mapping as MiniStack does for a request, and return the answer."""
    sent = {"FunctionName": FUNCTION_ARN, "EventSourceArn": STREAM, "StartingPosition": "LATEST", **settings}
    status, body = answer_of(lambda_svc._create_esm(sent))  # noqa: SLF001 - there is no public function
    assert status == 202
    return body


def read(uuid: str) -> dict[str, Any]:
    """Return what MiniStack answers to a request for the mapping."""
    status, body = answer_of(lambda_svc._get_esm(uuid))  # noqa: SLF001 - there is no public function
    assert status == 200
    return body


def test_a_new_mapping_has_the_settings_that_were_sent() -> None:
    """Also those that MiniStack forgets."""
    created = create_mapping(MetricsConfig=COUNTED, KMSKeyArn="key", BatchSize=7)
    for body in (created, read(created["UUID"])):
        assert (body["MetricsConfig"], body["KMSKeyArn"], body["BatchSize"]) == (COUNTED, "key", 7)


def test_an_update_changes_only_what_it_names() -> None:
    """The metrics that the mapping writes stay, until an update turns them off."""
    uuid = create_mapping(MetricsConfig=COUNTED)["UUID"]
    status, body = answer_of(lambda_svc._update_esm(uuid, {"BatchSize": 9}))  # noqa: SLF001 - there is no public function
    assert (status, body["MetricsConfig"], body["BatchSize"]) == (200, COUNTED, 9)
    _, body = answer_of(lambda_svc._update_esm(uuid, {"MetricsConfig": {"Metrics": []}}))  # noqa: SLF001 - likewise
    assert body["MetricsConfig"] == read(uuid)["MetricsConfig"] == {"Metrics": []}


def test_a_setting_that_was_never_sent_is_left_out() -> None:
    """As in Lambda's answers."""
    assert create_mapping().keys().isdisjoint(mapping_settings.FORGOTTEN)


def test_a_refused_request_is_answered_as_by_ministack() -> None:
    """Nothing is kept of it."""
    before = set(vars(lambda_svc)["_esms"])
    status, body = answer_of(create({"FunctionName": "absent", "EventSourceArn": STREAM, "MetricsConfig": COUNTED}))
    assert (status, body["__type"]) == (404, "ResourceNotFoundException")
    assert answer_of(update("absent", {"MetricsConfig": COUNTED}))[0] == 404
    assert set(vars(lambda_svc)["_esms"]) == before


def test_a_stream_without_a_failure_destination_has_an_empty_one() -> None:
    """A queue has none at all, and one that is set stays."""
    nothing: dict[str, Any] = {"OnFailure": {}}
    assert create_mapping()["DestinationConfig"] == nothing
    assert create_mapping(DestinationConfig=TO_BUCKET)["DestinationConfig"] == TO_BUCKET
    assert "DestinationConfig" not in describe({"EventSourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"})
