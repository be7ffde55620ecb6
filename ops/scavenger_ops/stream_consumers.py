"""Lists the functions that read DynamoDB streams."""

from typing import TYPE_CHECKING, NamedTuple

from scavenger_ops.aws.ask import RetryPolicy, ask_pages

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# A mapping of a queue has another source, and one of Kafka has none.
MAPPINGS = {"EventSourceMappings": [{"UUID": str, "FunctionArn": str, "EventSourceArn?": str, "State?": str}]}
PAGE_TOKENS = ("Marker", "NextMarker")


class StreamConsumer(NamedTuple):
    """A function that reads a stream: its name, and the ARN that is invoked, with version or alias.

    `uuid` and `state` are the event source mapping's; `stream_arn` is the stream that it reads, `table_arn` its table.
    """

    function: str
    function_arn: str
    uuid: str
    table_arn: str
    stream_arn: str
    state: str


def list_stream_consumers(functions: "LambdaClient", retry_policy: RetryPolicy) -> list[StreamConsumer]:
    """Return all stream consumers of the account and Region, in the order in which Lambda lists their mappings."""
    pages = ask_pages(functions.list_event_source_mappings, MAPPINGS, retry_policy, PAGE_TOKENS)
    mappings = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    return [
        StreamConsumer(name, arn, mapping["UUID"], table_of_stream(stream), stream, mapping.get("State", ""))
        for mapping in mappings
        if ":dynamodb:" in (stream := mapping.get("EventSourceArn", ""))
        and (name := function_of(arn := mapping["FunctionArn"]))
    ]


def table_of_stream(stream_arn: str) -> str:
    """Return the ARN of a stream's table. A table keeps its ARN when it gets another stream."""
    return stream_arn.split("/stream/", maxsplit=1)[0]


def function_of(arn: str) -> str | None:
    """Return the name in a function's ARN (arn:<partition>:lambda:<region>:<account>:function:<name>), or None."""
    _, is_function, name = arn.partition(":function:")
    return name.split(":")[0] if is_function else None
