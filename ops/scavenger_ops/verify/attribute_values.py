"""Finds a value of an attribute that meets conditions of an event filter, and is unique if they allow that."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from itertools import chain, islice, product
from typing import Any, NamedTuple

from reconciler.event_filter.matching import passes
from reconciler.event_filter.pattern import forms

# Of a value in an item, itself included: DynamoDB accepts a text in 31 maps, and refuses it in 32. Sources:
# Constraints.html; https://github.com/nubo-db/dynoxide/issues/110 (tried on AWS).
MOST_LEVELS = 32
# The types of a value that a filter can compare.
SCALARS = ("S", "N", "B", "BOOL", "NULL")
# So many of the marker's 32 digits make a value unique.
_UNIQUE_CHARACTERS = 12
# Source: HowItWorks.NamingRulesDataTypes.html.
_MOST_DIGITS = 38
# Texts that differ in case only: more than a filter of 4,096 characters has other conditions to exclude them.
_MOST_SPELLINGS = 1024
# DynamoDB's own form of a number: no leading zeros, and none after a fraction.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")

# The lists of conditions of a pattern for one field. A value must meet one condition of each list.
Conditions = Sequence[Sequence[Any]]


class Found(NamedTuple):
    """The content of an attribute, as in a stream's event: B is Base64."""

    content: str | bool
    is_unique: bool


def find_value(kind: str, conditions: Conditions, marker: str, most_bytes: int, *, is_key: bool) -> Found | None:
    """Return a value of this type that meets the conditions, or None if none was found.

    It has `most_bytes` at most. `is_key`: it may not be empty, and should be unique. `marker` is hexadecimal.
    """
    if kind in ("BOOL", "NULL"):
        truths = (truth for truth in (True, False) if truth or kind == "BOOL")
        return next((Found(truth, is_unique=False) for truth in truths if _meets(truth, conditions)), None)
    unique, named = _unique_candidates(kind, conditions, marker), _named_candidates(conditions)
    for content in chain(unique, named) if is_key else chain(named, unique):
        if (
            _is_stored_so(kind, content)
            and int(is_key) <= _size(kind, content) <= most_bytes
            and _meets(content, conditions)
        ):
            return Found(content, is_unique(kind, content, marker))
    return None


def _meets(content: object, conditions: Conditions) -> bool:
    return all(passes([{"x": each}], {"x": content}) for each in conditions)


def _unique_candidates(kind: str, conditions: Conditions, marker: str) -> Iterator[str]:
    """Yield texts with the beginnings and ends that the conditions name, the most unique ones first."""
    prefixes, suffixes = _texts(conditions, "prefix"), _texts(conditions, "suffix")
    for middle in _middles(kind, marker):
        for prefix, suffix in product(prefixes, suffixes):
            yield prefix + middle + suffix
    # The end of a prefix may be the beginning of a suffix.
    for prefix, suffix in product(prefixes, suffixes):
        shared = range(1, min(len(prefix), len(suffix)) + 1)
        yield from (prefix + suffix[length:] for length in shared if prefix.endswith(suffix[:length]))


def _named_candidates(conditions: Conditions) -> Iterator[str]:
    """Yield the texts that the conditions name, in each case that equals-ignore-case allows."""
    prefixes, suffixes = _texts(conditions, "prefix"), _texts(conditions, "suffix")
    for each in (condition for one in conditions for condition in one):
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict) and "equals-ignore-case" in each:
            for prefix, suffix in product(prefixes, suffixes):
                yield from islice(_spellings(each["equals-ignore-case"], prefix, suffix), _MOST_SPELLINGS)


def _texts(conditions: Conditions, name: str) -> list[str]:
    """Return the texts of all conditions of this name, the longest first, and the empty one."""
    found = {each[name] for one in conditions for each in one if isinstance(each, dict) and name in each}
    return sorted({*found, ""}, key=lambda text: (-len(text), text))


def _middles(kind: str, marker: str) -> Iterator[str]:
    """Yield texts to put between a prefix and a suffix, the most unique ones first."""
    if kind == "S":
        yield from (f"scavenger-verify-{marker}", marker, marker[:_UNIQUE_CHARACTERS], "x", "")
    elif kind == "N":
        digits = _digits(marker)
        # What the conditions name has some of the 38 digits, too.
        for length in (len(digits), 30, 24, 18, _UNIQUE_CHARACTERS, 6, 3, 2, 1, 0):
            yield from (digits[:length], f"0.{digits[:length]}", f"1.{digits[:length]}", f".{digits[:length]}")
            yield from (f"{digits[:length]}.1", f"{digits[:length]}0.", f"{digits[:length]}.")
    else:
        text = _base64_text(marker)
        # Base64 comes in groups of four, and what is before the padding has zeros at its end.
        for length in [*range(len(text), len(text) - 4, -1), *range(7, -1, -1)]:
            yield from (text[:length] + end for end in ("", "A", "A=", "A==", "=", "=="))


def _digits(marker: str) -> str:
    # The first digit is not 0, and a number that begins or ends with the others is in DynamoDB's form, too.
    return f"1{int(marker, 16)}1"[: _MOST_DIGITS - 2]


def _base64_text(marker: str) -> str:
    return base64.b64encode(b"scavenger-verify-" + marker.encode()).decode().rstrip("=")


def _spellings(text: str, prefix: str, suffix: str) -> Iterator[str]:
    """Yield texts that equal this one but for case, and begin and end so."""
    allowed = [sorted({character, *forms(character)}, key=len) for character in text]
    if all(len(form) == 1 for each in allowed for form in each):
        # Only then is it known which character is at which place.
        for place, wanted in [*enumerate(prefix), *((len(text) - len(suffix) + i, c) for i, c in enumerate(suffix))]:
            if 0 <= place < len(text):
                allowed[place] = [form for form in allowed[place] if form == wanted]
    return ("".join(each) for each in product(*allowed))


def _is_stored_so(kind: str, content: str) -> bool:
    """Return whether DynamoDB stores the value and returns it in the same form."""
    if kind == "S":
        return True
    if kind == "B":
        try:
            return base64.b64encode(base64.b64decode(content, validate=True)).decode() == content
        except (binascii.Error, ValueError):
            return False
    try:
        digits = len(Decimal(content).as_tuple().digits)
    except InvalidOperation:
        return False
    # More digits than these, with zeros at one end, are valid too; there is no need for them.
    return _NUMBER.fullmatch(content) is not None and content != "-0" and digits <= _MOST_DIGITS


def _size(kind: str, content: str) -> int:
    return len(base64.b64decode(content)) if kind == "B" else len(content.encode())


def is_unique(kind: str, content: str, marker: str) -> bool:
    """Return whether the content of an attribute, as in a stream's event, is one of the run with that marker."""
    if kind == "B":
        # The text is at any of the three places of a byte in Base64; what identifies the run is after its beginning.
        return len(content) > _UNIQUE_CHARACTERS and _base64_text(marker)[24 : 24 + _UNIQUE_CHARACTERS] in content
    part = _digits(marker) if kind == "N" else marker
    return part[:_UNIQUE_CHARACTERS] in content
