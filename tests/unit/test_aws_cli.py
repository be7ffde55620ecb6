"""Commands of the AWS CLI are read as the CLI reads them, and rejected if it would reject them."""

import shlex
from types import SimpleNamespace
from typing import Any

import pytest
from support.aws_cli import Call, Removal, UsageError, read_command

UUID = "11111111-2222-3333-4444-555555555555"
UPDATE_TABLE = "aws dynamodb update-table --table-name t"


@pytest.mark.parametrize(
    ("command", "call"),
    [
        (
            f"aws lambda update-event-source-mapping --uuid {UUID} --no-enabled --batch-size 9",
            Call("lambda", "update_event_source_mapping", {"UUID": UUID, "Enabled": False, "BatchSize": 9}),
        ),
        (
            f"aws lambda update-event-source-mapping --uuid={UUID} --enabled",
            Call("lambda", "update_event_source_mapping", {"UUID": UUID, "Enabled": True}),
        ),
        (
            "aws cloudwatch describe-alarms --alarm-names one two",
            Call("cloudwatch", "describe_alarms", {"AlarmNames": ["one", "two"]}),
        ),
        (
            f"{UPDATE_TABLE} --stream-specification StreamEnabled=true,StreamViewType=KEYS_ONLY",
            Call(
                "dynamodb",
                "update_table",
                {"TableName": "t", "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}},
            ),
        ),
        (
            """aws dynamodb get-item --table-name t --key '{"id": {"S": "x"}}' --query Item.id.S""",
            Call("dynamodb", "get_item", {"TableName": "t", "Key": {"id": {"S": "x"}}}, "Item.id.S"),
        ),
        (
            "aws sts get-caller-identity --region eu-west-1",
            Call("sts", "get_caller_identity", {}, region="eu-west-1"),
        ),
        ("aws s3 rm s3://b/some/ --recursive", Removal("b", "some/")),
        ("aws s3api head-bucket --bucket b", Call("s3", "head_bucket", {"Bucket": "b"})),
        ("aws s3 cp s3://b/some/object -", Call("s3", "get_object", {"Bucket": "b", "Key": "some/object"})),
        (
            "aws s3 ls s3://b/some/",
            Call("s3", "list_objects_v2", {"Bucket": "b", "Prefix": "some/", "Delimiter": "/"}, "Contents"),
        ),
    ],
)
def test_a_command_becomes_a_call(command: str, call: Call | Removal) -> None:
    """The call has the operation of the API, and its parameters."""
    assert read_command(shlex.split(command)) == call


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("aws lamda list-functions", "no service lamda"),
        ("aws lambda get-funktion", "no operation get-funktion"),
        ("aws lambda get-event-source-mapping", 'Missing required parameter in input: "UUID"'),
        ("aws lambda get-event-source-mapping --uid 1", "no option --uid"),
        ("aws lambda get-event-source-mapping 1", "belongs to no option: 1"),
        ("aws lambda get-event-source-mapping --uuid", "--uuid takes one value, and has 0"),
        ("aws lambda get-event-source-mapping --uuid 1 --uuid 2", "--uuid is given twice"),
        ("aws lambda update-event-source-mapping --uuid 1 --enabled false", "--enabled takes no value"),
        ("aws lambda update-event-source-mapping --uuid 1 --batch-size many", "--batch-size cannot be many"),
        (f"{UPDATE_TABLE} --billing-mode FREE", "--billing-mode is FREE"),
        (f"{UPDATE_TABLE} --stream-specification Enabled=false", "no member Enabled"),
        ("aws dynamodb describe-table --table-name t --query 'Table.['", "--query: "),
        ("aws dynamodb", "no service and operation"),
        ("aws s3 head-bucket --bucket b", "no command head-bucket"),
        ("aws s3 cp s3://b/object", "aws s3 cp s3://"),
        ("aws s3 rm s3://b/object", "aws s3 rm s3://"),
        ("aws s3 ls --recursiv s3://b", "no option --recursiv"),
    ],
)
def test_a_command_that_the_cli_would_reject_is_rejected(command: str, words: str) -> None:
    """The error says what is wrong."""
    with pytest.raises(UsageError) as caught:
        read_command(shlex.split(command))
    assert words in str(caught.value)


def test_a_query_chooses_from_the_answer() -> None:
    """The CLI applies --query before it shows the answer."""

    def client(service: str) -> Any:
        assert service == "dynamodb"
        return SimpleNamespace(describe_table=lambda TableName: {"Table": {"TableName": TableName}})  # noqa: N803

    call = read_command(shlex.split("aws dynamodb describe-table --table-name t --query Table.TableName"))
    assert call.on(client) == "t"
