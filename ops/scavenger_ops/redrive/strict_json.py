"""Parses JSON strictly: Python would also accept NaN and Infinity, which Lambda would reject."""

import json
from typing import Any, NoReturn


def read_json(text: bytes | str) -> Any:  # noqa: ANN401 - JSON
    """Return the value of a JSON text. Raises ValueError, and RecursionError if it is nested too deeply."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
