"""The reconciler of modules/reconciler compares 100,000 rows on the local AWS, whatever happens during a run."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from scavenger_ops.terraform import destroy
from support.adopters import Adopter, copy_adopter
from support.command import FAST, run, run_for_json
from support.deployment import metric_sum, read_log, wait_until, without_statements
from support.fault_proxy import Exchange, FaultRule, ProxiedAnswer, at_random, fault_proxy
from support.pipelines import LocalAws, attach_function, make_tables, remove
from support.policies import ACCOUNT, REGION
from support.roles import decision
from support.state_machine import StateMachine
from support.tables import TWO_HOURS_AGO_MS, fill

Clients = Callable[[str], Any]

STAGING, MESSAGES, NAME, WORKER = "reconciled-staging", "reconciled-messages", "reconciled", "reconciled-reconciler"
# The name of the policy of each role in modules/reconciler/iam.tf.
POLICY_NAME = "reconciler"
# At first: 5,000 rows a segment.
ROWS, SEGMENTS, OBSOLETE, SUPERSEDED = 20_000, 4, 300, 100
# Then there are more, of which some are obsolete.
ALL_ROWS, ALL_SEGMENTS, ALSO_OBSOLETE = 100_000, 20, range(50_000, 53_000)
# It has more attributes than a condition can compare.
WIDE = ROWS


def staged(number: int, version: str = "1") -> dict[str, Any]:
    """Make a row, or its message."""
    return {
        "messageId": {"S": f"m-{number}"},
        "createdAt": {"N": str(TWO_HOURS_AGO_MS)},
        "version": {"N": version},
        "event": {"S": "secret"},
    }


@pytest.fixture(scope="module")
def adopter(attached: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopter]:
    """Apply a deployment with a reconciler, and destroy it in the end."""
    adopter = copy_adopter("reconciled", tmp_path_factory.mktemp("reconciled"), attached)
    adopter.apply()
    yield adopter
    destroy(adopter.folder, environment=attached)


@pytest.fixture(scope="module")
def machine(adopter: Adopter, client: Clients) -> StateMachine:
    """Return the state machine. Its tables have obsolete, superseded and unprocessed rows."""
    dynamodb = client("dynamodb")
    fill(dynamodb, STAGING, map(staged, range(ROWS)))
    fill(dynamodb, MESSAGES, map(staged, range(OBSOLETE)))
    fill(dynamodb, MESSAGES, (staged(number, "0") for number in range(OBSOLETE, OBSOLETE + SUPERSEDED)))
    return StateMachine(client("stepfunctions"), adopter.outputs()["state_machine_arn"])


def rows_left(client: Clients) -> set[int]:
    """Return the numbers of the rows in the staging table."""
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=STAGING, ConsistentRead=True)
    return {int(item["messageId"]["S"].removeprefix("m-")) for page in pages for item in page["Items"]}


def count_left(client: Clients) -> int:
    """Return how many rows the staging table has. On the local AWS, DynamoDB's count is exact."""
    return int(client("dynamodb").describe_table(TableName=STAGING)["Table"]["ItemCount"])


def metric(client: Clients, name: str) -> float:
    """Return the sum of one of the metrics of all runs."""
    return metric_sum(client("cloudwatch"), "StagingScavenger", name, service=NAME)


def test_a_second_plan_is_empty(adopter: Adopter) -> None:
    """Terraform finds everything as it made it."""
    assert adopter.planned_changes() == {}


def test_a_run_counts_each_row_once(machine: StateMachine, client: Clients) -> None:
    """It deletes nothing, and writes the metrics of the unprocessed rows."""
    output = machine.run()
    unprocessed = ROWS - OBSOLETE - SUPERSEDED
    assert 7200 <= output.pop("oldest_unprocessed_s") < 7200 + 3600
    assert output == {
        "rows": ROWS,
        "deleted": 0,
        "deletable": OBSOLETE,
        "superseded": SUPERSEDED,
        "changed": 0,
        "young": 0,
        "unprocessed": unprocessed,
        "failed_segments": [],
    }
    assert count_left(client) == ROWS
    assert (metric(client, "UnprocessedRows"), metric(client, "FailedSegments")) == (unprocessed, 0)
    assert 7200 <= metric(client, "OldestUnprocessedAge") < 7200 + 3600


def test_the_command_shows_a_run_on_aws(
    machine: StateMachine, client: Clients, local: dict[str, str], tmp_path: Path
) -> None:
    """Its report is that of a comparison on this machine. Without a reconciler, it says how to get one."""
    environment = {**local, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    code, there = run_for_json(environment, "reconcile", NAME, "--on-aws")
    assert (code, there["execution_arn"], there["failed_segments"]) == (0, machine.executions()[0], [])
    _, here = run_for_json(environment, "reconcile", NAME, *FAST)
    told = ("rows", "in_both", "only_in_staging", "unprocessed", "verdict")
    assert {name: there[name] for name in told} == {name: here[name] for name in told}
    aws = LocalAws(local, client)
    other = attach_function(aws, make_tables(aws, has_stream=True), is_on=False)
    code, _, errors = run(environment, "reconcile", other.function, "--on-aws")
    remove(aws, other)
    assert (code, f"Deployment {other.function} has no state machine {other.function}-reconciler." in errors) == (
        1,
        True,
    )


# By the statement of the worker's policy, the permission that is missing without it.
WORKER_NEEDS = {
    "ReadTheFunctionsSettings": "lambda:GetFunctionConfiguration",
    "ListTheMappings": "lambda:ListEventSourceMappings",
    "FindOtherRuns": "states:ListExecutions",
    "DescribeTheTables": "dynamodb:DescribeTable",
    "ScanOneTable": "dynamodb:Scan",
    "LookUpInTheOther": "dynamodb:BatchGetItem",
    "DeleteFromStaging": "dynamodb:DeleteItem",
}


@pytest.mark.parametrize("sid", WORKER_NEEDS)
def test_the_worker_needs_each_statement(machine: StateMachine, client: Clients, sid: str) -> None:
    """Without one, a run ends at its start, deletes nothing, and names the permission."""
    with without_statements(client("iam"), f"{WORKER}-{REGION}", POLICY_NAME, sid):
        refused = machine.refuse(apply=True)
    assert f"Allow the role of this function {WORKER_NEEDS[sid]}." in refused
    assert count_left(client) == ROWS


@pytest.mark.parametrize("sid", ["InvokeTheWorker", "StartTheSegments"])
def test_the_state_machine_needs_each_statement(machine: StateMachine, client: Clients, sid: str) -> None:
    """Without one, a run fails and deletes nothing."""
    with without_statements(client("iam"), f"{WORKER}-states-{REGION}", POLICY_NAME, sid):
        assert machine.refuse(apply=True)
    assert count_left(client) == ROWS


_OF_REGION = f"{REGION}:{ACCOUNT}"
_LOG = f"arn:aws:logs:{_OF_REGION}:log-group:/aws/lambda/{WORKER}:log-stream:x"
_EXECUTIONS = f"arn:aws:states:{_OF_REGION}:execution:{WORKER}"
# What the local AWS does not ask for: role, statement, action and resource. ReadTheFunctionsMapping is left out: the
# simulator there does not know its condition.
NOT_ASKED = [
    ("", "WriteTheLog", "logs:PutLogEvents", _LOG),
    (
        "",
        "WriteTheLog",
        "logs:CreateLogStream",
        f"arn:aws:logs:{_OF_REGION}:log-group:/aws/lambda/{WORKER}:log-stream:x",
    ),
    ("", "SendTraces", "xray:PutTraceSegments", "*"),
    ("", "SendTraces", "xray:PutTelemetryRecords", "*"),
    ("-states", "FollowTheSegments", "states:DescribeExecution", f"{_EXECUTIONS}/segments:x"),
    ("-states", "FollowTheSegments", "states:StopExecution", f"{_EXECUTIONS}/segments:x"),
    ("-states", "RedriveTheSegments", "states:RedriveExecution", f"{_EXECUTIONS}/segments:x"),
]


@pytest.mark.parametrize(("role", "sid", "action", "resource"), NOT_ASKED)
def test_exactly_one_statement_allows_what_aws_asks_for(  # noqa: PLR0913, PLR0917 - the parts of a permission
    machine: StateMachine, client: Clients, role: str, sid: str, action: str, resource: str
) -> None:
    """IAM's simulator decides."""
    assert machine
    iam, name = client("iam"), f"{WORKER}{role}-{REGION}"
    arn = iam.get_role(RoleName=name)["Role"]["Arn"]
    with without_statements(iam, name, POLICY_NAME, sid):
        assert decision(iam, arn, action, resource) == "implicitDeny"
    assert decision(iam, arn, action, resource) == "allowed"


@contextmanager
def faults(client: Clients, local: dict[str, str], *rules: FaultRule) -> Iterator[None]:
    """Send the worker's requests through a proxy with these faults, for the time of the block."""
    functions = client("lambda")
    variables = functions.get_function_configuration(FunctionName=WORKER)["Environment"]["Variables"]

    def set_variables(**others: str) -> None:
        functions.update_function_configuration(FunctionName=WORKER, Environment={"Variables": variables | others})

    with fault_proxy(local["AWS_ENDPOINT_URL"], *rules, ca_bundle=local["AWS_CA_BUNDLE"]) as proxy:
        set_variables(AWS_ENDPOINT_URL=proxy.url)
        try:
            yield
        finally:
            set_variables()


def deny_segment(segment: int) -> Callable[[Exchange], None]:
    """Return a fault that denies the scan of a segment."""

    def fault(exchange: Exchange) -> None:
        request = json.loads(exchange.request.body)
        if (request["Segment"], request["TotalSegments"]) == (segment, SEGMENTS):
            exchange.send(error_of("AccessDeniedException"))
        else:
            exchange.send(exchange.forward().to_bytes())

    return fault


def throttle(exchange: Exchange) -> None:
    """Answer as a throttled table."""
    exchange.send(error_of("ProvisionedThroughputExceededException"))


def error_of(name: str) -> bytes:
    """Return DynamoDB's answer with an error."""
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": "no"}).encode()
    return ProxiedAnswer(400, body, [("Content-Type", "application/x-amz-json-1.0")]).to_bytes()


def test_a_segment_that_fails_fails_alone(machine: StateMachine, client: Clients, local: dict[str, str]) -> None:
    """It is named, the others are done, and the metrics of the unprocessed rows are not written."""
    before = metric(client, "UnprocessedRows")
    with faults(client, local, FaultRule("dynamodb:Scan", "denied", deny_segment(2), lambda _: True)):
        output = machine.run()
    assert output["failed_segments"] == [2]
    assert 0.6 * ROWS < output["rows"] < 0.9 * ROWS
    assert (metric(client, "UnprocessedRows"), metric(client, "FailedSegments")) == (before, 1)


def test_a_wide_row_is_read_again_before_it_is_deleted(machine: StateMachine, client: Clients) -> None:
    """Without the permission, only its segment fails."""
    row = staged(WIDE) | {f"attribute-{number}": {"S": "x"} for number in range(110)}
    fill(client("dynamodb"), MESSAGES, [staged(WIDE)])
    fill(client("dynamodb"), STAGING, [row])
    with without_statements(client("iam"), f"{WORKER}-{REGION}", POLICY_NAME, "ReadARowAgain"):
        output = machine.run(apply=True)
    assert len(output["failed_segments"]) == 1
    assert WIDE in rows_left(client)


def test_throttled_tables_are_compared_to_the_end(
    machine: StateMachine, client: Clients, local: dict[str, str]
) -> None:
    """Each fifth request is throttled."""
    fill(client("dynamodb"), STAGING, map(staged, range(OBSOLETE)))
    rules = [
        FaultRule(f"dynamodb:{operation}", "throttled", throttle, at_random(place, 0.2))
        for place, operation in enumerate(("Scan", "BatchGetItem", "DeleteItem"))
    ]
    with faults(client, local, *rules):
        output = machine.run(apply=True)
    found: Sequence[Any] = [output[name] for name in ("deleted", "superseded", "failed_segments")]
    # A delete whose answer was lost would be gone, and not deleted: throttled ones are not carried out.
    assert found == [OBSOLETE + 1, SUPERSEDED, []]
    assert rows_left(client) == {*range(OBSOLETE, ROWS)}


def test_a_run_that_is_stopped_can_be_redriven(machine: StateMachine, client: Clients) -> None:
    """While it works, a second run is refused. What it had not deleted, its redrive deletes, and nothing else."""
    fill(client("dynamodb"), STAGING, map(staged, range(ROWS, ALL_ROWS)))
    fill(client("dynamodb"), MESSAGES, map(staged, ALSO_OBSOLETE))
    # The wide row of the test before is staged again here.
    left = {*range(OBSOLETE, ALL_ROWS)} - {*ALSO_OBSOLETE, WIDE}
    before = count_left(client)
    first = machine.start(apply=True)
    assert wait_until(lambda: count_left(client) < before)
    refused = machine.refuse(apply=True)
    assert "RefusedError" in refused
    assert first in refused
    machine.client.stop_execution(executionArn=first)
    assert wait_until(lambda: machine.segments(first)["status"] == "ABORTED")
    assert rows_left(client) >= left
    machine.client.redrive_execution(executionArn=first)
    assert machine.wait(first) == "SUCCEEDED"
    assert rows_left(client) == left
    found = machine.segments(first)
    assert (found["total"], found["succeeded"], found["workers"]) == (ALL_SEGMENTS, ALL_SEGMENTS, 4)


def test_the_log_has_no_row(machine: StateMachine, client: Clients) -> None:
    """Neither an attribute nor a key of one."""
    assert machine
    lines = read_log(client("logs"), f"/aws/lambda/{WORKER}")
    assert any("Run done" in line for line in lines)
    assert not any("secret" in line or "m-1" in line for line in lines)


def test_a_schedule_starts_a_run(adopter: Adopter, machine: StateMachine, client: Clients) -> None:
    """With its own role, which may do nothing else."""
    adopter.apply(schedule_expression="rate(1 minutes)")
    iam, name = client("iam"), f"{WORKER}-schedule-{REGION}"
    arn = iam.get_role(RoleName=name)["Role"]["Arn"]
    assert decision(iam, arn, "states:StartExecution", f"{machine.arn}-other") == "implicitDeny"
    before = len(machine.executions())
    assert wait_until(lambda: len(machine.executions()) > before, 120)
    newest = machine.executions()[0]
    assert json.loads(machine.client.describe_execution(executionArn=newest)["input"]) == {"apply": True}
    assert machine.wait(newest) == "SUCCEEDED"
