"""Each engine differs from DynamoDB exactly where support.engines says so."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from support.engines import DIFFERENCES, Engine, MakeTable
from support.key_cases import BAD_NUMBERS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, dict[str, Any]]


def rejects(client: "DynamoDBClient", table: str, *keys: Item) -> bool:
    """Return whether one request to delete these keys is rejected."""
    requests: Any = [{"DeleteRequest": {"Key": key}} for key in keys]
    try:
        client.batch_write_item(RequestItems={table: requests})
    except ClientError as error:
        return error.response["Error"]["Code"] == "ValidationException"
    return False


def checks_key_types(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether a key of another type is rejected."""
    return rejects(client, make_table({"id": "S"}), {"id": {"N": "1"}})


def checks_key_lengths(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether a key that is one byte too long is rejected."""
    table = make_table({"id": "S", "sort": "B"})
    return rejects(client, table, {"id": {"S": "x" * 2049}, "sort": {"B": b"y"}}) and rejects(
        client, table, {"id": {"S": "x"}, "sort": {"B": b"y" * 1025}}
    )


def checks_bytes_of_letters(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether a key of 1,025 letters is rejected because it has 2,050 bytes."""
    return rejects(client, make_table({"id": "S"}), {"id": {"S": "é" * 1025}})


def checks_empty_keys(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether an empty key is rejected."""
    text, binary = make_table({"id": "S"}), make_table({"id": "B"})
    return rejects(client, text, {"id": {"S": ""}}) and rejects(client, binary, {"id": {"B": b""}})


def checks_number_limits(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether every number beyond DynamoDB's limits is rejected."""
    table = make_table({"id": "N"})
    return all(rejects(client, table, {"id": {"N": number}}) for number in BAD_NUMBERS.values())


def checks_duplicates_by_spelling(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether two spellings of one number are rejected as duplicates."""
    return rejects(client, make_table({"id": "N"}), {"id": {"N": "1"}}, {"id": {"N": "1.0"}})


def checks_keys_a_request(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether 26 keys are rejected."""
    return rejects(client, make_table({"id": "N"}), *({"id": {"N": str(number)}} for number in range(26)))


def checks_segments_of_binary_keys(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether a segment of a table with binary keys can be scanned."""
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


def checks_equal_documents(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether a list and a map are equal to themselves."""
    for document in ({"L": [{"S": "x"}]}, {"M": {"x": {"N": "1"}}}):
        table = make_table({"id": "S"}, [{"id": {"S": "a"}, "content": document}])
        try:
            delete_if_equal(client, table, document)
        except client.exceptions.ConditionalCheckFailedException:
            return False
    return True


def checks_types_in_conditions(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether no value of another type is equal."""
    pairs: Any = [({"N": "1"}, {"BOOL": True}), ({"B": b"1"}, {"S": "MQ=="}), ({"S": "x"}, {"NULL": True})]
    for content, value in pairs:
        name = "other" if "NULL" in value else "content"
        table = make_table({"id": "S"}, [{"id": {"S": "a"}, name: content}])
        try:
            delete_if_equal(client, table, value)
        except client.exceptions.ConditionalCheckFailedException:
            continue
        return False
    return True


def checks_items_of_failed_conditions(client: "DynamoDBClient", make_table: MakeTable) -> bool:
    """Return whether the answer to a condition that is not met has the item, if the request asks for it."""
    table = make_table({"id": "S"}, [{"id": {"S": "a"}, "content": {"S": "x"}}])
    with pytest.raises(ClientError) as raised:
        delete_if_equal(client, table, {"S": "y"})
    return "Item" in raised.value.response


QUESTIONS: Mapping[str, Callable[["DynamoDBClient", MakeTable], bool]] = {
    "key types": checks_key_types,
    "key lengths": checks_key_lengths,
    "bytes of letters": checks_bytes_of_letters,
    "empty keys": checks_empty_keys,
    "number limits": checks_number_limits,
    "duplicates by spelling": checks_duplicates_by_spelling,
    "25 keys a request": checks_keys_a_request,
    "segments of binary keys": checks_segments_of_binary_keys,
    "equal documents": checks_equal_documents,
    "types in conditions": checks_types_in_conditions,
    "items of failed conditions": checks_items_of_failed_conditions,
}


def test_every_difference_has_a_question() -> None:
    """Each question is about a difference that an engine has."""
    assert QUESTIONS.keys() == {name for differences in DIFFERENCES.values() for name in differences}


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_engine_behaves_as_dynamodb_except_for_its_differences(
    engine: Engine, make_table: MakeTable, name: str
) -> None:
    """If this fails because a new release is right, remove the difference from support.engines."""
    assert QUESTIONS[name](engine.client(), make_table) == (name not in DIFFERENCES[engine.name])
