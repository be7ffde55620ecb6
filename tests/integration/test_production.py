"""The production example encrypts with its own key, and protects its tables from deletion by mistake."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from scavenger_ops.terraform import TerraformError, read_outputs, run_terraform
from support.deployment import message_ids, put, role_policy, wait_until
from support.examples import copy_example
from support.policies import ACCOUNT, REGION, decide
from support.trial import Trial

VARIABLES = (
    f"-var=account_id={ACCOUNT}",
    f'-var=operator_arns=["arn:aws:iam::{ACCOUNT}:role/on-call"]',
    f'-var=alarm_actions=["arn:aws:sns:{REGION}:{ACCOUNT}:on-call"]',
)

Clients = Callable[[str], Any]


@pytest.fixture(scope="module")
def configuration(attached: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Apply the example. It is never destroyed, because its tables are protected: the local AWS ends with it."""
    example = copy_example("production", tmp_path_factory.mktemp("production"))
    run_terraform(example, "init", "-input=false", environment=attached)
    run_terraform(example, "apply", "-auto-approve", *VARIABLES, environment=attached)
    return example


@pytest.fixture(scope="module")
def outputs(configuration: Path, attached: dict[str, str]) -> dict[str, Any]:
    """Return the example's outputs."""
    return read_outputs(configuration, attached)


def test_the_rows_of_processed_messages_are_deleted(outputs: dict[str, Any], client: Clients) -> None:
    """The deployment has a KMS key, and a stream that has only keys."""
    dynamodb = client("dynamodb")
    put(dynamodb, outputs["staging_table_name"], ["processed", "unprocessed"])
    put(dynamodb, outputs["messages_table_name"], ["processed"])
    assert wait_until(lambda: message_ids(dynamodb, outputs["staging_table_name"], "") == {"unprocessed"})


def test_a_row_disappears_as_the_readme_says(configuration: Path, attached: dict[str, str], client: Clients) -> None:
    """The commands are carried out as printed."""
    trial = Trial(configuration, attached, client)
    (code, verified), (_, status) = trial.carry_out(trial.commands()).values()
    assert code == 0, verified
    assert "production" in status


def test_the_schedule_starts_runs_that_count(outputs: dict[str, Any], client: Clients) -> None:
    """A run with the input of the schedule succeeds with the roles of the example, and deletes nothing."""
    schedule = client("scheduler").get_schedule(Name=f"{outputs['function_name']}-reconciler")
    machine, started = schedule["Target"]["Arn"], schedule["Target"]["Input"]
    assert (machine, json.loads(started)) == (outputs["reconciler_state_machine_arn"], {"apply": False})
    states, tables = client("stepfunctions"), client("dynamodb")
    put(tables, outputs["staging_table_name"], ["never processed"])
    run = states.start_execution(stateMachineArn=machine, input=started)["executionArn"]
    assert wait_until(lambda: states.describe_execution(executionArn=run)["status"] != "RUNNING")
    ended = states.describe_execution(executionArn=run)
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert (output["deleted"], output["failed_segments"]) == (0, [])
    assert output["rows"] >= 1
    assert "never processed" in message_ids(tables, outputs["staging_table_name"], "")


def test_one_key_encrypts_all_stored_data(outputs: dict[str, Any], client: Clients) -> None:
    """Tables, failure bucket, logs, environment variables, the mapping's filter, and the history of the reconciler."""
    key = outputs["kms_key_arn"]
    for table in ("messages_table_name", "staging_table_name"):
        described = client("dynamodb").describe_table(TableName=outputs[table])["Table"]
        assert described["SSEDescription"]["KMSMasterKeyArn"] == key
    bucket = client("s3").get_bucket_encryption(Bucket=outputs["failure_bucket_name"])
    (rule,) = bucket["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    groups = client("logs").describe_log_groups(logGroupNamePrefix=outputs["log_group_name"])["logGroups"]
    assert [group["kmsKeyId"] for group in groups] == [key, key]
    for name in (outputs["function_name"], f"{outputs['function_name']}-reconciler"):
        assert client("lambda").get_function_configuration(FunctionName=name)["KMSKeyArn"] == key
    machine = client("stepfunctions").describe_state_machine(stateMachineArn=outputs["reconciler_state_machine_arn"])
    assert machine["encryptionConfiguration"]["kmsKeyId"] == key
    (mapping,) = client("lambda").list_event_source_mappings(FunctionName=outputs["function_name"])[
        "EventSourceMappings"
    ]
    assert mapping["KMSKeyArn"] == key


def test_a_second_plan_changes_nothing(configuration: Path, attached: dict[str, str]) -> None:
    """Otherwise, it would exit with 2."""
    run_terraform(configuration, "plan", "-detailed-exitcode", *VARIABLES, environment=attached)


@pytest.fixture(scope="module")
def key_policy(outputs: dict[str, Any], client: Clients) -> tuple[str, str]:
    """Return the key's ARN and its policy."""
    key = outputs["kms_key_arn"]
    return key, client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"]


LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/production"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:production"
MAPPING = f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:11111111-2222-3333-4444-555555555555"
LOGS_SERVICE, LAMBDA_SERVICE = f"logs.{REGION}.amazonaws.com", f"lambda.{REGION}.amazonaws.com"


# Sources: encrypt-log-data-kms.html, invocation-eventfiltering.html.
OF_THE_LOG = {"kms:EncryptionContext:aws:logs:arn": LOG}
OF_THE_WORKER_S_LOG = {"kms:EncryptionContext:aws:logs:arn": f"{LOG}-reconciler"}
OF_THE_FILTER = {"aws:SourceArn": MAPPING, "kms:EncryptionContext:aws:lambda:FunctionArn": FUNCTION}


@pytest.mark.parametrize(
    ("service", "keys", "actions"),
    [
        (LOGS_SERVICE, OF_THE_LOG, {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"}),
        (LOGS_SERVICE, OF_THE_WORKER_S_LOG, {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"}),
        (LOGS_SERVICE, {"kms:EncryptionContext:aws:logs:arn": f"{LOG}-2"}, set()),
        (LAMBDA_SERVICE, OF_THE_FILTER, {"kms:Decrypt"}),
        (LAMBDA_SERVICE, OF_THE_FILTER | {"kms:EncryptionContext:aws:lambda:FunctionArn": f"{FUNCTION}-2"}, set()),
        (LAMBDA_SERVICE, OF_THE_FILTER | {"aws:SourceArn": MAPPING.replace(ACCOUNT, "999999999999")}, set()),
        ("dynamodb.amazonaws.com", {}, set()),
    ],
)
def test_a_service_can_use_the_key_only_for_this_pipeline(
    key_policy: tuple[str, str], service: str, keys: dict[str, str], actions: set[str]
) -> None:
    """The service uses its own principal. All other principals need a permission from IAM."""
    key, policy = key_policy
    tried = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:ScheduleKeyDeletion")
    assert {action for action in tried if decide(policy, action, key, service=service, keys=keys) == "Allow"} == actions


def test_no_principal_of_another_account_can_use_the_key(key_policy: tuple[str, str]) -> None:
    """In this account, IAM decides."""
    key, policy = key_policy
    for account, decision in ((ACCOUNT, "Allow"), ("999999999999", "ImplicitDeny")):
        principal = f"arn:aws:iam::{account}:user/somebody"
        assert decide(policy, "kms:Decrypt", key, principal=principal) == decision


# Sources: encryption.usagenotes.html, services-dynamodb-errors.html.
@pytest.mark.parametrize(
    ("sid", "action", "via"),
    [
        ("UseEncryptedTables", "kms:Decrypt", "dynamodb"),
        ("UseEncryptedTables", "kms:DescribeKey", "dynamodb"),
        ("EncryptWhatIsKept", "kms:GenerateDataKey", "s3"),
    ],
)
def test_a_statement_allows_the_role_to_use_the_key(
    outputs: dict[str, Any], client: Clients, sid: str, action: str, via: str
) -> None:
    """Through its tables, and to write to its bucket. Without the statement, IAM denies it."""
    policy = role_policy(client("iam"), outputs)
    keys = {"kms:ViaService": f"{via}.{REGION}.amazonaws.com"}
    assert decide(policy, action, outputs["kms_key_arn"], keys=keys) == "Allow"
    rest = {**policy, "Statement": [each for each in policy["Statement"] if each["Sid"] != sid]}
    assert decide(rest, action, outputs["kms_key_arn"], keys=keys) == "ImplicitDeny"


@pytest.mark.parametrize(
    ("action", "via"),
    [("kms:Decrypt", "s3"), ("kms:GenerateDataKey", "dynamodb"), ("kms:Decrypt", "secretsmanager")],
)
def test_the_role_cannot_use_the_key_for_anything_else(
    outputs: dict[str, Any], client: Clients, action: str, via: str
) -> None:
    """It cannot read the objects that it wrote, and it cannot call KMS directly."""
    policy = role_policy(client("iam"), outputs)
    for keys in ({"kms:ViaService": f"{via}.{REGION}.amazonaws.com"}, {}):
        assert decide(policy, action, outputs["kms_key_arn"], keys=keys) == "ImplicitDeny"


@pytest.mark.parametrize(
    ("principal", "action", "decision"),
    [
        ("role/on-call", "s3:GetObject", "ImplicitDeny"),
        ("role/on-call", "s3:DeleteObject", "ImplicitDeny"),
        ("role/on-call", "s3:PutObject", "Deny"),
        ("user/somebody", "s3:GetObject", "Deny"),
        ("user/somebody", "s3:DeleteObject", "Deny"),
        ("user/somebody", "s3:ListBucket", "ImplicitDeny"),
        ("user/somebody", "s3:PutObject", "Deny"),
        (f"role/production-{REGION}", "s3:PutObject", "ImplicitDeny"),
        (f"role/production-{REGION}", "s3:GetObject", "Deny"),
    ],
)
def test_the_failure_bucket_denies_everyone_except_the_role_and_operators(
    outputs: dict[str, Any], client: Clients, principal: str, action: str, decision: str
) -> None:
    """It denies them even if IAM allows it. What it does not deny, IAM must allow. Object keys contain no data."""
    policy = client("s3").get_bucket_policy(Bucket=outputs["failure_bucket_name"])["Policy"]
    bucket = f"arn:aws:s3:::{outputs['failure_bucket_name']}"
    resource = bucket if action == "s3:ListBucket" else f"{bucket}/aws/lambda/x"
    arn = f"arn:aws:iam::{ACCOUNT}:{principal}"
    assert decide(policy, action, resource, principal=arn) == decision
    assert decide(policy, action, resource, principal=arn, tls=False) == "Deny"


def test_the_tables_are_protected_from_deletion(
    configuration: Path, attached: dict[str, str], outputs: dict[str, Any], client: Clients
) -> None:
    """A plan that would replace a table fails with the steps to follow, and DynamoDB rejects the deletion."""
    main = configuration / "main.tf"
    before = main.read_text()
    main.write_text(before.replace("  billing_mode ", '  hash_key         = "id"\n  billing_mode '))
    try:
        with pytest.raises(TerraformError) as caught:
            run_terraform(configuration, "plan", "-no-color", *VARIABLES, environment=attached)
    finally:
        main.write_text(before)
    error = " ".join(str(caught.value).split())
    for table in ("production-messages", "production-staging"):
        assert f"the apply would delete table {table} with all its items and create a new one" in error
    dynamodb = client("dynamodb")
    for table in ("messages_table_name", "staging_table_name"):
        with pytest.raises(ClientError, match="protected against deletion"):
            dynamodb.delete_table(TableName=outputs[table])
        backups = dynamodb.describe_continuous_backups(TableName=outputs[table])["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
