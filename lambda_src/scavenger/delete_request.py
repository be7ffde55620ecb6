"""One BatchWriteItem request, and what its answer or error means for each of its deletes."""

from collections.abc import Collection, Sequence
from http import HTTPStatus
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
_IN_TRANSIT = (BotoConnectionError, HTTPClientError, IncompleteReadError, ResponseParserError)
# What botocore raises over a body that is none of DynamoDB's, such as a proxy's error page.
_UNREADABLE = (AttributeError, TypeError, ValueError)
# Of the whole request, although one key may be the cause. Source: API_BatchWriteItem.html.
_REFUSING = frozenset({"SerializationException", "ValidationException"})
_MENDS = {
    "AccessDeniedException": "Allow the function's role dynamodb:BatchWriteItem on it, and the use of its KMS key.",
    "ResourceNotFoundException": "Restore it, or name another one in STAGING_MESSAGES_TABLE_NAME.",
}


class TableError(Exception):
    """DynamoDB accepts no delete for the table, whatever its key."""


class OtherKeyError(TableError):
    """The table has another key than the function was told."""

    def __init__(self, table: Table) -> None:
        form = " and ".join(f"{name} ({kind})" for name, kind in table.key_types.items())
        super().__init__(
            f"Table {table.name} refuses keys of {form}, which STAGING_MESSAGES_TABLE_KEY says it has. "
            "Nothing is thrown away: Lambda delivers the batch again. Set that variable to the types of the table's "
            "key attributes, or name the right table in STAGING_MESSAGES_TABLE_NAME."
        )


class Reply(NamedTuple):
    """What a request came to: the indices of its deletes that are to be sent again, and the write units it took.

    A fault is the name of what was wrong with all of it. If it is refused, none of it was carried out: at least one of
    its keys is not to DynamoDB's liking.
    """

    undone: Collection[int] = ()
    write_units: float = 0.0
    fault: str | None = None
    is_refused: bool = False


def send_deletes(client: "DynamoDBClient", table: Table, keys: Sequence[Key]) -> Reply:
    """Send one request of at most 25 deletes of different keys.

    Raises TableError where trying again cannot help, which is not known of a refused request.
    """
    deletes: list[WriteRequestTypeDef] = [{"DeleteRequest": {"Key": key}} for key in keys]
    everything = range(len(keys))
    try:
        answer = client.batch_write_item(RequestItems={table.name: deletes}, ReturnConsumedCapacity="TOTAL")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _REFUSING:
            return Reply(everything, is_refused=True)
        if code not in _PASSING and not _is_passing(error.response["ResponseMetadata"]["HTTPStatusCode"]):
            raise TableError(_describe(table, code, error.response["Error"].get("Message", ""))) from error
        return Reply(everything, fault=code)
    except (*_IN_TRANSIT, *_UNREADABLE) as error:
        # Whether it was carried out is unknown.
        return Reply(everything, fault=type(error).__name__)
    if "UnprocessedItems" not in answer:
        # DynamoDB always says. botocore makes an empty answer of a body that is cut short, which is no success.
        return Reply(everything, fault="IncompleteAnswer")
    write_units = sum(consumed.get("CapacityUnits", 0.0) for consumed in answer.get("ConsumedCapacity", []))
    return Reply(_undone(answer, table.name, keys), write_units)


def made_up_key(table: Table) -> Key:
    """Make a key of the types that the table is said to have, which is no row's.

    If the table refuses it as well as another, it has another key than the function was told.
    """
    identity = uuid4()
    # A number has at most 38 digits. Source: HowItWorks.NamingRulesDataTypes.html.
    contents: dict[str, str | bytes] = {"S": f"made-up-{identity}", "N": str(identity.int)[:38], "B": identity.bytes}
    return {name: {kind: contents[kind]} for name, kind in table.key_types.items()}


def _describe(table: Table, code: str, message: str) -> str:
    return (
        f"DynamoDB carries out no delete in table {table.name} ({code}: {message}). Nothing is thrown away: Lambda "
        f"delivers the batch again. {_MENDS.get(code, 'Mend what it names.')}"
    )


def _is_passing(status: int) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in (
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
    )


def _undone(answer: "BatchWriteItemOutputTypeDef", table_name: str, keys: Sequence[Key]) -> Collection[int]:
    """Find the deletes that DynamoDB sent back."""
    if not answer["UnprocessedItems"]:
        return ()
    index_of = {key_identity(key): index for index, key in enumerate(keys)}
    try:
        sent_back = answer["UnprocessedItems"][table_name]
        return {index_of[key_identity(request["DeleteRequest"]["Key"])] for request in sent_back}
    except KeyError:
        # It names the table or a key in other words than we did. To send all again does no harm; to miss one would.
        return range(len(keys))
