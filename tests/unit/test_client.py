"""The client is set explicitly where boto3's defaults do not suit or are not known."""

from typing import Any

import pytest
from scavenger.client import make_dynamodb_client
from scavenger.settings import Settings
from support.dynamodb import http_dynamodb

SETTINGS = Settings(staging_table_name="staging", max_requests_in_flight=7)


def test_requests_are_tried_once_and_given_up_early() -> None:
    """Whatever boto3 has as its default, and whatever the environment says."""
    config: Any = make_dynamodb_client(SETTINGS).meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": 1}
    assert (config.connect_timeout, config.read_timeout) == (1, 3)
    assert config.max_pool_connections == 7


def test_parameters_are_not_checked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs CPU, and the error's text would have the values of the keys."""
    not_a_string: Any = {"staging": [{"DeleteRequest": {"Key": {"id": {"S": 7}}}}]}
    with http_dynamodb([]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        make_dynamodb_client(SETTINGS).batch_write_item(RequestItems=not_a_string)
    assert requests == [{"RequestItems": not_a_string}]
