"""No attribute of an item is told by anything that the deployment says, or is kept where nothing needs it."""

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

pytestmark = pytest.mark.usefixtures("_bucket_takes_plain_http")

# One for each place, so that a leak tells where it comes from; the number is in none of AWS's own figures.
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
    """Make a key with a secret in both of its attributes."""
    return {"messageId": {"S": f"{KEY}-{name}"}, "createdAt": {"N": NUMBER}}


def as_in_an_event(attributes: dict[str, Any]) -> dict[str, Any]:
    """Give attributes as a stream's event has them, with their bytes in Base64."""
    encoded: dict[str, Any] = json.loads(
        json.dumps(attributes, default=lambda content: base64.b64encode(content).decode())
    )
    return encoded


def secretive(number: int, **changes: Any) -> dict[str, Any]:
    """Make a record with secrets in both images, and where no record has anything."""
    images = as_in_an_event(ATTRIBUTES)
    candidate = record(number, NewImage=images, OldImage=images, Unheard={"S": "hush-change"}, **changes)
    return candidate | {"userIdentity": {"principalId": "hush-identity"}, "unheard": "hush-record"}


def secrets_in(told: str) -> set[str]:
    """Find what was planted, be it as it was or in Base64."""
    encoded = {base64.b64encode(f"hush-{name}".encode()).decode() for name in ("binary", "binaries")}
    return {*re.findall(r"hush-[a-z]+", told), *(each for each in (NUMBER, *encoded) if each in told)}


BAD = event(
    secretive(1, Keys=as_in_an_event(key("misfit") | {"third": {"S": "hush-third"}})),
    secretive(2, Keys={**key("long"), "messageId": {"S": KEY + "0" * 3000}}),
    secretive(3, Keys={"messageId": "hush-untyped", "createdAt": {"N": NUMBER}}),
    secretive(4, Keys="hush-keys"),
    secretive(5, Keys=key("unnumbered"), SequenceNumber="hush-sequence"),
    {"dynamodb": "hush-nothing", "body": "hush-body"},
    "hush-string",
)


@pytest.fixture
def answers(deployment: Deployment) -> str:
    """Process a message full of secrets, invoke the function in each way that it complains of; give what it answers."""
    staging, messages = (deployment.outputs[f"{table}_table_name"] for table in ("staging", "messages"))
    name = f"good-{uuid4()}"
    for table in (staging, messages):
        deployment.dynamodb.put_item(TableName=table, Item={**key(name), **ATTRIBUTES})
    assert wait_until(lambda: not message_ids(deployment.dynamodb, staging, KEY))
    good = event(secretive(1, Keys=key(name)))
    answered = [invoke(deployment, payload) for payload in (good, BAD, {"hush-field": "hush-value"}, ["hush-list"])]
    answered += [invoke(deployment, event({"eventSource": "aws:sqs", "body": "hush-body"}))]
    with taken_away(deployment, "DeleteFromStaging"):
        answered += [invoke(deployment, good)]
    with taken_away(deployment, "KeepFailedBatches"):
        answered += [invoke(deployment, BAD)]
    return json.dumps(answered) + "\n".join(answer.log for answer in answered)


@pytest.fixture
def told_by_aws(deployment: Deployment, answers: str) -> dict[str, str]:
    """Give what can be read of the deployment without a right to its data, by where."""
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


def test_nothing_that_the_deployment_says_holds_an_attribute(told_by_aws: dict[str, str]) -> None:
    """Neither of a key nor of another; faults are named by kind, place and number."""
    told = told_by_aws["log"]
    for complaint in ("Record quarantined", "EventError", "TableError", "are not quarantined"):
        assert complaint in told, told_by_aws["answers"]
    assert '"Deleted"' in told
    assert {where: secrets_in(text) for where, text in told_by_aws.items() if secrets_in(text)} == {}


def test_of_a_bad_record_only_its_keys_are_kept(deployment: Deployment, answers: str) -> None:
    """They are what a redrive is about; all else is in the messages table."""
    assert answers
    kept = [body for name, body in failure_objects(deployment).items() if "/quarantine/" in name]
    assert kept
    keys_alone = {"hush-key", "hush-third", "hush-untyped", "hush-keys", "hush-sequence", NUMBER}
    for body in kept:
        assert secrets_in(json.dumps(body)) <= keys_alone


@pytest.mark.usefixtures("answers")
def test_no_command_tells_of_an_attribute(deployment: Deployment, local: dict[str, str]) -> None:
    """Neither what went well nor what is left."""
    outputs = deployment.outputs
    redrive = ("redrive", "--bucket", outputs["failure_bucket_name"], "--function", outputs["function_name"])
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


def test_no_tracer_is_loaded_that_could_take_notes() -> None:
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
