"""The functions that read streams of DynamoDB's."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class Reader(NamedTuple):
    """A function that reads a stream: its name, its event source mapping's UUID, and the ARN of the stream's table."""

    function: str
    uuid: str
    table_arn: str


def list_readers(functions: "LambdaClient") -> list[Reader]:
    """Give all readers of the account and Region, in the order in which Lambda lists their mappings."""
    pages = functions.get_paginator("list_event_source_mappings").paginate()
    mappings = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    return [
        Reader(name, mapping["UUID"], table_of_stream(mapping["EventSourceArn"]))
        for mapping in mappings
        if ":dynamodb:" in mapping.get("EventSourceArn", "") and (name := function_of(mapping["FunctionArn"]))
    ]


def table_of_stream(stream_arn: str) -> str:
    """Give the ARN of a stream's table. A table that is given another stream has the same records to tell of."""
    return stream_arn.split("/stream/", maxsplit=1)[0]


def function_of(arn: str) -> str | None:
    """Give the name in a function's ARN, arn:<partition>:lambda:<region>:<account>:function:<name>, if it is one."""
    _, is_function, name = arn.partition(":function:")
    return name.split(":")[0] if is_function else None
