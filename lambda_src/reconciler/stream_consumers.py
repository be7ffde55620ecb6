"""The functions that read DynamoDB streams, by their event source mappings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.aws.ask import RetryPolicy, ask_pages
from reconciler.aws.form import Form

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# The mapping of a queue has another source, and a mapping of self-managed Kafka has none.
_MAPPING = {"UUID": str, "FunctionArn": str, "EventSourceArn?": str}
PAGE_TOKENS = ("Marker", "NextMarker")


class StreamConsumer(NamedTuple):
    """A function that reads a stream: its name, the ARN with version or alias that Lambda invokes, and what it reads.

    The event source mapping has this UUID and state. It reads this stream, which belongs to the table of this ARN.
    """

    function: str
    function_arn: str
    uuid: str
    table_arn: str
    stream_arn: str
    state: str


def list_stream_consumers(
    functions: "LambdaClient", retry_policy: RetryPolicy, function_name: str | None = None
) -> list[StreamConsumer]:
    """Return the stream consumers of the account and Region, or those that are one function, in Lambda's order."""
    return [
        StreamConsumer(name, arn, mapping["UUID"], table_of_stream(stream), stream, mapping.get("State", ""))
        for mapping in list_stream_mappings(functions, retry_policy, {"State?": str}, function_name)
        if (name := function_of(arn := mapping["FunctionArn"])) and (stream := mapping["EventSourceArn"])
    ]


def list_stream_mappings(
    functions: "LambdaClient", retry_policy: RetryPolicy, members: Form, function_name: str | None = None
) -> list[Mapping[str, Any]]:
    """Return the event source mappings of DynamoDB streams, of one function or of the whole account and Region.

    `members` is the form of the members that the caller needs besides UUID, FunctionArn and EventSourceArn.
    Raises AwsError and Stopped.
    """
    of_function = {"FunctionName": function_name} if function_name else {}
    form = {"EventSourceMappings": [{**_MAPPING, **members}]}
    pages = ask_pages(functions.list_event_source_mappings, form, retry_policy, PAGE_TOKENS, **of_function)
    mappings = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    # arn:<partition>:dynamodb:<region>:<account>:table/<name>/stream/<label>
    return [each for each in mappings if each.get("EventSourceArn", "").split(":")[2:3] == ["dynamodb"]]


def table_of_stream(stream_arn: str) -> str:
    """Return the ARN of a stream's table. A new stream of the same table has records of the same items."""
    return stream_arn.split("/stream/", maxsplit=1)[0]


def function_of(arn: str) -> str | None:
    """Return the name in a function's ARN (arn:<partition>:lambda:<region>:<account>:function:<name>), if it is one."""
    _, is_function, name = arn.partition(":function:")
    return name.split(":")[0] if is_function else None
