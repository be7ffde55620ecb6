"""Reduces a filter pattern to what it asks of the message: what else a record has is the same for each change.

A record has the message in Keys and NewImage. What it was before the change, OldImage, no table keeps.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from reconciler.event_filter.matching import passes
from reconciler.event_filter.pattern import OR, Place

Pattern = Mapping[str, Any]

_KEYS: Place = ("dynamodb", "Keys")
_NEW_IMAGE: Place = ("dynamodb", "NewImage")
_OLD_IMAGE: Place = ("dynamodb", "OldImage")
# What a record has for a part of a pattern: True or False; None if it is not known.
_Decide = Callable[[Place, Any], bool | None]


def asked_of_change(pattern: Pattern, record: Mapping[str, Any], *, has_old_image: bool) -> Pattern | None:
    """Return what a pattern asks of the images of a change, whose record is `record` without any image.

    Without anything left, it is {}, which every change passes. It is None if none passes. `has_old_image`: the record
    has an old image, of which nothing is known.
    """
    images = {_KEYS, _NEW_IMAGE, *([_OLD_IMAGE] if has_old_image else [])}

    def decide(place: Place, wanted: Any) -> bool | None:  # noqa: ANN401 - a part of a pattern
        if place in images or isinstance(wanted, Mapping):
            return None
        return passes([{place[-1]: wanted}], _at(record, place[:-1]))

    return _reduce(pattern, decide, images)


def without_old_image(pattern: Pattern) -> Pattern:
    """Return a pattern without its conditions on the old image: every old image passes them."""
    return _assume(pattern, {_OLD_IMAGE})


def asks_for_state(pattern: Pattern, key_names: Collection[str]) -> bool:
    """Return whether a pattern asks for more than a key, which is the same before and after a change.

    The key attributes, `key_names`, are in the new image too.
    """
    return bool(_assume(pattern, {_KEYS, *((*_NEW_IMAGE, name) for name in key_names)}))


def asked_of_old_image_only(pattern: Pattern, known: Collection[str] = (), place: Place = ()) -> set[str]:
    """Return the attributes that a pattern, or a branch of it, compares in the old image and not in the new one.

    Without the conditions on the old image, they may be anything. `known` are compared in the new image anyway.
    """
    places, branches = list[Place](), list[tuple[Place, Pattern]]()
    _walk(pattern, place, places, branches)
    old, new = ({each[2] for each in places if each[:2] == image and each[2:]} for image in (_OLD_IMAGE, _NEW_IMAGE))
    known = {*known, *new}
    return (old - known).union(*(asked_of_old_image_only(branch, known, at) for at, branch in branches))


def _walk(pattern: Pattern, place: Place, places: list[Place], branches: list[tuple[Place, Pattern]]) -> None:
    """Add the places of a pattern's conditions, and the branches of each $or with their place."""
    for name, wanted in pattern.items():
        if name == OR:
            branches += [(place, branch) for branch in wanted]
        elif isinstance(wanted, Mapping):
            _walk(wanted, (*place, name), places, branches)
        else:
            places.append((*place, name))


def _assume(pattern: Pattern, places: set[Place]) -> Pattern:
    """Return a pattern without its conditions on these places, as if they were true."""
    return _reduce(pattern, lambda place, _: True if place in places else None, kept=set()) or {}


def _reduce(pattern: Pattern, decide: _Decide, kept: set[Place], place: Place = ()) -> Pattern | None:
    """Return the parts of a pattern that are not decided; None if one of the others is false."""
    left: dict[str, Any] = {}
    for name, wanted in pattern.items():
        here = (*place, name)
        if name == OR:
            part = _any_of([_reduce(branch, decide, kept, place) for branch in wanted])
        elif (decided := decide(here, wanted)) is not None:
            part = {} if decided else None
        elif isinstance(wanted, Mapping) and here not in kept:
            part = _reduce(wanted, decide, kept, here)
        else:
            part = wanted
        if part is None:
            return None
        if part:
            left[name] = part
    return left


def _any_of(branches: Sequence[Pattern | None]) -> Any:  # noqa: ANN401 - a part of a pattern
    """Return the branches of $or that are left; nothing if one of them is true, and None if all are false."""
    possible = [branch for branch in branches if branch is not None]
    if not possible:
        return None
    return [] if {} in possible else possible


def _at(record: Mapping[str, Any], place: Place) -> Mapping[str, Any]:
    """Return the fields that a record has at a place, if any."""
    fields: Any = record
    for name in place:
        fields = fields.get(name, {}) if isinstance(fields, Mapping) else {}
    return fields if isinstance(fields, Mapping) else {}
