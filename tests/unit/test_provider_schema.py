"""What is left of a provider's schema."""

import pytest
from support.provider import used_types
from support.provider_schema import without_others


def field(number: int, content: bytes) -> bytes:
    """Write a field of bytes; a length of 128 or more takes two."""
    length = bytes([len(content)]) if len(content) < 128 else bytes([len(content) % 128 + 128, len(content) // 128])
    return bytes([number * 8 + 2]) + length + content


def entry(name: str, described: bytes = b"\x08\x01") -> bytes:
    """Write an entry of a map of schemas."""
    return field(1, name.encode()) + field(2, described)


def test_what_is_used_and_what_is_no_type_is_left() -> None:
    """Resources and data sources have the same names; of the rest, nothing is taken away, whatever is in it."""
    kept = [
        field(1, b"\x08\x00"),
        field(2, entry("aws_s3_bucket", b"\x08\x01" * 200)),
        field(3, entry("aws_s3_bucket")),
        field(6, b"\x08\x01"),
        field(7, entry("arn_parse")),
        b"\x48\x96\x01",
    ]
    others = [field(2, entry("aws_vpc")), field(3, entry("aws_ami", b"\x08\x01" * 200))]
    schema = b"".join([kept[0], others[0], *kept[1:3], others[1], *kept[3:]])
    assert without_others(schema, {"aws_s3_bucket"}) == b"".join(kept)


def test_what_is_no_schema_is_refused() -> None:
    """A field of a fixed length, for one."""
    with pytest.raises(ValueError, match=r"Field 4 .* wire type 5"):
        without_others(b"\x25\x01\x02\x03\x04", set())


def test_types_of_all_configurations_are_used() -> None:
    """Of modules, examples and tests."""
    assert {"aws_lambda_event_source_mapping", "aws_kms_key", "aws_service_principal"} <= used_types()
