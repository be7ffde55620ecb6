"""Each engine differs from DynamoDB just where support.engines says so."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from support.engines import DIFFERENCES, Engine, MakeTable
from support.key_cases import BAD_NUMBERS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, dict[str, Any]]


def refuses(client: "DynamoDBClient", table: str, *keys: Item) -> bool:
    """Return whether one request to delete by these keys is refused."""
    requests: Any = [{"DeleteRequest": {"Key": key}} for key in keys]
    try:
        client.batch_write_item(RequestItems={table: requests})
    except ClientError as error:
        return error.response["Error"]["Code"] == "ValidationException"
    return False


def ask_key_types(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether a key of another type is refused."""
    return refuses(client, make_table({"id": "S"}), {"id": {"N": "1"}})


def ask_key_lengths(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether a key of a byte too many is refused."""
    table = make_table({"id": "S", "sort": "B"})
    return refuses(client, table, {"id": {"S": "x" * 2049}, "sort": {"B": b"y"}}) and refuses(
        client, table, {"id": {"S": "x"}, "sort": {"B": b"y" * 1025}}
    )


def ask_bytes_of_letters(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether a key of 2,050 bytes is refused although it has 1,025 letters."""
    return refuses(client, make_table({"id": "S"}), {"id": {"S": "é" * 1025}})


def ask_empty_keys(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether an empty key is refused."""
    text, binary = make_table({"id": "S"}), make_table({"id": "B"})
    return refuses(client, text, {"id": {"S": ""}}) and refuses(client, binary, {"id": {"B": b""}})


def ask_number_limits(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether every number out of DynamoDB's bounds is refused."""
    table = make_table({"id": "N"})
    return all(refuses(client, table, {"id": {"N": number}}) for number in BAD_NUMBERS.values())


def ask_duplicates_by_spelling(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether two spellings of one number are refused as duplicates."""
    return refuses(client, make_table({"id": "N"}), {"id": {"N": "1"}}, {"id": {"N": "1.0"}})


def ask_keys_a_request(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether 26 keys are refused."""
    return refuses(client, make_table({"id": "N"}), *({"id": {"N": str(number)}} for number in range(26)))


def ask_segments_of_binary_keys(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether a segment of a table of binary keys is scanned."""
    table = make_table({"id": "B"}, [{"id": {"B": b"\xff"}}])
    try:
        return client.scan(TableName=table, Segment=0, TotalSegments=1)["Count"] == 1
    except ClientError:
        return False


def delete_if_equal(client: "DynamoDBClient", table: str, value: Any) -> None:
    """Delete the row if its attribute has this value."""
    client.delete_item(
        TableName=table,
        Key={"id": {"S": "a"}},
        ConditionExpression="content = :value",
        ExpressionAttributeValues={":value": value},
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )


def ask_equal_documents(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether a list and a map are equal to themselves."""
    for document in ({"L": [{"S": "x"}]}, {"M": {"x": {"N": "1"}}}):
        table = make_table({"id": "S"}, [{"id": {"S": "a"}, "content": document}])
        try:
            delete_if_equal(client, table, document)
        except client.exceptions.ConditionalCheckFailedException:
            return False
    return True


def ask_items_of_failed_conditions(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether a condition that is not met is answered with the item, if that is wanted."""
    table = make_table({"id": "S"}, [{"id": {"S": "a"}, "content": {"S": "x"}}])
    with pytest.raises(ClientError) as raised:
        delete_if_equal(client, table, {"S": "y"})
    return "Item" in raised.value.response


QUESTIONS: Mapping[str, Callable[["DynamoDBClient", MakeTable], bool]] = {
    "key types": ask_key_types,
    "key lengths": ask_key_lengths,
    "bytes of letters": ask_bytes_of_letters,
    "empty keys": ask_empty_keys,
    "number limits": ask_number_limits,
    "duplicates by spelling": ask_duplicates_by_spelling,
    "25 keys a request": ask_keys_a_request,
    "segments of binary keys": ask_segments_of_binary_keys,
    "equal documents": ask_equal_documents,
    "items of failed conditions": ask_items_of_failed_conditions,
}


def test_every_difference_is_asked_for() -> None:
    """And none that no engine has."""
    assert QUESTIONS.keys() == {name for differences in DIFFERENCES.values() for name in differences}


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_engine_does_as_dynamodb_unless_it_is_said_not_to(engine: Engine, make_table: MakeTable, name: str) -> None:
    """If this fails since a new release does it right, take the difference out of support.engines."""
    assert QUESTIONS[name](engine.client(), make_table) == (name not in DIFFERENCES[engine.name])
