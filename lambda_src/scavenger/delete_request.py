"""One BatchWriteItem request, and what its answer or error means for each of its deletes."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError

from scavenger.records import Key, key_identity
from scavenger.settings import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import BatchWriteItemOutputTypeDef, WriteRequestTypeDef

# Throttling, and a write to the same row in another Region; beside any 5xx. Sources: API_BatchWriteItem.html,
# Programming.Errors.html.
_PASSING = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ThrottlingException",
    }
)
_LOWEST_SERVER_ERROR = 500
_IN_TRANSIT = (BotoConnectionError, HTTPClientError, IncompleteReadError, ResponseParserError)
# Of the whole request, although one key may be the cause. Source: API_BatchWriteItem.html.
_REFUSING = frozenset({"SerializationException", "ValidationException"})
_MENDS = {
    "AccessDeniedException": "Allow the function's role dynamodb:BatchWriteItem on it, and the use of its KMS key.",
    "ResourceNotFoundException": "Restore it, or name another one in STAGING_MESSAGES_TABLE_NAME.",
}


class TableError(Exception):
    """DynamoDB accepts no delete for the table, whatever its key."""


class Reply(NamedTuple):
    """What a request came to: the indices of its deletes that are to be sent again, and the write units it took.

    If it is refused, none of it was carried out: at least one of its keys is not to DynamoDB's liking.
    """

    undone: Collection[int] = ()
    write_units: float = 0.0
    is_refused: bool = False


def send_deletes(client: "DynamoDBClient", table: Table, keys: Sequence[Key]) -> Reply:
    """Send one request of at most 25 deletes of different keys.

    Raises TableError where trying again cannot help, which is not known of a refused request.
    """
    deletes: list[WriteRequestTypeDef] = [{"DeleteRequest": {"Key": key}} for key in keys]
    try:
        answer = client.batch_write_item(RequestItems={table.name: deletes}, ReturnConsumedCapacity="TOTAL")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _REFUSING:
            return Reply(range(len(keys)), is_refused=True)
        if code not in _PASSING and _status(error) < _LOWEST_SERVER_ERROR:
            raise TableError(_describe(table, code, error.response["Error"].get("Message", ""))) from error
        return Reply(range(len(keys)))
    except _IN_TRANSIT:
        # Whether it was carried out is unknown.
        return Reply(range(len(keys)))
    write_units = sum(consumed.get("CapacityUnits", 0.0) for consumed in answer.get("ConsumedCapacity", []))
    return Reply(_undone(answer, table.name, keys), write_units)


def accepts_its_key(client: "DynamoDBClient", table: Table) -> bool:
    """Say whether the table is seen to accept keys of the types that it is said to have; False if it cannot say now.

    So a key that is refused can be told from a table that is another than the function was told. Deletes a made-up
    row, which takes a write unit. Raises TableError if the table does not accept such a key, or no delete at all.
    """
    reply = send_deletes(client, table, [_made_up_key(table.key_types)])
    if reply.is_refused:
        form = " and ".join(f"{name} ({kind})" for name, kind in table.key_types.items())
        raise TableError(
            f"Table {table.name} refuses keys of {form}, which STAGING_MESSAGES_TABLE_KEY says it has. Nothing is "
            "lost: Lambda keeps the batch. Set that variable to the types of the table's key attributes, or name the "
            "right table in STAGING_MESSAGES_TABLE_NAME."
        )
    return not reply.undone


def _made_up_key(key_types: Mapping[str, str]) -> Key:
    identity = uuid4()
    # A number has at most 38 digits. Source: HowItWorks.NamingRulesDataTypes.html.
    contents: dict[str, str | bytes] = {"S": f"made-up-{identity}", "N": str(identity.int)[:38], "B": identity.bytes}
    return {name: {kind: contents[kind]} for name, kind in key_types.items()}


def _describe(table: Table, code: str, message: str) -> str:
    return (
        f"DynamoDB carries out no delete in table {table.name} ({code}: {message}). Nothing is lost: Lambda keeps the "
        f"batch. {_MENDS.get(code, 'Mend what it names.')}"
    )


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _undone(answer: "BatchWriteItemOutputTypeDef", table_name: str, keys: Sequence[Key]) -> Collection[int]:
    """Find the deletes that DynamoDB sent back."""
    if "UnprocessedItems" not in answer:
        # DynamoDB always says. botocore makes an empty answer of a body that is cut short, which is no success.
        return range(len(keys))
    sent_back = answer["UnprocessedItems"].get(table_name, [])
    if not sent_back:
        return ()
    index_of = {key_identity(key): index for index, key in enumerate(keys)}
    try:
        return {index_of[key_identity(request["DeleteRequest"]["Key"])] for request in sent_back}
    except KeyError:
        # It names a key in other words than we did. To send all again does no harm; to miss one would.
        return range(len(keys))
