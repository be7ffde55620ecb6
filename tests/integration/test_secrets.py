"""Nothing that the deployment writes contains an attribute of an item, except the keys that a redrive needs."""

import base64
import json
import re
import subprocess
import sys
from typing import Any
from uuid import uuid4

import pytest
from python_terraform import IsFlagged
from support.command import FAST, run
from support.deployment import Deployment, failure_objects, invoke, log_lines, message_ids, taken_away, wait_until
from support.events import KEY_TYPES, event, record

pytestmark = pytest.mark.usefixtures("_bucket_is_emptied")

# A secret for each place, so that a leak shows where it comes from. No figure of AWS contains the number.
KEY, NUMBER = "hush-key", "8675309424242"
ATTRIBUTES: dict[str, Any] = {
    "text": {"S": "hush-text"},
    "number": {"N": NUMBER},
    "binary": {"B": b"hush-binary"},
    "texts": {"SS": ["hush-texts", "other"]},
    "numbers": {"NS": [NUMBER + "1", "2"]},
    "binaries": {"BS": [b"hush-binaries"]},
    "list": {"L": [{"S": "hush-list"}]},
    "map": {"M": {"hush-name": {"S": "hush-map"}}},
    "hush-attribute": {"BOOL": True},
}


def key(name: str) -> dict[str, Any]:
    """Return a key with a secret in both of its attributes."""
    return {"messageId": {"S": f"{KEY}-{name}"}, "createdAt": {"N": NUMBER}}


def as_in_an_event(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return attributes as a stream event has them, with bytes in Base64."""
    encoded: dict[str, Any] = json.loads(
        json.dumps(attributes, default=lambda content: base64.b64encode(content).decode())
    )
    return encoded


def with_secrets(number: int, **changes: Any) -> dict[str, Any]:
    """Return a record with secrets in both images, and in fields that no record has."""
    images = as_in_an_event(ATTRIBUTES)
    candidate = record(number, NewImage=images, OldImage=images, Unheard={"S": "hush-change"}, **changes)
    return candidate | {"userIdentity": {"principalId": "hush-identity"}, "unheard": "hush-record"}


def secrets_in(text: str) -> set[str]:
    """Return the secrets that a text contains, as they are or in Base64."""
    encoded = {base64.b64encode(f"hush-{name}".encode()).decode() for name in ("binary", "binaries")}
    return {*re.findall(r"hush-[a-z]+", text), *(each for each in (NUMBER, *encoded) if each in text)}


BAD = event(
    with_secrets(1, Keys=as_in_an_event(key("misfit") | {"third": {"S": "hush-third"}})),
    with_secrets(2, Keys={**key("long"), "messageId": {"S": KEY + "0" * 3000}}),
    with_secrets(3, Keys={"messageId": "hush-untyped", "createdAt": {"N": NUMBER}}),
    with_secrets(4, Keys="hush-keys"),
    with_secrets(5, Keys=key("unnumbered"), SequenceNumber="hush-sequence"),
    {"dynamodb": "hush-nothing", "body": "hush-body"},
    "hush-string",
)


@pytest.fixture
def answers(deployment: Deployment) -> str:
    """Process a message with secrets, and invoke the function in each way that fails. Return answers and logs."""
    staging, messages = (deployment.outputs[f"{table}_table_name"] for table in ("staging", "messages"))
    name = f"good-{uuid4()}"
    for table in (staging, messages):
        deployment.dynamodb.put_item(TableName=table, Item={**key(name), **ATTRIBUTES})
    assert wait_until(lambda: not message_ids(deployment.dynamodb, staging, KEY))
    good = event(with_secrets(1, Keys=key(name)))
    answered = [invoke(deployment, payload) for payload in (good, BAD, {"hush-field": "hush-value"}, ["hush-list"])]
    answered += [invoke(deployment, event({"eventSource": "aws:sqs", "body": "hush-body"}))]
    with taken_away(deployment, "DeleteFromStaging"):
        answered += [invoke(deployment, good)]
    with taken_away(deployment, "KeepFailedBatches"):
        answered += [invoke(deployment, BAD)]
    return json.dumps(answered) + "\n".join(answer.log for answer in answered)


@pytest.fixture
def outside_texts(deployment: Deployment, answers: str) -> dict[str, str]:
    """Return the texts that can be read without access to the data, by their place."""
    _, state, _ = deployment.terraform("show", json=IsFlagged)
    function = deployment.functions.get_function(FunctionName=deployment.outputs["function_name"])
    return {
        "answers": answers,
        "log": "\n".join(log_lines(deployment)),
        "metrics": json.dumps(deployment.cloudwatch.list_metrics(), default=str),
        "outputs": json.dumps(deployment.outputs),
        "state": state,
        "function": json.dumps(function, default=str),
        "names of objects": "\n".join(failure_objects(deployment)),
    }


def test_no_answer_log_metric_or_output_contains_an_attribute(outside_texts: dict[str, str]) -> None:
    """Key attributes are not in them either. Errors name kind, place and sequence number."""
    log = outside_texts["log"]
    for error in ("Record quarantined", "EventError", "TableError", "are not quarantined"):
        assert error in log, outside_texts["answers"]
    assert '"Deleted"' in log
    assert {where: secrets_in(text) for where, text in outside_texts.items() if secrets_in(text)} == {}


def test_a_failure_object_keeps_only_the_keys_of_a_bad_record(deployment: Deployment, answers: str) -> None:
    """A redrive needs them. Everything else is in the messages table."""
    assert answers
    kept = [body for name, body in failure_objects(deployment).items() if "/quarantine/" in name]
    assert kept
    key_secrets = {"hush-key", "hush-third", "hush-untyped", "hush-keys", "hush-sequence", NUMBER}
    for body in kept:
        assert secrets_in(json.dumps(body)) <= key_secrets


@pytest.mark.usefixtures("answers")
def test_no_command_prints_an_attribute(deployment: Deployment, local: dict[str, str]) -> None:
    """It prints none on success, and none on failure."""
    outputs = deployment.outputs
    redrive = ("redrive", outputs["function_name"])
    reconcile = (
        "reconcile",
        "--staging",
        outputs["staging_table_name"],
        "--messages",
        outputs["messages_table_name"],
        *FAST,
    )
    for command in (("status", "--name", outputs["function_name"]), (*redrive, "--dry-run"), redrive, reconcile):
        for form in ((), ("--json",)):
            _, output, errors = run(local, *command, *form)
            assert output
            assert secrets_in(output + errors) == set(), command


def test_no_tracer_is_loaded_that_could_record_attributes() -> None:
    """Lambda's own traces have times and results, and the function adds nothing to them."""
    settings = {
        "STAGING_MESSAGES_TABLE_NAME": "staging",
        "STAGING_MESSAGES_TABLE_KEY": json.dumps(KEY_TYPES),
        "MAX_REQUESTS_IN_FLIGHT": "8",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    script = "import sys, scavenger.lambda_function; print('aws_xray_sdk' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], env=settings, capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
