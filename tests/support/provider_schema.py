"""A proxy between Terraform and a running provider that leaves unused types out of the provider's schema.

The AWS provider describes some 1,500 resources, and each command of Terraform reads them all: two thirds of the work of
a plan. All other messages pass unchanged. `python -m support.provider_schema ADDRESS SOCKET [TYPE…]` runs until its
standard input ends.
Source: tfplugin5.proto and tfplugin6.proto of github.com/hashicorp/terraform, under its docs.
"""

import sys
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import grpc

# A whole schema has 5 MB, and gRPC accepts 4 by default.
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
# Some requests wait a minute for AWS, and several commands may each send ten at a time.
REQUESTS = 100
SCHEMA_METHODS = ("/tfplugin5.Provider/GetSchema", "/tfplugin6.Provider/GetProviderSchema")
# Fields of the schema: resource_schemas and data_source_schemas, maps of the type to its schema.
MAPS, KEY = (2, 3), 1
# Wire types of a field: a varint, or bytes with a length. A schema has no others.
NUMBER, BYTES = 0, 2


class SchemaProxy(grpc.GenericRpcHandler):  # type: ignore[misc]  # gRPC has no type information
    """Passes on the provider's own methods, but none of the plugin system, which Terraform does not need."""

    def __init__(self, channel: Any, types: Collection[str]) -> None:
        self._channel = channel
        self._types = types
        self._read_schema = cache(self._schema)

    def service(self, details: Any) -> Any:
        """Return the handler of a method."""
        method = details.method
        if not method.startswith("/tfplugin"):
            return None
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self._answer(self._method(method), request, context)
        )

    def _method(self, method: str) -> Callable[[bytes], bytes]:
        if method in SCHEMA_METHODS:
            return lambda request: self._read_schema(method, request)
        return self._channel.unary_unary(method)  # type: ignore[no-any-return]

    def _answer(self, send: Callable[[bytes], bytes], request: bytes, context: Any) -> bytes:
        try:
            return send(request)
        except grpc.RpcError as error:
            context.abort(error.code(), error.details())
            raise

    def _schema(self, method: str, request: bytes) -> bytes:
        return without_others(self._channel.unary_unary(method)(request), self._types)


def without_others(schema: bytes, types: Collection[str]) -> bytes:
    """Return the schema with only these types of resources and data sources."""
    wanted = [whole for number, whole, body in read_fields(schema) if number not in MAPS or read_key(body) in types]
    return b"".join(wanted)


def read_key(entry: bytes) -> str:
    """Return the key of an entry of a map."""
    return next(body.decode() for number, _, body in read_fields(entry) if number == KEY)


def read_fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the fields of a message: number, whole field, and content. Source: protobuf.dev, "Encoding"."""
    at = 0
    while at < len(message):
        begin = at
        tag, at = read_number(message, at)
        value, content = read_number(message, at)
        if tag & 7 not in (NUMBER, BYTES):
            raise ValueError(f"Field {tag >> 3} of a schema has the unexpected wire type {tag & 7}.")
        at = content + (value if tag & 7 == BYTES else 0)
        yield tag >> 3, message[begin:at], message[content:at]


def read_number(message: bytes, at: int) -> tuple[int, int]:
    """Return a varint, and the position after it."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def serve(address: str, socket: str, types: Collection[str]) -> None:
    """Serve the proxy of the provider's address on a socket, until standard input ends."""
    proxy = SchemaProxy(grpc.insecure_channel(f"unix:{address}", options=OPTIONS), types)
    server = grpc.server(ThreadPoolExecutor(REQUESTS), handlers=[proxy], options=OPTIONS)
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    print("listening", flush=True)  # noqa: T201 - the parent process waits for it
    sys.stdin.read()
    server.stop(grace=None).wait()


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], sys.argv[3:])
