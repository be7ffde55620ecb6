"""The fault-injecting proxy changes only the requests that its rules choose, and leaves nothing behind."""

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
    """Return a client that sends each request once, with short time-outs."""
    config = Config(read_timeout=0.5, connect_timeout=1, retries={"total_max_attempts": 1})
    return boto3.client(service, endpoint_url=url, config=config)  # type: ignore[call-overload]


@contextmanager
def proxied(*rules: FaultRule) -> Iterator[tuple[Any, FaultProxy, list[dict[str, Any]]]]:
    """Yield a client of an AWS that returns an item, the proxy between them, and the requests that arrived."""
    answer = (200, json.dumps(ITEM).encode())
    with http_dynamodb([lambda: answer] * 100) as (upstream, requests), fault_proxy(upstream, *rules) as proxy:
        yield client_of(proxy.url), proxy, requests


def rule(name: str, kind: str = "*", number: int = 1) -> FaultRule:
    """Return a rule for one request."""
    return FaultRule(kind, name, FAULTS[name], only(number))


def test_other_requests_pass_unchanged() -> None:
    """They keep the host name for which they are signed. They are counted by kind."""
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
    """The request reaches the upstream if the fault carries it out. The next request has no fault."""
    with proxied(rule(name)) as (client, proxy, requests):
        with pytest.raises(expected):
            client.get_item(**TABLE)
        assert len(requests) == is_carried_out
        assert client.get_item(**TABLE)["Item"] == ITEM["Item"]
    assert proxy.injected == {("dynamodb:GetItem", name): 1}


def test_an_html_page_is_not_an_error_for_botocore() -> None:
    """So the commands check the form of each response."""
    with proxied(rule("page 200")) as (client, _, requests):
        assert "Item" not in client.get_item(**TABLE)
    assert requests == []


@pytest.mark.parametrize("name", ["stall", "drip", "reset", "truncated"])
def test_the_proxy_leaves_nothing_behind(name: str) -> None:
    """No thread, even if a client still waits for a response when the proxy ends."""
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
    # The upstream has threads as well, which end a moment later.
    assert wait_until(lambda: threading.active_count() == before)


@pytest.mark.parametrize(
    ("service", "code"),
    [("dynamodb", "ExpiredTokenException"), ("lambda", "ExpiredTokenException"), ("s3", "ExpiredToken")],
)
def test_an_error_has_the_form_of_its_service(service: str, code: str) -> None:
    """So botocore reads its code and message."""
    ask = {"dynamodb": "list_tables", "lambda": "list_functions", "s3": "list_buckets"}[service]
    with (
        endpoint(200, b"{}") as upstream,
        fault_proxy(upstream, rule("token expired")) as proxy,
        pytest.raises(ClientError) as raised,
    ):
        getattr(client_of(proxy.url, service), ask)()
    assert raised.value.response["Error"]["Code"] == code
    assert "is expired" in raised.value.response["Error"]["Message"]


def test_an_error_of_cloudwatch_has_its_form() -> None:
    """It is JSON in the pinned version of botocore."""
    with (
        endpoint(200, b"{}") as upstream,
        fault_proxy(upstream, rule("throttled")) as proxy,
        pytest.raises(ClientError) as raised,
    ):
        client_of(proxy.url, "cloudwatch").describe_alarms()
    assert raised.value.response["Error"]["Code"] == "Throttling"
    assert proxy.seen == {"monitoring:DescribeAlarms": 1}


def test_rules_choose_by_kind_and_number() -> None:
    """A rule counts only requests of its kind. The first rule that matches is used."""
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


def test_random_choices_are_repeatable() -> None:
    """They depend on the seed only."""
    chosen = [[each for each in range(1000) if at_random(seed, 0.3)(each)] for seed in (1, 1, 2)]
    assert chosen[0] == chosen[1] != chosen[2]
    assert 250 < len(chosen[0]) < 350


def test_a_rule_can_act_before_and_after_a_request() -> None:
    """The action comes before the request is carried out, or before the response goes back."""
    happened: list[int] = []
    answer = (200, json.dumps(ITEM).encode())
    with http_dynamodb([lambda: answer]) as (upstream, requests):
        note = around(lambda _: happened.append(len(requests)), lambda _: happened.append(len(requests)))
        with fault_proxy(upstream, FaultRule("*", "note", note, only(1))) as proxy:
            client_of(proxy.url).get_item(**TABLE)
    assert happened == [0, 1]


def test_a_whole_batch_can_be_unprocessed() -> None:
    """The batch may be one of reads or of writes."""
    with proxied(rule("unprocessed", number=1), rule("unprocessed", number=2)) as (client, _, requests):
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
def test_a_kind_is_service_and_operation(service: str, method: str, path: str, kind: str) -> None:
    """They come from the service in the signature, the method and the path."""
    assert kind_of(method, path, {"Authorization": AUTHORIZATION.format(service)}, b"") == kind


def test_a_form_names_its_operation_in_the_body() -> None:
    """Requests to STS do so."""
    headers = {"Authorization": AUTHORIZATION.format("sts")}
    assert kind_of("POST", "/", headers, b"Action=GetCallerIdentity&Version=2011-06-15") == "sts:GetCallerIdentity"


def test_some_faults_apply_to_few_kinds() -> None:
    """Only a batch has unprocessed items, and only DynamoDB sends such a checksum."""
    assert can_happen("unprocessed", "dynamodb:BatchGetItem")
    assert not can_happen("unprocessed", "dynamodb:Scan")
    assert not can_happen("checksum of another", "s3:GetObject")
    assert can_happen("reset", "s3:GetObject")
