"""The fault-injecting proxy does what its rules say, to those requests alone, and leaves nothing behind."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ReadTimeoutError
from support.aws_faults import FAULTS, around, can_happen
from support.deployment import wait_until
from support.dynamodb import http_dynamodb
from support.endpoint import endpoint
from support.fault_proxy import FaultProxy, FaultRule, at_random, fault_proxy, from_on, kind_of, only

ITEM = {"Item": {"id": {"S": "1"}}}
TABLE: dict[str, Any] = {"TableName": "table", "Key": {"id": {"S": "1"}}}


def client_of(url: str, service: str = "dynamodb") -> Any:
    """Make a client that asks once, and not for long."""
    config = Config(read_timeout=0.5, connect_timeout=1, retries={"total_max_attempts": 1})
    return boto3.client(service, endpoint_url=url, config=config)  # type: ignore[call-overload]


@contextmanager
def proxied(*rules: FaultRule) -> Iterator[tuple[Any, FaultProxy, list[dict[str, Any]]]]:
    """Give a client of an AWS that answers with an item, the proxy before it, and what came there."""
    answer = (200, json.dumps(ITEM).encode())
    with http_dynamodb([lambda: answer] * 100) as (upstream, requests), fault_proxy(upstream, *rules) as proxy:
        yield client_of(proxy.url), proxy, requests


def rule(name: str, kind: str = "*", number: int = 1) -> FaultRule:
    """Make a rule for one request."""
    return FaultRule(kind, name, FAULTS[name], only(number))


def test_what_no_rule_chooses_goes_there_and_back() -> None:
    """As it came, with the name by which it was signed; it is counted by its kind."""
    with proxied(rule("reset", "dynamodb:Scan")) as (client, proxy, requests):
        assert [client.get_item(**TABLE)["Item"] for _ in range(3)] == [ITEM["Item"]] * 3
    assert requests == [TABLE] * 3
    assert proxy.seen == {"dynamodb:GetItem": 3}
    assert not proxy.injected


@pytest.mark.parametrize(
    ("name", "expected", "is_carried_out"),
    [
        ("reset", ConnectionClosedError, False),
        ("answer lost", ConnectionClosedError, True),
        ("closed", ConnectionClosedError, False),
        ("stall", ReadTimeoutError, False),
        ("drip", ReadTimeoutError, True),
        ("truncated", ConnectionClosedError, True),
        ("500", ClientError, False),
        ("500 though done", ClientError, True),
        ("throttled", ClientError, False),
        ("token expired", ClientError, False),
        ("clock an hour off", ClientError, False),
    ],
)
def test_a_fault_reaches_the_client(name: str, expected: type[Exception], *, is_carried_out: bool) -> None:
    """And the request the upstream, where it is carried out; the next has no fault."""
    with proxied(rule(name)) as (client, proxy, requests):
        with pytest.raises(expected):
            client.get_item(**TABLE)
        assert len(requests) == is_carried_out
        assert client.get_item(**TABLE)["Item"] == ITEM["Item"]
    assert proxy.injected == {("dynamodb:GetItem", name): 1}


def test_a_page_is_no_error_for_botocore() -> None:
    """Which is why the commands check the form of each answer."""
    with proxied(rule("page 200")) as (client, _, requests):
        assert "Item" not in client.get_item(**TABLE)
    assert requests == []


@pytest.mark.parametrize("name", ["stall", "drip", "reset", "truncated"])
def test_nothing_of_it_is_left(name: str) -> None:
    """No thread, though a client still waits for its answer when the proxy ends."""
    before = threading.active_count()

    def ask(client: Any) -> None:
        with suppress(BotoCoreError):
            client.get_item(**TABLE)

    with proxied(rule(name)) as (client, proxy, _):
        asking = threading.Thread(target=ask, args=(client,))
        asking.start()
        while not proxy.injected:
            asking.join(0.01)
    asking.join()
    # What it asks has threads as well, which end a moment later.
    assert wait_until(lambda: threading.active_count() == before)


@pytest.mark.parametrize(
    ("service", "code"),
    [("dynamodb", "ExpiredTokenException"), ("lambda", "ExpiredTokenException"), ("s3", "ExpiredToken")],
)
def test_an_error_has_the_form_of_its_service(service: str, code: str) -> None:
    """So that botocore reads its code and words."""
    ask = {"dynamodb": "list_tables", "lambda": "list_functions", "s3": "list_buckets"}[service]
    with (
        endpoint(200, b"{}") as upstream,
        fault_proxy(upstream, rule("token expired")) as proxy,
        pytest.raises(ClientError) as raised,
    ):
        getattr(client_of(proxy.url, service), ask)()
    assert raised.value.response["Error"]["Code"] == code
    assert "is expired" in raised.value.response["Error"]["Message"]


def test_the_metrics_error_has_its_form_too() -> None:
    """Which is JSON, in the version of botocore that is pinned."""
    with (
        endpoint(200, b"{}") as upstream,
        fault_proxy(upstream, rule("throttled")) as proxy,
        pytest.raises(ClientError) as raised,
    ):
        client_of(proxy.url, "cloudwatch").describe_alarms()
    assert raised.value.response["Error"]["Code"] == "Throttling"
    assert proxy.seen == {"monitoring:DescribeAlarms": 1}


def test_rules_choose_by_kind_and_number() -> None:
    """A rule counts those of its kind alone; the first that fits is taken."""
    rules = (
        FaultRule("dynamodb:PutItem", "500", FAULTS["500"], from_on(2)),
        FaultRule("*", "throttled", FAULTS["throttled"], only(3)),
    )
    with proxied(*rules) as (client, proxy, _):
        put = {"TableName": "table", "Item": {"id": {"S": "1"}}}
        client.put_item(**put)
        client.get_item(**TABLE)
        for ask, params in ((client.get_item, TABLE), (client.put_item, put), (client.put_item, put)):
            with pytest.raises(ClientError):
                ask(**params)
        client.get_item(**TABLE)
    assert proxy.injected == {("dynamodb:GetItem", "throttled"): 1, ("dynamodb:PutItem", "500"): 2}


def test_chance_is_the_same_each_time() -> None:
    """By its seed."""
    chosen = [[each for each in range(1000) if at_random(seed, 0.3)(each)] for seed in (1, 1, 2)]
    assert chosen[0] == chosen[1] != chosen[2]
    assert 250 < len(chosen[0]) < 350


def test_something_may_happen_at_a_request() -> None:
    """Before it is carried out, or before its answer goes back."""
    happened: list[int] = []
    answer = (200, json.dumps(ITEM).encode())
    with http_dynamodb([lambda: answer]) as (upstream, requests):
        note = around(lambda _: happened.append(len(requests)), lambda _: happened.append(len(requests)))
        with fault_proxy(upstream, FaultRule("*", "note", note, only(1))) as proxy:
            client_of(proxy.url).get_item(**TABLE)
    assert happened == [0, 1]


def test_a_batch_is_sent_back_whole() -> None:
    """Read or written."""
    with proxied(rule("sent back", number=1), rule("sent back", number=2)) as (client, _, requests):
        keys: Any = {"table": {"Keys": [{"id": {"S": "1"}}]}}
        assert client.batch_get_item(RequestItems=keys)["UnprocessedKeys"] == keys
        deletes: Any = {"table": [{"DeleteRequest": {"Key": {"id": {"S": "1"}}}}]}
        assert client.batch_write_item(RequestItems=deletes)["UnprocessedItems"] == deletes
    assert requests == []


AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=AKIA/20261125/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=1"


@pytest.mark.parametrize(
    ("service", "method", "path", "kind"),
    [
        ("lambda", "GET", "/2015-03-31/functions/f/configuration", "lambda:GetFunctionConfiguration"),
        ("lambda", "GET", "/2015-03-31/functions/arn%3Aaws%3Alambda/configuration", "lambda:GetFunctionConfiguration"),
        ("lambda", "GET", "/2019-09-30/functions/f/concurrency", "lambda:GetFunctionConcurrency"),
        ("lambda", "GET", "/2015-03-31/functions/?Marker=1", "lambda:ListFunctions"),
        ("lambda", "GET", "/2015-03-31/event-source-mappings/?FunctionName=f", "lambda:ListEventSourceMappings"),
        ("lambda", "GET", "/2015-03-31/event-source-mappings/uuid", "lambda:GetEventSourceMapping"),
        ("lambda", "POST", "/2015-03-31/functions/f/invocations", "lambda:Invoke"),
        ("lambda", "PUT", "/2015-03-31/functions/f/configuration", "lambda:other"),
        ("s3", "GET", "/bucket?list-type=2&prefix=a", "s3:ListObjectsV2"),
        ("s3", "GET", "/bucket/aws/lambda/1", "s3:GetObject"),
        ("s3", "DELETE", "/bucket/1", "s3:DeleteObject"),
        ("s3", "HEAD", "/bucket", "s3:HeadBucket"),
    ],
)
def test_kinds(service: str, method: str, path: str, kind: str) -> None:
    """Are told by the service of the signature, the method and the path."""
    assert kind_of(method, path, {"Authorization": AUTHORIZATION.format(service)}, b"") == kind


def test_kinds_of_forms() -> None:
    """Name their action in the body."""
    headers = {"Authorization": AUTHORIZATION.format("sts")}
    assert kind_of("POST", "/", headers, b"Action=GetCallerIdentity&Version=2011-06-15") == "sts:GetCallerIdentity"


def test_some_faults_are_of_few_kinds() -> None:
    """Only a batch is sent back, and only DynamoDB sends such a checksum."""
    assert can_happen("sent back", "dynamodb:BatchGetItem")
    assert not can_happen("sent back", "dynamodb:Scan")
    assert not can_happen("checksum of another", "s3:GetObject")
    assert can_happen("reset", "s3:GetObject")
