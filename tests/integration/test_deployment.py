"""The configuration, applied with the real provider, deletes the rows of processed messages."""

import json
from typing import Any

import pytest
from python_terraform import IsFlagged
from scavenger_ops.terraform import PACKAGE
from support.adopters import one_line
from support.deployment import SECRET, Deployment, log_lines, message_ids, put, wait_until


def test_the_outputs_name_the_resources(deployment: Deployment) -> None:
    """Scripts depend on these names."""
    outputs = deployment.outputs
    assert outputs["messages_table_name"] == "staging-scavenger-messages"
    assert outputs["staging_table_name"] == "staging-scavenger-staging"
    assert outputs["function_name"] == "staging-scavenger"
    assert outputs["failure_bucket_name"] == "staging-scavenger-failures-000000000000-us-east-1"
    assert outputs["dashboard_name"] == "staging-scavenger-us-east-1"
    table = deployment.dynamodb.describe_table(TableName=outputs["messages_table_name"])["Table"]
    assert outputs["messages_table_stream_arn"] == table["LatestStreamArn"]
    mapping = deployment.functions.get_event_source_mapping(UUID=outputs["event_source_mapping_uuid"])
    assert mapping["EventSourceArn"] == table["LatestStreamArn"]


def plan(deployment: Deployment, **variables: Any) -> Any:
    """Plan with these variables, and return the plan as JSON. None: a variable that is not set."""
    given = {"package_path": str(PACKAGE), **variables}
    given = {name: value for name, value in given.items() if value is not None}
    deployment.terraform("plan", out="tested.tfplan", var=given)
    code, shown, error = deployment.terraform("show", "tested.tfplan", json=IsFlagged)
    assert code == 0, error
    return json.loads(shown)


def planned(deployment: Deployment, **variables: Any) -> dict[str, dict[str, Any]]:
    """Return the planned values with these variables, by the addresses of the resources."""
    modules = plan(deployment, **variables)["planned_values"]["root_module"]["child_modules"]
    return {resource["address"]: resource.get("values", {}) for module in modules for resource in module["resources"]}


def test_a_second_plan_changes_nothing(deployment: Deployment) -> None:
    """The local AWS returns all settings as they were sent."""
    changes = [each for each in plan(deployment)["resource_changes"] if each["mode"] == "managed"]
    assert {each["address"]: each["change"] for each in changes if each["change"]["actions"] != ["no-op"]} == {}


KEY = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"
OPERATOR = "arn:aws:iam::000000000000:role/on-call"
BOUNDARY = "arn:aws:iam::000000000000:policy/service"
ROLE = "arn:aws:iam::000000000000:role/made-elsewhere"

OPTIONS: dict[str, dict[str, Any]] = {
    "module.messages_table.aws_dynamodb_table.this": {"stream_view_type": "KEYS_ONLY"},
    "module.scavenger.aws_lambda_event_source_mapping.this": {
        "batch_size": 200,
        "maximum_batching_window_in_seconds": 30,
        "parallelization_factor": 2,
        "starting_position": "LATEST",
        "maximum_retry_attempts": 3,
        "maximum_record_age_in_seconds": 600,
    },
    "module.scavenger.aws_lambda_function.this": {
        "memory_size": 512,
        "timeout": 120,
        "reserved_concurrent_executions": 9,
        "kms_key_arn": KEY,
        "code_signing_config_arn": "arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-0123456789abcdef0",
    },
}
TABLE_OPTIONS: dict[str, Any] = {
    "billing_mode": "PROVISIONED",
    "read_capacity": 7,
    "write_capacity": 8,
    "hash_key": "id",
    "range_key": "at",
    "deletion_protection_enabled": True,
}


def test_every_variable_of_the_root_reaches_its_resource(deployment: Deployment) -> None:
    """All variables are set to other values than their defaults."""
    values = planned(
        deployment,
        **{name: value for options in (*OPTIONS.values(), TABLE_OPTIONS) for name, value in options.items()},
        name="orders",
        hash_key_type="N",
        range_key_type="S",
        point_in_time_recovery_enabled=True,
        application_log_level="DEBUG",
        log_retention_in_days=7,
        failure_bucket_name="acme-orders-failures",
        failure_bucket_force_destroy=True,
        failure_retention_in_days=5,
        role_path="/service/",
        permissions_boundary_arn=BOUNDARY,
        vpc_config={"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]},
        alarm_actions=["arn:aws:sns:us-east-1:000000000000:on-call"],
        tags={"team": "messages"},
    )
    for address, options in OPTIONS.items():
        assert {name: values[address][name] for name in options} == options, address
    for table in ("messages", "staging"):
        found = values[f"module.{table}_table.aws_dynamodb_table.this"]
        assert {name: found[name] for name in TABLE_OPTIONS} == TABLE_OPTIONS
        assert found["name"] == f"orders-{table}"
        assert {(each["name"], each["type"]) for each in found["attribute"]} == {("id", "N"), ("at", "S")}
        assert found["point_in_time_recovery"][0]["enabled"]
        assert found["server_side_encryption"][0]["kms_key_arn"] == KEY
    function = values["module.scavenger.aws_lambda_function.this"]
    assert function["logging_config"][0]["application_log_level"] == "DEBUG"
    assert function["vpc_config"][0]["subnet_ids"] == ["subnet-1"]
    assert function["vpc_config"][0]["security_group_ids"] == ["sg-1"]
    role = values["module.scavenger.aws_iam_role.function[0]"]
    assert (role["path"], role["permissions_boundary"]) == ("/service/", BOUNDARY)
    assert values["module.scavenger.aws_lambda_event_source_mapping.this"]["kms_key_arn"] == KEY
    log = values["module.scavenger.aws_cloudwatch_log_group.function"]
    assert (log["retention_in_days"], log["kms_key_id"]) == (7, KEY)
    bucket = values["module.scavenger.aws_s3_bucket.failures[0]"]
    assert (bucket["bucket"], bucket["force_destroy"]) == ("acme-orders-failures", True)
    bucket = values["module.scavenger.aws_s3_bucket_server_side_encryption_configuration.failures[0]"]["rule"][0]
    assert bucket["apply_server_side_encryption_by_default"][0]["kms_master_key_id"] == KEY
    expiry = values["module.scavenger.aws_s3_bucket_lifecycle_configuration.failures[0]"]["rule"][0]["expiration"]
    assert expiry[0]["days"] == 5
    alarms = [found for address, found in values.items() if "aws_cloudwatch_metric_alarm" in address]
    assert [found["alarm_actions"] for found in alarms] == [["arn:aws:sns:us-east-1:000000000000:on-call"]] * 8
    assert {found["alarm_name"].split("-")[0] for found in alarms} == {"orders"}
    # Two tables, the function, the mapping, the role, the log group, the bucket and eight alarms.
    assert [found["tags"] for found in values.values() if "tags" in found] == [{"team": "messages"}] * 15


def test_a_role_and_a_package_from_elsewhere_reach_the_function(deployment: Deployment) -> None:
    """The two inputs that exclude others. The role's policy is an output."""
    place = {"bucket": "artifacts", "key": "scavenger.zip", "object_version": "3"}
    values = planned(deployment, package_path=None, package_s3=place, role_arn=ROLE)
    function = values["module.scavenger.aws_lambda_function.this"]
    assert function["role"] == ROLE
    assert (function["s3_bucket"], function["s3_key"], function["s3_object_version"]) == tuple(place.values())
    assert "module.scavenger.aws_iam_role.function[0]" not in values
    policy = json.loads(deployment.outputs["role_policy_json"])
    assert "DeleteFromStaging" in {statement["Sid"] for statement in policy["Statement"]}


def test_variables_that_change_a_deployment_in_place_reach_their_resources(deployment: Deployment) -> None:
    """The function's environment is known here, because its table stays the same."""
    changes = {
        "billing_mode": "PAY_PER_REQUEST",
        "max_requests_in_flight": 4,
        "failure_bucket_operator_arns": [OPERATOR],
    }
    values = planned(deployment, **changes)
    for table in ("messages", "staging"):
        assert values[f"module.{table}_table.aws_dynamodb_table.this"]["billing_mode"] == "PAY_PER_REQUEST"
    environment = values["module.scavenger.aws_lambda_function.this"]["environment"][0]["variables"]
    assert environment["MAX_REQUESTS_IN_FLIGHT"] == "4"
    assert OPERATOR in values["module.scavenger.aws_s3_bucket_policy.failures[0]"]["policy"]


# The provider does not remove a bucket from a mapping, and plans no change for another type of a key.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "bucket": ({"create_failure_bucket": False}, "create_failure_bucket must stay true"),
    "type": ({"range_key_type": "S"}, "it has createdAt (N) and messageId (S)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_plan_rejects_changes_that_a_deployment_cannot_make(deployment: Deployment, case: str) -> None:
    """The plan fails, so that nothing changes."""
    variables, said = REFUSED[case]
    code, _, error = deployment.terraform("plan", var={"package_path": str(PACKAGE), **variables})
    assert code == 1
    assert said in one_line(error)


def test_new_tags_change_nothing_else(deployment: Deployment) -> None:
    """The plan shows that the policies stay the same: nothing is known only after the apply."""
    changes = plan(deployment, tags={"team": "messages"})["resource_changes"]
    changed = [change for change in changes if change["change"]["actions"] != ["no-op"]]
    assert {change["type"] for change in changed if change["mode"] != "managed"} == set()
    assert not {change["type"] for change in changed} & {"aws_iam_role_policy", "aws_s3_bucket_policy"}
    assert [change["address"] for change in changed if change["change"]["actions"] != ["update"]] == []


def test_rows_that_are_never_processed_expire(deployment: Deployment) -> None:
    """Only the staging table has a time to live (TTL)."""
    described = {
        table: deployment.dynamodb.describe_time_to_live(TableName=deployment.outputs[f"{table}_table_name"])
        for table in ("messages", "staging")
    }
    assert described["staging"]["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expiresAt",
    }
    assert described["messages"]["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"


def test_the_rows_of_processed_messages_are_deleted_and_the_others_stay(deployment: Deployment) -> None:
    """270 of 300 messages are processed. No log line contains a message or its key."""
    staging, messages = deployment.outputs["staging_table_name"], deployment.outputs["messages_table_name"]
    names = [f"drain-{number}" for number in range(300)]
    put(deployment.dynamodb, staging, names)
    put(deployment.dynamodb, messages, names[:270])
    assert wait_until(lambda: len(message_ids(deployment.dynamodb, staging, "drain-")) <= 30)
    assert message_ids(deployment.dynamodb, staging, "drain-") == set(names[270:])
    assert message_ids(deployment.dynamodb, messages, "drain-") == set(names[:270])

    def logged() -> int:
        summaries = [json.loads(line) for line in log_lines(deployment) if '"message":"Batch done"' in line]
        return sum(summary["deleted"] for summary in summaries)

    assert wait_until(lambda: logged() >= 270)
    assert not [line for line in log_lines(deployment) if SECRET in line or "drain-" in line]


def test_an_update_deletes_nothing(deployment: Deployment) -> None:
    """If a message is staged again before it is updated, its row is not obsolete."""
    staging, messages = deployment.outputs["staging_table_name"], deployment.outputs["messages_table_name"]
    key: dict[str, Any] = {"messageId": {"S": "again"}, "createdAt": {"N": "1"}}
    # Stage the message before it is processed, as in production. Otherwise the delete might come before the row.
    put(deployment.dynamodb, staging, ["again"])
    put(deployment.dynamodb, messages, ["again"])
    assert wait_until(lambda: not message_ids(deployment.dynamodb, staging, "again"))
    put(deployment.dynamodb, staging, ["again", "insert-after"])
    deployment.dynamodb.update_item(
        TableName=messages,
        Key=key,
        UpdateExpression="SET seen = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )
    put(deployment.dynamodb, messages, ["insert-after"])
    assert wait_until(lambda: not message_ids(deployment.dynamodb, staging, "insert-after"))
    assert message_ids(deployment.dynamodb, staging, "again") == {"again"}


WRONG = {"batch_size": "0", "name": "Capitals", "stream_view_type": "KEYS"}


def test_the_plan_rejects_invalid_values(deployment: Deployment) -> None:
    """The modules have the rules. Their messages name the variables that the user has set."""
    code, _, error = deployment.terraform("plan", var={"package_path": str(PACKAGE), **WRONG})
    assert code == 1
    assert [name for name in WRONG if f"{name} must" not in error] == []
