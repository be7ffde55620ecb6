"""The functions that read streams of DynamoDB's."""

from typing import TYPE_CHECKING, NamedTuple

from scavenger_ops.aws.ask import RetryPolicy, ask_pages

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# Of a queue's mapping, for one, the source is another; of Kafka's, there is none.
MAPPINGS = {"EventSourceMappings": [{"UUID": str, "FunctionArn": str, "EventSourceArn?": str, "State?": str}]}
PAGE_TOKENS = ("Marker", "NextMarker")


class StreamConsumer(NamedTuple):
    """A function that reads a stream: its name, the ARN with version or alias that is invoked, and what it reads.

    That is by an event source mapping of this UUID and state, from this stream, which is one of the table of this ARN.
    """

    function: str
    function_arn: str
    uuid: str
    table_arn: str
    stream_arn: str
    state: str


def list_stream_consumers(functions: "LambdaClient", retry_policy: RetryPolicy) -> list[StreamConsumer]:
    """Return all readers of the account and Region, in the order in which Lambda lists their mappings."""
    pages = ask_pages(functions.list_event_source_mappings, MAPPINGS, retry_policy, PAGE_TOKENS)
    mappings = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    return [
        StreamConsumer(name, arn, mapping["UUID"], table_of_stream(stream), stream, mapping.get("State", ""))
        for mapping in mappings
        if ":dynamodb:" in (stream := mapping.get("EventSourceArn", ""))
        and (name := function_of(arn := mapping["FunctionArn"]))
    ]


def table_of_stream(stream_arn: str) -> str:
    """Give the ARN of a stream's table. A table that is given another stream has the same records to tell of."""
    return stream_arn.split("/stream/", maxsplit=1)[0]


def function_of(arn: str) -> str | None:
    """Give the name in a function's ARN, arn:<partition>:lambda:<region>:<account>:function:<name>, if it is one."""
    _, is_function, name = arn.partition(":function:")
    return name.split(":")[0] if is_function else None
