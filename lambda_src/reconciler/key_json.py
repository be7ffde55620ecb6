"""Keys of a table in JSON: the bytes of a binary key are in Base64."""

import base64
from collections.abc import Mapping
from typing import Any


def read_key(key: Mapping[str, Any], key_types: Mapping[str, str]) -> dict[str, Any]:
    """Return a key of the table. Raises ValueError for any other: a scan from it would miss rows."""
    if key.keys() != key_types.keys():
        raise ValueError("its keys are not those of the table")
    return {name: _read_value(key[name], kind) for name, kind in key_types.items()}


def _read_value(value: object, kind: str) -> dict[str, str | bytes]:
    if not isinstance(value, dict) or value.keys() != {kind} or not isinstance(value[kind], str) or not value[kind]:
        raise ValueError("its keys are not those of the table")
    content: str = value[kind]
    return {kind: base64.b64decode(content, validate=True) if kind == "B" else content}


def encode(value: bytes) -> str:
    """Encode the bytes of a binary key for JSON."""
    return base64.b64encode(value).decode()
