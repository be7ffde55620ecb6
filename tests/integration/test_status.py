"""The status command shows the state of a deployment, and what is wrong with it."""

import json
import os
import pty
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from scavenger_ops.status.alarms import KEYS
from scavenger_ops.terraform import PACKAGE
from scavenger_ops.toolchain import BIN
from support.command import run, run_for_json, start
from support.deployment import Deployment, Operator, put, taken_away, wait_until
from support.documented_permissions import permissions
from support.endpoint import endpoint, serve
from support.events import event, record

# The local AWS has no TLS, and the bucket's policy denies listings without TLS.
pytestmark = pytest.mark.usefixtures("_bucket_is_emptied")

# The local AWS needs PutFunctionConcurrency to read the concurrency.
PERMISSIONS = (*permissions("status"), "lambda:PutFunctionConcurrency")

# Status promises its answer within 15 s. On a busy machine it takes longer. Nothing here ends by itself.
WAIT_TIMEOUT_S = 60


@pytest.fixture
def twin(deployment: Deployment) -> Iterator[str]:
    """Return a function like the deployed one, but without its past: the effects of other tests show for an hour."""
    name = f"twin-{uuid4().hex[:8]}"
    model: Any = deployment.functions.get_function_configuration(FunctionName=deployment.outputs["function_name"])
    mapping: Any = deployment.functions.get_event_source_mapping(UUID=deployment.outputs["event_source_mapping_uuid"])
    deployment.functions.create_function(
        FunctionName=name,
        Role=model["Role"],
        Runtime=model["Runtime"],
        Handler=model["Handler"],
        Code={"ZipFile": PACKAGE.read_bytes()},
        Timeout=60,
        Environment={"Variables": {**model["Environment"]["Variables"], "POWERTOOLS_SERVICE_NAME": name}},
    )
    created = deployment.functions.create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=mapping["EventSourceArn"],
        StartingPosition="LATEST",
        BatchSize=100,
        MaximumBatchingWindowInSeconds=60,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig=mapping["DestinationConfig"],
    )
    functions = deployment.functions
    put_alarm(deployment, name, "mine", "OK")
    show_that_it_counts(deployment, created["UUID"])
    assert wait_until(lambda: functions.get_function_configuration(FunctionName=name)["State"] == "Active")
    yield name
    deployment.cloudwatch.delete_alarms(AlarmNames=[f"{name}-mine"])
    deployment.functions.delete_event_source_mapping(UUID=created["UUID"])
    deployment.functions.delete_function(FunctionName=name)


def put_alarm(deployment: Deployment, function: str, key: str, state: Any) -> None:
    """Create an alarm of a function, in this state."""
    deployment.cloudwatch.put_metric_alarm(
        AlarmName=f"{function}-{key}",
        Namespace="AWS/Lambda",
        MetricName=key,
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    deployment.cloudwatch.set_alarm_state(AlarmName=f"{function}-{key}", StateValue=state, StateReason="test")


def publish(deployment: Deployment, namespace: str, dimension: tuple[str, str], **values: float) -> None:
    """Publish metrics as AWS or the function would. The local AWS publishes none."""
    deployment.cloudwatch.put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": dimension[0], "Value": dimension[1]}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=2),
                "Value": value,
            }
            for name, value in values.items()
        ],
    )


def show_that_it_counts(deployment: Deployment, mapping: str) -> None:
    """Publish that a mapping polled nothing: the local AWS does not keep its metrics_config, and counts no events."""
    publish(deployment, "AWS/Lambda", ("EventSourceMappingUUID", mapping), PolledEventCount=0)


def about(result: dict[str, Any], row: str) -> list[dict[str, Any]]:
    """Return the problems about one row."""
    return [problem for problem in result["problems"] if problem["about"] == row]


def test_a_healthy_function_is_well(local: dict[str, str], twin: str) -> None:
    """The result fits on a screen of 80 by 24, with the prompt below it."""
    code, output, errors = run({**local, "COLUMNS": "80"}, "status", "--name", twin)
    assert (code, errors) == (0, ""), output
    lines = output.splitlines()
    assert lines[0] == f"✓ {twin} · us-east-1 · all is well"
    assert len(lines) <= 23
    assert max(len(line.rstrip()) for line in lines) <= 80
    assert "Enabled; 100 records or 60 s a batch" in output
    assert "last batch: 'No records processed'" in output


def test_the_deployment_is_found_by_its_name(deployment: Deployment, local: dict[str, str]) -> None:
    """Status finds everything that belongs to it. The effects of other tests on it may still show."""
    outputs = deployment.outputs
    put(deployment.dynamodb, outputs["staging_table_name"], ["status-1"])
    show_that_it_counts(deployment, outputs["event_source_mapping_uuid"])
    _, result = run_for_json(local, "status", "--name", outputs["function_name"])
    assert {problem["about"] for problem in result["problems"]}.isdisjoint(
        {"function", "event source mapping", "staging table"}
    )
    assert result["unknown"] == []
    assert result["function"]["log_group_name"] == outputs["log_group_name"]
    assert result["function"]["settings"]["service_name"] == outputs["function_name"]
    assert result["concurrency"] == -1
    (mapping,) = result["event_source_mappings"]
    assert mapping["uuid"] == outputs["event_source_mapping_uuid"]
    assert mapping["state"] == "Enabled"
    assert mapping["messages_table"]["name"] == outputs["messages_table_name"]
    assert mapping["messages_table"]["stream_arn"] == mapping["stream_arn"] == outputs["messages_table_stream_arn"]
    assert mapping["failure_bucket_name"] == result["bucket"]["name"] == outputs["failure_bucket_name"]
    # That alarm is for deployments with a reconciler.
    assert {alarm["key"] for alarm in result["all_alarms"]} == set(KEYS) - {"oldest-unprocessed"}
    assert {row["state"] for row in result["rows"] if row["name"] == "alarms"} <= {"fine", "wrong"}
    assert result["staging_table"]["name"] == outputs["staging_table_name"]
    assert result["staging_table"]["item_count"] >= 1


def test_the_command_of_the_problem_enables_a_disabled_mapping(deployment: Deployment, local: dict[str, str]) -> None:
    """The test calls the same API."""
    name, uuid = deployment.outputs["function_name"], deployment.outputs["event_source_mapping_uuid"]
    deployment.functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    try:
        code, result = run_for_json(local, "status", "--name", name)
    finally:
        deployment.functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    assert code == 1
    (problem,) = about(result, "event source mapping")
    assert problem["commands"] == [f"aws lambda update-event-source-mapping --uuid {uuid} --enabled"]
    assert about(run_for_json(local, "status", "--name", name)[1], "event source mapping") == []


def test_objects_in_the_failure_bucket_are_counted(deployment: Deployment, local: dict[str, str]) -> None:
    """The commands list the objects with their reasons, and redrive."""
    name, bucket = deployment.outputs["function_name"], deployment.outputs["failure_bucket_name"]
    for key in (f"aws/lambda/{name}/quarantine/2026/11/23/1", "aws/lambda/uuid/shard/1", "aws/lambda/uuid/shard/2"):
        deployment.s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
    code, result = run_for_json(local, "status", "--name", name)
    assert code == 1
    assert (result["bucket"]["waiting"], result["bucket"]["quarantined"]) == (3, 1)
    (problem,) = about(result, "failure bucket")
    assert problem["commands"] == [
        f"{BIN / 'scavenger'} redrive {name} --dry-run",
        f"{BIN / 'scavenger'} redrive {name}",
    ]


def send(deployment: Deployment, function: str, *records: object) -> None:
    """Invoke a function with these records, as Lambda does."""
    answer = deployment.functions.invoke(FunctionName=function, Payload=json.dumps(event(*records)).encode())
    assert "FunctionError" not in answer


def test_the_cause_of_a_quarantine_is_told_in_words(deployment: Deployment, local: dict[str, str], twin: str) -> None:
    """It is that in the object. An operator whom the bucket denies it gets it from the log."""
    send(deployment, twin, record(1), record(2, Keys=None))
    code, result = run_for_json(local, "status", twin)
    assert code == 1
    (problem,) = about(result, "failure bucket")
    assert problem["cause"] == "1 record: its Keys are not an object."
    assert result["quarantine_reasons"] == {"records": {"its Keys are not an object": 1}, "fault": None}


def test_an_operator_who_may_not_read_objects_gets_the_reasons_from_the_log(
    deployment: Deployment, operator: Operator, twin: str
) -> None:
    """The policy of the bucket allows nobody by default."""
    send(deployment, twin, record(1), record(2, Keys=None))
    _, result = run_for_json(operator.allow(*PERMISSIONS), "status", twin)
    (problem,) = about(result, "failure bucket")
    assert "s3:GetObject is missing, or the policy" in result["quarantine_reasons"]["fault"]
    assert problem["cause"] == "1 record: its Keys are not an object."
    assert result["unknown"] == []


def test_a_function_that_could_not_keep_a_record_is_not_well(
    deployment: Deployment, local: dict[str, str], twin: str
) -> None:
    """The cause is what the function logged. Once the record is quarantined, that problem is over."""
    with taken_away(deployment, "KeepFailedBatches"):
        send(deployment, twin, record(1), record(2, Keys=None))
        code, result = run_for_json(local, "status", twin)
    assert code == 1
    (problem,) = about(result, "errors")
    assert "could neither delete nor quarantine 1 record" in problem["what"]
    assert problem["cause"].startswith(f"S3 stored no object in bucket {deployment.outputs['failure_bucket_name']}")
    assert problem["commands"] == [f"{BIN / 'scavenger'} reconcile {twin}"]
    send(deployment, twin, record(1), record(2, Keys=None))
    _, result = run_for_json(local, "status", twin)
    assert [each for each in about(result, "errors") if "could neither" in each["what"]] == []


def test_the_last_error_of_the_function_is_the_cause(deployment: Deployment, local: dict[str, str], twin: str) -> None:
    """Nobody has to search the log for it."""
    with taken_away(deployment, "DeleteFromStaging"):
        deployment.functions.invoke(FunctionName=twin, Payload=json.dumps(event(record(1))).encode())
    _, result = run_for_json(local, "status", twin)
    (problem,) = about(result, "errors")
    assert "DynamoDB accepts no deletes in table" in problem["cause"]
    assert "AccessDeniedException" in problem["cause"]


def test_ctrl_c_ends_a_watch(local: dict[str, str], twin: str) -> None:
    """At once, while it waits. The screen stays."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BIN / "scavenger", "status", twin, "--watch"], env={**local, "TERM": "xterm"}, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    while b"Read at" not in shown:
        shown += os.read(ours, 10_000)
    process.send_signal(signal.SIGINT)
    assert process.wait(WAIT_TIMEOUT_S) == 130
    os.close(ours)
    assert f"✓ {twin} · us-east-1 · " in re.sub(r"\x1b\[[0-9;]*m", "", shown.decode())


def test_metrics_are_shown(deployment: Deployment, local: dict[str, str], twin: str) -> None:
    """Each has its own dimension. A lag of two hours is wrong."""
    uuid = deployment.functions.list_event_source_mappings(FunctionName=twin)["EventSourceMappings"][0]["UUID"]
    publish(deployment, "AWS/Lambda", ("FunctionName", twin), IteratorAge=7_200_000)
    publish(deployment, "StagingScavenger", ("service", twin), Deleted=30, Received=35, Unprocessed=4, Quarantined=5)
    publish(deployment, "AWS/Lambda", ("EventSourceMappingUUID", uuid), OnFailureDestinationDeliveredEventCount=6)
    code, result = run_for_json(local, "status", "--name", twin)
    assert code == 1
    assert [problem["about"] for problem in result["problems"]] == ["lag"]
    sums = {name: figures["sum"] for name, figures in result["metrics"].items() if figures["sum"]}
    # What other tests write to the tables.
    sums.pop("written", None)
    assert sums == {
        "lag_ms": 7_200_000,
        "lag_of_day_ms": 7_200_000,
        "deleted": 30,
        "received": 35,
        "unprocessed": 4,
        "quarantined": 5,
        "retries_exhausted": 6,
    }
    assert "lag latest 2 h, maximum 2 h" in " ".join(run(local, "status", "--name", twin)[1].split())


def test_each_cause_has_its_remediation(deployment: Deployment, local: dict[str, str], twin: str) -> None:
    """Each command is on a line of its own."""
    deployment.functions.put_function_concurrency(FunctionName=twin, ReservedConcurrentExecutions=0)
    deployment.functions.update_function_configuration(FunctionName=twin, Environment={"Variables": {}})
    code, output, _ = run(local, "status", "--name", twin)
    assert code == 1
    assert "STAGING_MESSAGES_TABLE_NAME is not set" in " ".join(output.split())
    commands = [line.strip() for line in output.splitlines()]
    assert "apply your configuration (terraform apply)" in " ".join(output.split())
    assert f"aws lambda delete-function-concurrency --function-name {twin}" in commands


def test_an_alarm_that_is_on_is_shown(deployment: Deployment, local: dict[str, str], twin: str) -> None:
    """An alarm that is not on is not shown."""
    for key, state in (("errors", "ALARM"), ("throttles", "OK")):
        put_alarm(deployment, twin, key, state)
    code, result = run_for_json(local, "status", "--name", twin)
    deployment.cloudwatch.delete_alarms(AlarmNames=[f"{twin}-errors", f"{twin}-throttles"])
    assert code == 1
    assert [(alarm["name"], alarm["reason"]) for alarm in result["alarms"]] == [(f"{twin}-errors", "test")]
    assert {alarm["name"] for alarm in result["all_alarms"]} == {
        f"{twin}-{key}" for key in ("errors", "mine", "throttles")
    }
    assert [problem["about"] for problem in result["problems"]] == ["alarms"]


def test_a_function_that_does_not_exist_is_an_error(local: dict[str, str]) -> None:
    """The error is on standard error in words, and for a script in JSON."""
    code, output, errors = run(local, "status", "--name", "nobody", "--json")
    assert (code, json.loads(output)["error"]["exit_code"]) == (1, 1)
    assert errors.startswith("error: There is no function nobody in us-east-1.")


def test_without_a_permission_a_fact_is_not_known_and_the_rest_is_shown(operator: Operator, twin: str) -> None:
    """Status names the missing permission. With all permissions, everything is known."""
    assert run(operator.allow(*PERMISSIONS), "status", "--name", twin)[0] == 0
    lacking = ("s3:ListBucket", "cloudwatch:DescribeAlarms", "dynamodb:DescribeTable", "logs:FilterLogEvents")
    environment = operator.allow(*(action for action in PERMISSIONS if action not in lacking))
    code, result = run_for_json(environment, "status", "--name", twin)
    assert code == 1
    assert result["problems"] == []
    assert {unknown["permission"] for unknown in result["unknown"]} == set(lacking)
    assert result["event_source_mappings"][0]["state"] == "Enabled"
    code, output, _ = run(environment, "status", "--name", twin)
    assert code == 1
    assert "Allow your role or user s3:ListBucket." in " ".join(output.split())
    assert output.startswith(f"? {twin} · us-east-1 · nothing wrong is found, but not everything is known\n")


def test_without_the_permission_to_read_the_function_its_mapping_is_shown(
    deployment: Deployment, operator: Operator, twin: str
) -> None:
    """So is the bucket, because the mapping has its name too."""
    allowed = [action for action in PERMISSIONS if action != "lambda:GetFunctionConfiguration"]
    _, result = run_for_json(operator.allow(*allowed), "status", "--name", twin)
    assert [unknown["permission"] for unknown in result["unknown"]] == ["lambda:GetFunctionConfiguration"]
    assert result["function"] is None
    assert result["bucket"]["name"] == deployment.outputs["failure_bucket_name"]
    assert result["metrics"]["deleted"] is None


def test_without_valid_credentials_it_fails_at_once(local: dict[str, str], twin: str) -> None:
    """It does not show that everything is not known."""
    code, output, errors = run({**local, "AWS_ACCESS_KEY_ID": "UNKNOWN"}, "status", "--name", twin)
    assert (code, output) == (3, "")
    assert errors.startswith("error: Lambda request GetFunctionConfiguration for function")
    assert errors.count("\n") == 1


def test_a_function_is_found_by_each_form_of_its_name(deployment: Deployment, local: dict[str, str], twin: str) -> None:
    """An ARN, a name with a version, and a partial ARN."""
    arn = deployment.functions.get_function_configuration(FunctionName=twin)["FunctionArn"]
    for name in (arn, f"{twin}:$LATEST", f"function:{twin}"):
        code, result = run_for_json(local, "status", "--name", name)
        assert (code, result["name"], len(result["event_source_mappings"])) == (0, twin, 1), result["unknown"]


class _Bad(BaseHTTPRequestHandler):
    """A server that is not AWS."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class _Silent(_Bad):
    """It accepts each request, and answers none."""

    def handle(self) -> None:
        self.rfile.readline()
        _over.wait()


class _Dripping(_Bad):
    """It answers one byte a second."""

    def handle(self) -> None:
        self.rfile.readline()
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while not _over.wait(1):
            self.wfile.write(b" ")
            self.wfile.flush()


_over = threading.Event()

PAGE = b"<html><head><title>Log in</title></head><body>first</body></html>"
# The answers of one service out of five.
BAD = {
    "a silent server": lambda: serve(_Silent),
    "a dripping server": lambda: serve(_Dripping),
    "a page": lambda: endpoint(200, PAGE, Content_Type="text/html"),
    "nothing": lambda: endpoint(200, b""),
    "{}": lambda: endpoint(200, b"{}"),
    "a server's error": lambda: endpoint(503, PAGE),
}
ROWS = {
    "LAMBDA": {
        "function",
        "event source mapping",
        "inserts",
        "deletes",
        "throttling",
        "errors",
        "retries exhausted",
        "failure bucket",
        "staging table",
    },
    "DYNAMODB": {"event source mapping", "staging table"},
    "S3": {"failure bucket"},
    "CLOUDWATCH_LOGS": {"errors"},
    "CLOUDWATCH": {"lag", "inserts", "deletes", "throttling", "errors", "retries exhausted", "reconciler", "alarms"},
}


@pytest.mark.parametrize(
    ("service", "kind"),
    [
        ("LAMBDA", "a dripping server"),
        ("LAMBDA", "nothing"),
        ("DYNAMODB", "a silent server"),
        ("S3", "a page"),
        ("S3", "a server's error"),
        ("CLOUDWATCH", "{}"),
        ("CLOUDWATCH_LOGS", "a silent server"),
    ],
)
def test_if_one_service_does_not_answer_the_rest_is_shown(
    local: dict[str, str], twin: str, service: str, kind: str
) -> None:
    """Status invents nothing, and does not end in a traceback. `make soak` tries all kinds of faults."""
    _over.clear()
    with BAD[kind]() as url:
        process = start({**local, f"AWS_ENDPOINT_URL_{service}": url}, "status", "--name", twin, "--json")
        try:
            output, errors = process.communicate(timeout=WAIT_TIMEOUT_S)
        finally:
            _over.set()
    assert (process.returncode, errors) == (1, "")
    result = json.loads(output)
    assert result["problems"] == []
    assert {row["name"] for row in result["rows"] if row["state"] == "not known"} == ROWS[service]
    assert result["unknown"]
    assert not result["is_well"]


def test_credentials_that_never_come_are_an_error(local: dict[str, str], tmp_path: Path) -> None:
    """A program that returns them has no time-out of its own."""
    profile, credentials = tmp_path / "config", tmp_path / "credentials"
    os.mkfifo(credentials)
    profile.write_text(f"[profile slow]\ncredential_process = cat {credentials}\nregion = us-east-1\n")
    environment = {name: value for name, value in local.items() if not name.startswith("AWS_ACCESS_KEY")}
    environment |= {"AWS_CONFIG_FILE": str(profile), "AWS_PROFILE": "slow"}
    process = start(environment, "status", "--name", "orders")
    try:
        output, errors = process.communicate(timeout=WAIT_TIMEOUT_S)
    finally:
        # The program ends too then.
        os.close(os.open(credentials, os.O_WRONLY | os.O_NONBLOCK))
    assert (process.returncode, output) == (3, "")
    assert errors.startswith("error: No credentials came within 6 s.")
