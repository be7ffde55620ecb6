"""The proxy leaves only the used types in a provider's schema."""

import pytest
from support.provider import used_types
from support.provider_schema import without_others


def field(number: int, content: bytes) -> bytes:
    """Return a field of bytes. A length of 128 or more takes two bytes."""
    length = bytes([len(content)]) if len(content) < 128 else bytes([len(content) % 128 + 128, len(content) // 128])
    return bytes([number * 8 + 2]) + length + content


def entry(name: str, described: bytes = b"\x08\x01") -> bytes:
    """Return an entry of a map of schemas."""
    return field(1, name.encode()) + field(2, described)


def test_used_types_and_other_fields_stay() -> None:
    """Resources and data sources are filtered by name. Other fields stay, whatever is in them."""
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


def test_an_unknown_wire_type_is_an_error() -> None:
    """A field of a fixed length has one."""
    with pytest.raises(ValueError, match=r"Field 4 .* wire type 5"):
        without_others(b"\x25\x01\x02\x03\x04", set())


def test_types_of_all_configurations_are_used() -> None:
    """Modules, examples and tests count."""
    assert {"aws_lambda_event_source_mapping", "aws_kms_key", "aws_service_principal"} <= used_types()
