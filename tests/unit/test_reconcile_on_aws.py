"""A run on AWS is started with what the user chose, followed to its end, and reported like one on this machine."""

import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import boto3
import pytest
from moto import mock_aws
from scavenger_ops.cli import app
from scavenger_ops.reconcile.on_aws.execution import MOST_DESCRIBED
from scavenger_ops.reconcile.on_aws.follow import LAST_LOOKS
from scavenger_ops.reconcile.on_aws.run import run_on_aws
from scavenger_ops.reconcile.options import OptionsOnAws
from support import linking_functions as linking
from support.listed_functions import lambda_api, mapping
from support.schemas import check_result
from support.step_functions import BEGAN_AT, EXECUTION, StepFunctions, done, failed, step_functions, stopped
from support.tables import fill, make_table, row
from support.terminal_input import TerminalInput
from typer.testing import CliRunner

UUID = "8f2f16f6-cfa8-417c-a18c-aab5af57733d"
FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:orders"
# As in examples/status-updates: it asks before rows are deleted.
ASKS = {
    "dynamodb": {
        "OldImage": {"status": {"S": [{"exists": False}, {"anything-but": "PROCESSED"}]}},
        **linking.PROCESSED["dynamodb"],
    }
}
Deploy = Callable[..., StepFunctions]


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deploy]:
    """Return a function that serves an AWS with a deployment, `orders`, whose Step Functions is as it says."""
    monkeypatch.setattr("scavenger_ops.reconcile.on_aws.follow.POLL_INTERVAL_S", 0.0)
    monkeypatch.setattr("sys.argv", ["scavenger"])
    with ExitStack() as stack:
        stack.enter_context(mock_aws())
        dynamodb = boto3.client("dynamodb")
        make_table(dynamodb, "staging")
        stream: Any = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        make_table(dynamodb, "messages", StreamSpecification=stream)
        fill(dynamodb, "staging", [row(str(number)) for number in range(3)])

        def serve(fake: StepFunctions, linked: Mapping[str, Any] | None = None) -> StepFunctions:
            link = linked or linking.function()
            function = {"FunctionName": "orders", "FunctionArn": FUNCTION_ARN, "Environment": link["environment"]}
            reads = {
                **mapping("orders", "messages", "123456789012"),
                "UUID": UUID,
                "State": "Enabled",
                **link["mapping"],
            }
            lambda_url = stack.enter_context(lambda_api([function], [reads]))
            monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", lambda_url)
            monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", stack.enter_context(step_functions(fake)))
            return fake

        yield serve


def run(*options: str) -> tuple[int, str, str]:
    """Run the command, and return its exit code, output and errors."""
    ran = CliRunner().invoke(app, ["reconcile", "orders", "--on-aws", *options])
    # pytest shows it if the test fails.
    print(ran.stderr)  # noqa: T201
    return ran.exit_code, ran.stdout, ran.stderr


DONE = (
    done(0, deleted=2, too_young=1, read_units=3.5, write_units=2),
    done(1, deleted=1, unprocessed=1, oldest_unprocessed_at=BEGAN_AT, read_units=1.5, write_units=1),
    done(2, superseded=4, read_units=2),
)


def test_a_run_is_reported_like_one_on_this_machine(deploy: Deploy) -> None:
    """The figures are those of all segments, and the options those of the run."""
    fake = deploy(StepFunctions(DONE))
    code, output, errors = run("--apply", "--json")
    report = json.loads(output)
    check_result("reconcile", report)
    assert (code, report["verdict"], report["is_finished"], report["failed_segments"]) == (
        0,
        "3 rows deleted",
        True,
        [],
    )
    assert (report["in_both"]["deleted"], report["in_both"]["superseded"], report["in_both"]["too_young"]) == (3, 4, 1)
    assert (report["rows"], report["unprocessed"], report["older_than_s"]) == (8, 1, 7200)
    assert (report["read_units"], report["write_units"]) == (7, 3)
    assert report["begun_at"] == "2026-11-18T11:06:40+00:00"
    assert report["execution_arn"] == f"{EXECUTION}:{fake.names[0]}"
    assert f"Started {report['execution_arn']}. Ctrl-C leaves it running." in errors
    assert "segments: 3 of 3, rows: 8 of 8" in errors


def test_the_screen_ends_with_the_command_that_deletes_there(deploy: Deploy) -> None:
    """It is the one that was given, with --apply."""
    deploy(StepFunctions([done(0, deletable=2)]))
    code, output, _ = run("--older-than", "2h")
    assert code == 0
    assert output.splitlines()[-1] == (
        "Nothing was deleted. To delete 2 rows: scavenger reconcile orders --on-aws --older-than 2h --apply"
    )


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ([], {"apply": False}),
        (["--apply"], {"apply": True}),
        (["--apply", "--yes"], {"apply": True, "confirmed": True}),
        # The same as the default of a comparison on this machine, which is not that of the one on AWS.
        (["--older-than", "1h"], {"apply": False, "older_than_s": 3600}),
        (["--older-than", "0"], {"apply": False, "older_than_s": 0}),
        (["--age-attribute", "createdAt"], {"apply": False, "age_attribute": "createdAt"}),
        (
            ["--max-read-units", "10", "--max-write-units", "2.5"],
            {"apply": False, "max_read_units": 10, "max_write_units": 2.5},
        ),
    ],
    ids=repr,
)
def test_only_what_the_user_gave_is_sent(deploy: Deploy, options: list[str], given: Mapping[str, Any]) -> None:
    """The state machine has its own defaults."""
    fake = deploy(StepFunctions(DONE))
    assert run(*options)[0] == 0
    assert fake.inputs == [given]


def test_a_lost_response_starts_no_second_run(deploy: Deploy) -> None:
    """An execution that has ended when the request is sent again is followed all the same."""
    fake = deploy(StepFunctions(DONE, faults={"StartExecution": ["ExecutionAlreadyExists"] * 2}))
    code, output, _ = run("--json")
    assert (code, json.loads(output)["rows"]) == (0, 8)
    assert fake.inputs == []


@pytest.mark.parametrize(
    "options",
    [
        ["--staging", "s"],
        ["--messages", "m"],
        ["--restart"],
    ],
    ids=repr,
)
def test_what_is_for_a_comparison_on_this_machine_is_refused(options: list[str]) -> None:
    """It is wrong usage."""
    code, _, errors = run(*options)
    assert code == 2
    assert f"Leave out {options[0]}" in errors


def test_without_a_state_machine_it_says_how_to_get_one(deploy: Deploy) -> None:
    """Or how to do without."""
    deploy(StepFunctions(has_machine=False))
    code, _, errors = run("--apply")
    assert code == 1
    assert "Deployment orders has no state machine orders-reconciler. Set create_reconciler = true" in errors
    assert "scavenger reconcile orders" in errors


def test_a_second_run_is_refused_before_anything_is_asked(deploy: Deploy) -> None:
    """The error says since when the first one runs, and how to see and stop it."""
    fake = deploy(StepFunctions(running=["nightly"]), linking.function(ASKS, events=("INSERT", "MODIFY")))
    code, _, errors = run("--apply", "--region", "us-east-1")
    assert (code, fake.inputs) == (1, [])
    assert "A run of orders-reconciler has been in progress since 2026-11-18 11:06 UTC." in errors
    for operation in ("describe-execution", "stop-execution"):
        assert f"aws stepfunctions {operation} --execution-arn {EXECUTION}:nightly --region us-east-1" in errors


def test_questions_are_asked_before_it_starts(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same as on this machine. A yes is sent; without one, nothing starts."""
    fake = deploy(StepFunctions(DONE), linking.function(ASKS, events=("INSERT", "MODIFY")))
    code, _, errors = run("--apply")
    assert (code, fake.inputs) == (1, [])
    assert "add --yes" in errors
    monkeypatch.setattr("sys.stdin", TerminalInput("y\n"))
    options = OptionsOnAws(True, None, None, None, None)  # noqa: FBT003 - it has many fields
    assert run_on_aws("orders", options, as_json=True) == 0
    assert fake.inputs == [{"apply": True, "confirmed": True}]
    # A look asks nothing, and confirms nothing.
    fake.ended = 0
    assert run()[0] == 0
    assert fake.inputs[1:] == [{"apply": False}]


def test_a_refusal_is_explained_by_the_function_that_refuses(deploy: Deploy) -> None:
    """Its text is in the JSON of the error that Lambda returns."""
    cause = json.dumps({"errorMessage": "The input has a flaw. Fix it.", "errorType": "RefusedError", "stackTrace": []})
    deploy(StepFunctions(ending={"status": "FAILED", "error": "RefusedError", "cause": cause}))
    code, output, errors = run("--json")
    assert (code, json.loads(output)["error"]["message"]) == (1, "The input has a flaw. Fix it.")
    assert "error: The input has a flaw. Fix it." in errors


@pytest.mark.parametrize(
    "cause",
    [
        json.dumps({"errorMessage": "Task timed out after 15.00 seconds"}),
        "Task timed out after 15.00 seconds",
        '"Task"',
    ],
)
def test_another_failure_has_its_name_and_its_cause(deploy: Deploy, cause: str) -> None:
    """The cause may be any text."""
    deploy(StepFunctions(ending={"status": "FAILED", "error": "Sandbox.Timedout", "cause": cause}))
    code, _, errors = run()
    assert code == 1
    assert "failed on AWS (Sandbox.Timedout): " in errors
    assert "Task" in errors


def test_failed_segments_are_named_with_why(deploy: Deploy) -> None:
    """What they did before is counted, and the others are done."""
    children = [*DONE, failed(3, "RefusedError", deleted=5), failed(4, "Lambda.Unknown"), failed(5, "RefusedError")]
    deploy(StepFunctions(children))
    code, output, _ = run("--apply")
    first = f"{EXECUTION}/segments:3"
    assert code == 1
    words = " ".join(output.split())
    assert "not finished: 8 rows deleted, 3 of 6 segments failed" in words
    assert "3, 5 (RefusedError); 4 (Lambda.Unknown)" in words
    assert f"aws stepfunctions get-execution-history --execution-arn {first} --reverse-order" in output
    assert output.splitlines()[-1].endswith("To start again: scavenger reconcile orders --on-aws --apply")
    deploy(StepFunctions(children))
    code, output, _ = run("--apply", "--json")
    report = json.loads(output)
    check_result("reconcile", report)
    assert (report["failed_segments"], report["error"], report["is_exact"]) == ([3, 4, 5], None, True)


@pytest.mark.parametrize(("status", "how"), [("ABORTED", "was stopped"), ("TIMED_OUT", "took too long")])
def test_a_run_that_was_ended_early_says_so(deploy: Deploy, status: str, how: str) -> None:
    """Segments that were stopped have no counts, and others never began."""
    fake = deploy(StepFunctions([*DONE, stopped(3)], segments=20, ending={"status": status, "cause": "Too expensive."}))
    code, output, errors = run("--apply", "--json")
    report = json.loads(output)
    check_result("reconcile", report)
    assert (code, report["is_exact"], report["in_both"]["deleted"]) == (1, False, 3)
    assert report["failed_segments"] == [*range(3, 20)]
    assert f"{how}" in report["error"]["message"]
    assert f"on AWS ({status}), after 3 of 20 segments. Too expensive." in report["error"]["message"]
    assert report["verdict"] == "not finished: at least 3 rows deleted"
    assert "segments: 4 of 20" in errors
    assert fake.requests["look"] == 4 + LAST_LOOKS


def test_a_run_that_was_ended_before_its_first_segment_says_so(deploy: Deploy) -> None:
    """There is nothing to report then."""
    deploy(StepFunctions(ending={"status": "ABORTED"}))
    code, output, errors = run()
    assert (code, output) == (1, "")
    assert "was stopped on AWS (ABORTED), before the first segment." in errors


def test_throttling_is_waited_for(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """No result is lost, and none is counted twice."""
    monkeypatch.setattr("reconciler.aws.ask.MOST_BACKOFF_S", 0.01)
    faults = {
        "DescribeExecution": ["ThrottlingException", "ThrottlingException"] * 3,
        "ListMapRuns": ["ThrottlingException"],
        "DescribeMapRun": ["ThrottlingException"] * 2,
        "ListExecutions": ["ThrottlingException"],
    }
    fake = deploy(StepFunctions(DONE, faults=faults))
    code, output, _ = run("--json")
    assert (code, json.loads(output)["rows"]) == (0, 8)
    assert not any(fake.faults.values())


def test_no_more_children_are_described_in_one_look_than_aws_answers(deploy: Deploy) -> None:
    """The rest comes with the next ones, also after the execution has ended."""
    children = [done(number, deletable=1) for number in range(3 * MOST_DESCRIBED)]
    fake = deploy(StepFunctions(children, children_a_look=len(children)))
    described: list[int] = []
    fake.on_look = lambda _: described.append(fake.requests["DescribeExecution"])
    code, output, _ = run("--json")
    assert (code, json.loads(output)["in_both"]["deletable"]) == (0, 3 * MOST_DESCRIBED)
    steps = [later - earlier for earlier, later in pairwise(described)]
    assert steps == [MOST_DESCRIBED + 1] * 2


@pytest.mark.parametrize("options", [[], ["--json"]], ids=repr)
def test_after_ctrl_c_it_goes_on(deploy: Deploy, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    """It says how to see and stop it, and reports nothing."""
    monkeypatch.setattr("scavenger_ops.reconcile.on_aws.follow.POLL_INTERVAL_S", 60.0)
    fake = deploy(StepFunctions(DONE, on_look=lambda _: os.kill(os.getpid(), signal.SIGINT)))
    code, output, errors = run("--apply", *options)
    assert (code, output) == (130, "")
    assert "The run continues on AWS." in errors
    for operation in ("describe-execution", "stop-execution"):
        assert f"aws stepfunctions {operation} --execution-arn {EXECUTION}:{fake.names[0]}\n" in errors
    assert fake.requests["StopExecution"] == 0


def test_an_error_while_it_is_followed_says_that_it_goes_on(deploy: Deploy) -> None:
    """Such as a permission that is missing, or credentials that have expired."""
    deploy(StepFunctions(DONE, faults={"ListMapRuns": ["AccessDeniedException"] * 2}))
    code, _, errors = run()
    assert code == 1
    assert "The run continues on AWS." in errors
    assert "Allow your role or user states:ListMapRuns." in errors


def test_if_messages_are_scanned_they_are_counted(deploy: Deploy) -> None:
    """The progress says so, too."""
    linked = linking.function(key={"messageId": "S", "createdAt": "N"}, mapping={"messageId": "id", "createdAt": "at"})
    deploy(StepFunctions([done(0, deletable=1)]), linked)
    code, output, errors = run("--json")
    assert (code, json.loads(output)["unprocessed"]) == (0, None)
    assert "segments: 1 of 1, messages: 1 of 1" in errors
