"""Checks that a response has the form that a command relies on.

A form is one of: a type; a value that must be equal; a list with the one form of all its elements; a dict of forms by
name, where "name?" is optional. A response may have more than its form says.
"""

from collections.abc import Mapping
from typing import Any

Form = Any
NUMBER = (int, float)


def find_flaw(answer: object, form: Form, place: str = "") -> str | None:
    """Return in words where a response differs from its form; None if it does not differ."""
    if isinstance(form, Mapping):
        return _find_flaw_of_members(answer, form, place)
    if isinstance(form, list):
        if not isinstance(answer, list):
            return f"{place} is not a list"
        flaws = (find_flaw(part, form[0], f"{place}[{index}]") for index, part in enumerate(answer))
        return next((flaw for flaw in flaws if flaw), None)
    if isinstance(form, (type, tuple)):
        # In Python, True is an int.
        is_right = isinstance(answer, form) and (form is bool or not isinstance(answer, bool))
        return None if is_right else f"{place} has another type than AWS documents"
    return None if answer == form else f"{place} is not {form}"


def _find_flaw_of_members(answer: object, form: Mapping[str, Form], place: str) -> str | None:
    if not isinstance(answer, Mapping):
        return f"{place or 'it'} has no members"
    for told, part in form.items():
        name = told.removesuffix("?")
        inner = f"{place}.{name}" if place else name
        if name not in answer:
            if told == name:
                return f"it has no {inner}"
        elif flaw := find_flaw(answer[name], part, inner):
            return flaw
    return None
