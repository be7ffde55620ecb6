"""The form of an answer that a command relies on.

A form is a type; a value that it has to be; a list of the one form that each part has; or a dict of forms by name,
where "name?" may be missing. What an answer has beyond its form does not matter.
"""

from collections.abc import Mapping
from typing import Any

Form = Any
NUMBER = (int, float)


def find_flaw(answer: object, form: Form, place: str = "") -> str | None:
    """Return in which place an answer has not its form, in words; None if it has."""
    if isinstance(form, Mapping):
        return _find_flaw_of_members(answer, form, place)
    if isinstance(form, list):
        if not isinstance(answer, list):
            return f"{place} is no list"
        flaws = (find_flaw(part, form[0], f"{place}[{index}]") for index, part in enumerate(answer))
        return next((flaw for flaw in flaws if flaw), None)
    if isinstance(form, (type, tuple)):
        # To Python, True is an int.
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
