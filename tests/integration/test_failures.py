"""Failures in the deployment lose no record, and everything is deleted once the cause is fixed."""

import json
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.command import run_for_json
from support.deployment import (
    Deployment,
    failure_objects,
    invoke,
    log_lines,
    message_ids,
    object_names,
    put,
    taken_away,
    wait_until,
)
from support.events import event, key, quarantined, record


def workers(deployment: Deployment) -> list[int]:
    """Return the IDs of the processes in which the local AWS runs the function."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,args="], capture_output=True, text=True, check=True)  # noqa: S607
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if f"{deployment.folder}/ministack-" in line]


@pytest.mark.usefixtures("_bucket_is_emptied")
def test_a_bad_record_is_in_the_failure_bucket_and_the_others_are_deleted(deployment: Deployment) -> None:
    """One invocation does both. One bad record has another key, and DynamoDB rejects the long key of the other."""
    staging = deployment.outputs["staging_table_name"]
    put(deployment.dynamodb, staging, ["bad-1", "bad-3"])
    good = [record(number, Keys={**key(1), "messageId": {"S": f"bad-{number}"}}) for number in (1, 3)]
    misfit = record(2, Keys={"messageId": {"S": "bad-2"}})
    poison = record(4, Keys={**key(4), "messageId": {"S": "x" * 3000}})
    before = failure_objects(deployment).keys()
    assert invoke(deployment, event(good[0], misfit, good[1], poison)).content == {"batchItemFailures": []}
    assert message_ids(deployment.dynamodb, staging, "bad-") == set()
    objects = failure_objects(deployment)
    (name,) = objects.keys() - before
    assert name.startswith(f"aws/lambda/{deployment.outputs['function_name']}/quarantine/")
    assert json.loads(objects[name]["payload"]) == {"Records": [quarantined(misfit), quarantined(poison)]}
    # DynamoDB's message follows, here that of the local AWS.
    assert objects[name]["reasons"][1].startswith("DynamoDB rejects its key: One or more parameter values")


@pytest.mark.usefixtures("_bucket_is_emptied")
def test_without_the_permission_to_quarantine_a_bad_record_is_reported(deployment: Deployment) -> None:
    """Lambda delivers it again. Once the permission is back, it is quarantined."""
    bad = record(2, Keys=None)
    before = failure_objects(deployment).keys()
    with taken_away(deployment, "KeepFailedBatches"):
        assert invoke(deployment, event(record(1), bad)).content == {"batchItemFailures": [{"itemIdentifier": "1002"}]}
    assert failure_objects(deployment).keys() == before
    assert invoke(deployment, event(record(1), bad)).content == {"batchItemFailures": []}
    assert len(failure_objects(deployment).keys() - before) == 1


def test_rows_that_a_missing_permission_protected_are_deleted_once_it_is_back(deployment: Deployment) -> None:
    """Until then, the error says what to fix."""
    staging, messages = deployment.outputs["staging_table_name"], deployment.outputs["messages_table_name"]
    names = [f"denied-{number}" for number in range(60)]
    put(deployment.dynamodb, staging, names)
    with taken_away(deployment, "DeleteFromStaging"):
        put(deployment.dynamodb, messages, names)
        error = f"DynamoDB accepts no deletes in table {staging} (AccessDeniedException"
        assert wait_until(lambda: any(error in line for line in log_lines(deployment)))
        assert message_ids(deployment.dynamodb, staging, "denied-") == set(names)
    assert wait_until(lambda: not message_ids(deployment.dynamodb, staging, "denied-"))


@pytest.mark.usefixtures("_bucket_is_emptied")
def test_a_batch_whose_retries_are_exhausted_is_redriven(deployment: Deployment, local: dict[str, str]) -> None:
    """Lambda keeps it in the failure bucket with the function's role. Status tells it, and redrive deletes its rows."""
    staging, messages = deployment.outputs["staging_table_name"], deployment.outputs["messages_table_name"]
    name, before = deployment.outputs["function_name"], object_names(deployment)
    put(deployment.dynamodb, staging, ["exhausted"])
    with taken_away(deployment, "DeleteFromStaging"):
        put(deployment.dynamodb, messages, ["exhausted"])
        assert wait_until(lambda: object_names(deployment) > before)
    (key,) = object_names(deployment) - before
    assert key.startswith(f"aws/lambda/{deployment.outputs['event_source_mapping_uuid']}/")
    assert failure_objects(deployment)[key]["requestContext"]["condition"] == "RetryAttemptsExhausted"
    _, status = run_for_json(local, "status", "--name", name)
    assert "failure bucket" in {problem["about"] for problem in status["problems"]}
    bucket = deployment.outputs["failure_bucket_name"]
    run_for_json(local, "redrive", "--bucket", bucket, "--function", name)
    assert message_ids(deployment.dynamodb, staging, "exhausted") == set()
    assert object_names(deployment) == before


def test_rows_that_a_killed_function_did_not_delete_are_deleted_after_it(deployment: Deployment) -> None:
    """Its process is killed in the middle of its work."""
    staging, messages = deployment.outputs["staging_table_name"], deployment.outputs["messages_table_name"]
    names = [f"killed-{number}" for number in range(2000)]
    put(deployment.dynamodb, staging, [*names, "killed-not"])

    def kill() -> bool:
        """Kill the function when some rows are deleted and some are not. Return whether it was killed."""
        if 1 < len(message_ids(deployment.dynamodb, staging, "killed-")) < len(names):
            for process in workers(deployment):
                os.kill(process, signal.SIGKILL)
            return True
        return False

    # At the same time, since the function deletes rows as fast as they are put.
    with ThreadPoolExecutor() as pool:
        putting = pool.submit(put, deployment.dynamodb, messages, names)
        assert wait_until(kill)
        putting.result()
    assert wait_until(lambda: message_ids(deployment.dynamodb, staging, "killed-") == {"killed-not"})
