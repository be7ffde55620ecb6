"""The clients have explicit settings where boto3's defaults do not fit or depend on its version."""

import logging
from typing import Any

import botocore
import pytest
from scavenger import __version__
from scavenger.clients import make_dynamodb_client, s3_client
from support.dynamodb import http_dynamodb


def test_time_outs_are_short_and_the_number_of_attempts_is_set() -> None:
    """They do not depend on boto3's defaults or on environment variables."""
    config: Any
    for config, attempts in ((make_dynamodb_client(7).meta.config, 1), (s3_client().meta.config, 3)):
        assert config.retries == {"mode": "standard", "total_max_attempts": attempts}
        assert (config.connect_timeout, config.read_timeout) == (1, 3)


def test_at_debug_level_no_request_is_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Lambda sets the root logger to the function's level. botocore would log the role's session token."""
    caplog.set_level(logging.DEBUG)
    with http_dynamodb([]) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_SESSION_TOKEN", "A secret token")
        make_dynamodb_client(7).batch_write_item(RequestItems={"staging": []})
    assert "A secret token" not in caplog.text
    assert "staging" not in caplog.text


def test_each_request_in_flight_has_its_own_connection() -> None:
    """Otherwise a connection would be opened for it and closed again."""
    config: Any = make_dynamodb_client(7).meta.config
    assert config.max_pool_connections == 7


def test_parameters_are_not_checked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second check costs CPU, and its error would contain the values of the keys."""
    not_a_string: Any = {"staging": [{"DeleteRequest": {"Key": {"id": {"S": 7}}}}]}
    with http_dynamodb([]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        make_dynamodb_client(7).batch_write_item(RequestItems=not_a_string)
    assert requests == [{"RequestItems": not_a_string}]


def test_requests_name_the_function_and_botocore_with_their_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudTrail shows them, and botocore does not build its own user agent for each request."""
    user_agents: list[str] = []

    def note(request: Any, **_: object) -> None:
        user_agents.append(request.headers["User-Agent"].decode())

    with http_dynamodb([]) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        client = make_dynamodb_client(7)
        client.meta.events.register("before-send.dynamodb", note)
        client.batch_write_item(RequestItems={"staging": []})
    assert user_agents[0].startswith(f"staging-scavenger/{__version__} Botocore/{botocore.__version__}")
