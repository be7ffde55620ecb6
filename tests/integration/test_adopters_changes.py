"""Changes of an adopter's configuration, or by hand, replace nothing and remove nothing."""

import re
import shlex
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from scavenger_ops.terraform import PACKAGE, destroy, run_terraform
from support.adopters import Adopter, copy_adopter
from support.aws_cli import read_command
from support.deployment import list_objects, wait_until
from support.modules import write_scavengers
from support.tables import make_table

Clients = Callable[[str], Any]
SETTINGS = ("settings",)
OTHERS_TABLE = "adopter-others-change-it"
EXPIRING_TABLE = "adopter-expiring"


@pytest.fixture
def adopter(attached: dict[str, str], tmp_path: Path) -> Adopter:
    """Return a configuration with tables and two scavengers, one of which looks its tables up by name."""
    return copy_adopter("scavengers", tmp_path, attached)


@pytest.fixture
def tables(attached: dict[str, str], tmp_path: Path) -> Adopter:
    """Return a configuration that has only tables."""
    return copy_adopter("tables", tmp_path, attached)


def test_an_adopter_s_changes_replace_nothing_and_remove_nothing(adopter: Adopter, client: Clients) -> None:
    """From the first apply to the destroy. Each step continues from the one before it."""
    first = adopter.apply()
    other_settings_of_tables_change_only_the_tables(adopter, first)
    a_dependency_that_changes_keeps_role_and_bucket(adopter)
    a_new_stream_is_read_or_the_apply_fails(adopter, first)
    commands_that_do_not_create_the_function_work_without_the_package(adopter)
    a_destroy_that_fails_on_objects_has_removed_their_protection(adopter, first, client)


@pytest.mark.xdist_group("an adopter's tables")
def test_a_table_keeps_the_changes_of_others_and_rejects_impossible_changes(tables: Adopter, client: Clients) -> None:
    """The table is one of modules/table. Each step continues from the one before it."""
    tables.apply()
    a_table_keeps_the_changes_of_others(tables, client)
    another_type_of_a_key_attribute_is_rejected(tables)
    another_ttl_attribute_takes_two_applies(tables, client)
    a_table_of_an_older_module_does_not_change(tables)
    destroy(tables.folder, environment=tables.environment)


REGIONS = ("us-east-1", "eu-west-1")


def test_one_name_works_in_two_regions_of_an_account(attached: dict[str, str], tmp_path: Path) -> None:
    """Each Region has a function with its own role, and a mapping of the Region's stream."""
    session = boto3.Session(attached["AWS_ACCESS_KEY_ID"], attached["AWS_SECRET_ACCESS_KEY"])
    address = {"endpoint_url": attached["AWS_ENDPOINT_URL"], "verify": attached["AWS_CA_BUNDLE"]}
    folders = {region: tmp_path / region for region in REGIONS}
    for region, folder in folders.items():
        dynamodb = session.client("dynamodb", region, **address)  # type: ignore[call-overload]
        make_table(dynamodb, "orders", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
        make_table(dynamodb, "requests")
        folder.mkdir()
        tables = {"messages_table": {"name": "orders"}, "staging_table": {"name": "requests"}}
        write_scavengers(folder, {"orders": {**tables, "name": "orders", "create_failure_bucket": False}})
        (folder / "provider.tf").write_text(f'provider "aws" {{\n  region = "{region}"\n}}\n')
        run_terraform(folder, "init", "-input=false", environment=attached)
        run_terraform(folder, "apply", "-auto-approve", environment=attached)
    for region, folder in folders.items():
        functions = session.client("lambda", region, **address)  # type: ignore[call-overload]
        role = functions.get_function_configuration(FunctionName="orders")["Role"]
        assert role.split(":role/")[1] == f"orders-{region}"
        (mapping,) = functions.list_event_source_mappings(FunctionName="orders")["EventSourceMappings"]
        assert f":{region}:" in mapping["EventSourceArn"]
        destroy(folder, environment=attached)


def other_settings_of_tables_change_only_the_tables(adopter: Adopter, first: dict[str, Any]) -> None:
    """Change tags, capacity, an index, TTL and recovery; of the scavenger, tags and the starting position.

    The mapping and the bucket are kept, and the plan shows that the policies stay the same.
    """
    tags = {"tags", "tags_all"}
    assert adopter.planned_changes(changes=SETTINGS) == {
        "aws_dynamodb_table.messages": {
            "attribute",
            "global_secondary_index",
            "point_in_time_recovery",
            "read_capacity",
            "ttl",
            "write_capacity",
            *tags,
        },
        "aws_dynamodb_table.staging": {"ttl", *tags},
        # The apply compares these look-ups with those of the plan.
        "module.scavenger.data.aws_dynamodb_table.messages_applied[0]": {"read"},
        "module.scavenger.data.aws_dynamodb_table.staging_applied[0]": {"read"},
        **{
            f"module.{module}.{resource}": tags
            for module in ("scavenger", "described")
            for resource in (
                "aws_cloudwatch_log_group.function",
                "aws_iam_role.function[0]",
                "aws_lambda_event_source_mapping.this",
                "aws_lambda_function.this",
            )
        },
        "module.scavenger.aws_s3_bucket.failures[0]": tags,
    }
    assert adopter.apply(changes=SETTINGS) == first


def a_dependency_that_changes_keeps_role_and_bucket(adopter: Adopter) -> None:
    """Replace only the mapping, as the module's README says, although the plan cannot look the tables up."""
    main = adopter.folder / "main.tf"
    before = main.read_text()
    module = 'module "scavenger" {\n'
    assert before.count(module) == 1
    after = before.replace(module, module + "  depends_on = [aws_dynamodb_table.messages]\n")
    main.write_text(after.replace("= local.capacity", "= 9"))
    try:
        planned = adopter.planned_changes()
    finally:
        main.write_text(before)
    replaced = {address for address, what in planned.items() if "delete" in what}
    assert replaced == {"module.scavenger.aws_lambda_event_source_mapping.this"}


def a_new_stream_is_read_or_the_apply_fails(adopter: Adopter, first: dict[str, Any]) -> None:
    """For a described table, the mapping follows at once. For a table by name, the apply says what to do."""
    output = adopter.refuse("apply", "-auto-approve", changes=(*SETTINGS, "view_type"))
    assert "stream, view type or KMS key of messages table adopter-messages changed in this apply" in output
    assert "Apply again" in output
    second = adopter.outputs()
    assert second["mappings"]["described"] != first["mappings"]["described"]
    third = adopter.apply(changes=(*SETTINGS, "view_type"))
    assert third["mappings"]["described"] == second["mappings"]["described"]
    for where in ("named", "described"):
        assert third["streams"][where] != first["streams"][where]
        assert third["mappings"][where] != first["mappings"][where]
    assert third["failure_bucket_name"] == first["failure_bucket_name"]
    assert adopter.planned_changes(changes=(*SETTINGS, "view_type")) == {}


def a_table_keeps_the_changes_of_others(tables: Adopter, client: Clients) -> None:
    """Others add an index and a replica, and change recovery, TTL, table class and limits. The plan changes nothing."""
    dynamodb, table = client("dynamodb"), {"TableName": OTHERS_TABLE}
    dynamodb.update_table(
        **table,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("messageId", "S"), ("createdAt", "N"), ("owner", "S"))
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-owner",
                    "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            }
        ],
    )
    dynamodb.update_table(**table, ReplicaUpdates=[{"Create": {"RegionName": "eu-central-1"}}])
    dynamodb.update_table(**table, TableClass="STANDARD_INFREQUENT_ACCESS")
    dynamodb.update_table(**table, OnDemandThroughput={"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 100})
    dynamodb.update_continuous_backups(**table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    dynamodb.update_time_to_live(**table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "theirs"})
    assert wait_until(lambda: dynamodb.describe_table(**table)["Table"]["TableStatus"] == "ACTIVE")
    assert tables.planned_changes() == {}


def another_type_of_a_key_attribute_is_rejected(tables: Adopter) -> None:
    """Name the key of the table in the error, without the attributes of indexes that others added."""
    output = tables.refuse("plan", changes=("key_type",))
    assert f"must match the key of table {OTHERS_TABLE}" in output
    assert "it has createdAt (N) and messageId (S)." in output
    replaced = tables.run("plan", "-replace=module.table.aws_dynamodb_table.this", changes=("key_type",))
    assert "module.table.aws_dynamodb_table.this will be replaced, as requested" in replaced


def another_ttl_attribute_takes_two_applies(tables: Adopter, client: Clients) -> None:
    """AWS rejects the change in one apply; the local AWS does not. The steps in the error work."""
    dynamodb = client("dynamodb")

    def time_to_live() -> Any:
        return dynamodb.describe_time_to_live(TableName=EXPIRING_TABLE)["TimeToLiveDescription"]

    output = tables.refuse("plan", changes=("other_ttl",))
    assert "cannot change from expiresAt to deleteAt in one apply" in output
    (switch_off,) = re.findall(r"Disable the TTL: (aws .*?)\. After an hour", output)
    tables.apply(changes=("no_ttl",))
    # Null does not disable the TTL.
    assert time_to_live() == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expiresAt"}
    read_command(shlex.split(switch_off)).on(client)
    assert tables.planned_changes(changes=("no_ttl",)) == {}
    tables.apply(changes=("other_ttl",))
    assert time_to_live() == {"TimeToLiveStatus": "ENABLED", "AttributeName": "deleteAt"}


def a_table_of_an_older_module_does_not_change(tables: Adopter) -> None:
    """Upgrade the module, which only stores the TTL attribute."""
    marker = "module.expiring.terraform_data.ttl_attribute[0]"
    run_terraform(tables.folder, "state", "rm", marker, environment=tables.environment)
    assert tables.planned_changes(changes=("other_ttl",)) == {marker: {"create"}}


def protection(s3: Any, bucket: str) -> set[str]:
    """Return which protective settings a bucket has. Encryption counts only with KMS: S3 has a default."""
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    found = {"encryption"} if rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms" else set()
    for setting, read in (
        ("policy", s3.get_bucket_policy),
        ("public access block", s3.get_public_access_block),
        ("expiry", s3.get_bucket_lifecycle_configuration),
        ("ownership", s3.get_bucket_ownership_controls),
    ):
        with suppress(s3.exceptions.ClientError):
            read(Bucket=bucket)
            found.add(setting)
    return found


def package_of(adopter: Adopter) -> Path:
    """Return the path of the configuration's package."""
    return adopter.folder.parents[1] / "dist" / PACKAGE.name


def commands_that_do_not_create_the_function_work_without_the_package(adopter: Adopter) -> None:
    """Fail a plan with an error that says how to build the package. The destroy that follows has no package."""
    changes = (*SETTINGS, "view_type")
    package_of(adopter).unlink()
    run_terraform(adopter.folder, "validate", environment=adopter.environment)
    adopter.run("plan", "-refresh-only", changes=changes)
    adopter.run("apply", "-refresh-only", "-auto-approve", changes=changes)
    group = "module.scavenger.aws_cloudwatch_log_group.function"
    run_terraform(adopter.folder, "state", "rm", group, environment=adopter.environment)
    assert "Import successful!" in adopter.run("import", group, "/aws/lambda/adopter", changes=changes)
    output = adopter.refuse("plan", changes=changes)
    assert "package_path must name an existing zip file" in output
    assert "./build.sh" in output


PROTECTION = {
    "policy": "aws_s3_bucket_policy",
    "public access block": "aws_s3_bucket_public_access_block",
    "encryption": "aws_s3_bucket_server_side_encryption_configuration",
    "ownership": "aws_s3_bucket_ownership_controls",
    "expiry": "aws_s3_bucket_lifecycle_configuration",
}


def a_destroy_that_fails_on_objects_has_removed_their_protection(
    adopter: Adopter, first: dict[str, Any], client: Clients
) -> None:
    """As docs/how-to/operate.md says: an apply would restore it, and a destroy works when the bucket is empty."""
    s3, bucket, changes = client("s3"), first["failure_bucket_name"], (*SETTINGS, "view_type")
    assert protection(s3, bucket) == PROTECTION.keys()
    s3.put_object(Bucket=bucket, Key="aws/lambda/x", Body=b"{}")
    assert "BucketNotEmpty" in adopter.refuse("destroy", "-auto-approve", changes=changes)
    assert protection(s3, bucket) == set()
    assert list_objects(s3, bucket) == {"aws/lambda/x"}
    functions = client("lambda").list_functions()["Functions"]
    assert "adopter" not in [function["FunctionName"] for function in functions]
    assert {"adopter-messages", "adopter-staging"} <= set(client("dynamodb").list_tables()["TableNames"])
    shutil.copy(PACKAGE, package_of(adopter))
    planned = adopter.planned_changes(changes=changes)
    for resource in PROTECTION.values():
        assert planned[f"module.scavenger.{resource}.failures[0]"] == {"create"}
    assert "module.scavenger.aws_s3_bucket.failures[0]" not in planned
    s3.delete_object(Bucket=bucket, Key="aws/lambda/x")
    destroy(adopter.folder, environment=adopter.environment)
