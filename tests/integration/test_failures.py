"""What goes wrong in the deployment loses nothing, and what was in its way can be mended."""

import json
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.deployment import Deployment, failure_objects, invoke, log_lines, message_ids, put, taken_away, wait_until
from support.events import event, key, quarantined, record


def workers(deployment: Deployment) -> list[int]:
    """Give the processes in which the local AWS runs the function."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,args="], capture_output=True, text=True, check=True)  # noqa: S607
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if f"{deployment.folder}/ministack-" in line]


@pytest.mark.usefixtures("_bucket_takes_plain_http")
def test_a_bad_record_is_in_the_failure_bucket_and_the_others_are_deleted(deployment: Deployment) -> None:
    """In one invocation. One is not of the table's key, and DynamoDB refuses the other's, which is too long."""
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
    # After it come the words of DynamoDB, here of the local AWS.
    assert objects[name]["reasons"][1].startswith("DynamoDB refuses its key: One or more parameter values")


@pytest.mark.usefixtures("_bucket_takes_plain_http")
def test_without_the_permission_to_quarantine_a_bad_record_is_reported(deployment: Deployment) -> None:
    """Lambda then keeps it, and once the permission is back it is quarantined."""
    bad = record(2, Keys=None)
    before = failure_objects(deployment).keys()
    with taken_away(deployment, "KeepFailedBatches"):
        assert invoke(deployment, event(record(1), bad)).content == {"batchItemFailures": [{"itemIdentifier": "1002"}]}
    assert failure_objects(deployment).keys() == before
    assert invoke(deployment, event(record(1), bad)).content == {"batchItemFailures": []}
    assert len(failure_objects(deployment).keys() - before) == 1


def test_what_could_not_be_deleted_for_want_of_permission_is_deleted_once_it_is_back(deployment: Deployment) -> None:
    """Until then the error says what to mend."""
    staging, messages = deployment.outputs["staging_table_name"], deployment.outputs["messages_table_name"]
    names = [f"denied-{number}" for number in range(60)]
    put(deployment.dynamodb, staging, names)
    with taken_away(deployment, "DeleteFromStaging"):
        put(deployment.dynamodb, messages, names)
        mend = f"DynamoDB carries out no delete in table {staging} (AccessDeniedException"
        assert wait_until(lambda: any(mend in line for line in log_lines(deployment)))
        assert message_ids(deployment.dynamodb, staging, "denied-") == set(names)
    assert wait_until(lambda: not message_ids(deployment.dynamodb, staging, "denied-"))


def test_what_a_killed_function_was_about_to_delete_is_deleted_after_it(deployment: Deployment) -> None:
    """Its process ends in the midst of its work, without a word."""
    staging, messages = deployment.outputs["staging_table_name"], deployment.outputs["messages_table_name"]
    names = [f"killed-{number}" for number in range(2000)]
    put(deployment.dynamodb, staging, [*names, "killed-not"])

    def kill() -> bool:
        """Kill it between two rows."""
        if 1 < len(message_ids(deployment.dynamodb, staging, "killed-")) < len(names):
            for process in workers(deployment):
                os.kill(process, signal.SIGKILL)
            return True
        return False

    # Beside it, since the function deletes as fast as they are put.
    with ThreadPoolExecutor() as pool:
        putting = pool.submit(put, deployment.dynamodb, messages, names)
        assert wait_until(kill)
        putting.result()
    assert wait_until(lambda: message_ids(deployment.dynamodb, staging, "killed-") == {"killed-not"})
