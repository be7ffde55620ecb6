"""The client is set explicitly where boto3's defaults do not suit or are not known."""

from typing import Any

import pytest
from scavenger.clients import make_dynamodb_client, s3_client
from support.dynamodb import http_dynamodb


def test_requests_are_tried_once_and_given_up_early() -> None:
    """Whatever boto3 has as its default, and whatever the environment says."""
    config: Any
    for config in (make_dynamodb_client(7).meta.config, s3_client().meta.config):
        assert config.retries == {"mode": "standard", "total_max_attempts": 1}
        assert (config.connect_timeout, config.read_timeout) == (1, 3)


def test_each_request_in_flight_has_its_connection() -> None:
    """Else it would be opened and thrown away."""
    config: Any = make_dynamodb_client(7).meta.config
    assert config.max_pool_connections == 7


def test_parameters_are_not_checked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs CPU, and the error's text would have the values of the keys."""
    not_a_string: Any = {"staging": [{"DeleteRequest": {"Key": {"id": {"S": 7}}}}]}
    with http_dynamodb([]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        make_dynamodb_client(7).batch_write_item(RequestItems=not_a_string)
    assert requests == [{"RequestItems": not_a_string}]
