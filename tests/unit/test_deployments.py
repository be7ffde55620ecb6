"""A deployment is found by its name, or by being the only one."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from reconciler.deployed_function import BUCKET, read_tables, settings_of
from reconciler.explained_error import ExplainedError
from scavenger_ops.deployments import find_only_name, list_names_quickly
from support.endpoint import endpoint
from support.listed_functions import function, lambda_api, mapping

SETTINGS = {"STAGING_MESSAGES_TABLE_NAME": "orders-staging", "FAILURE_BUCKET_NAME": "orders-failures"}
OTHER = function("resize-images", handler="app.handler", STAGING_MESSAGES_TABLE_NAME="images")


def test_the_only_deployment_needs_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions of others do not count, on whichever page they are."""
    with lambda_api([OTHER, function("orders", **SETTINGS), OTHER]) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert find_only_name() == "orders"


@pytest.mark.parametrize(
    ("functions", "said"),
    [
        ([], "There is no deployment in us-east-1: no function there has a handler that begins with scavenger."),
        ([OTHER], "There is no deployment in us-east-1"),
        ([function("b"), function("a")], "There are 2 deployments in us-east-1: a, b. Name one of them."),
        ([function(f"f{number:02}") for number in range(11)], "f08, f09, .... Name one of them."),
    ],
    ids=["no function", "no deployment", "two", "many"],
)
def test_none_or_several_must_be_named(
    functions: Sequence[Mapping[str, Any]], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command must not choose by itself."""
    with lambda_api(functions) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(ExplainedError) as raised:
            find_only_name()
    assert said in str(raised.value)


def test_the_shell_gets_the_names_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error would appear in the middle of what somebody types."""
    with lambda_api([function("b"), OTHER, function("a")]) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert list_names_quickly() == ["a", "b"]
    with endpoint(403, b'{"Code": "AccessDeniedException", "Message": "no"}') as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert list_names_quickly() == []
    monkeypatch.setenv("AWS_PROFILE", "there-is-none")
    assert list_names_quickly() == []


@pytest.mark.parametrize(
    ("mappings", "tables"),
    [
        ([mapping("orders", "messages")], ("messages",)),
        ([mapping("orders", "messages"), mapping("orders", "messages")], ("messages",)),
        ([mapping("orders", "eu"), mapping("orders", "us")], ("eu", "us")),
        (
            [mapping("orders", "messages", account="111111111111")],
            ("arn:aws:dynamodb:us-east-1:111111111111:table/messages",),
        ),
        ([], ()),
    ],
    ids=["one", "two streams of one", "two", "of another account", "none"],
)
def test_the_name_leads_to_tables_and_bucket(
    mappings: Sequence[Mapping[str, Any]], tables: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in the function's settings and its event source mappings."""
    with lambda_api([function("orders", **SETTINGS)], mappings) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        deployed = read_tables("orders")
    bucket = settings_of("orders", function("orders", **SETTINGS)["Environment"])[BUCKET]
    assert (deployed.staging_table, bucket, deployed.messages_tables) == ("orders-staging", "orders-failures", tables)


def test_another_function_is_no_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tables would be those of something else."""
    with lambda_api([function("other", handler="app.handler")]) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(ExplainedError, match="other is not a deployment of the staging scavenger"):
            read_tables("other")


def test_settings_that_cannot_be_decrypted_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda returns an error in their place."""
    unreadable = {**function("orders"), "Environment": {"Error": {"ErrorCode": "AccessDenied", "Message": "no key"}}}
    with lambda_api([unreadable]) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(ExplainedError, match=r"\(no key\)\. Allow your role or user kms:Decrypt"):
            read_tables("orders")
