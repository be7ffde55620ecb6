"""Finds the images of a change that matches a filter pattern: a search that goes back where conditions contradict."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.event_filter.matching import passes
from reconciler.event_filter.pattern import OR, Place, at

from scavenger_ops.verify.attribute_values import MOST_LEVELS, SCALARS, Conditions, Found, find_value

# The longest value of an attribute that is in no key: far below the 400 KB of an item.
_MOST_BYTES = 100_000
# A pattern of 4,096 characters has some 300 conditions. Only contradictions between many branches need more steps.
_MOST_STEPS = 5_000
_ABSENT = {"exists": False}

# The image, then the names of an attribute and of those inside its map. The key's attributes are in "Keys" only.
Attribute = tuple[str, ...]


class Bounds(NamedTuple):
    """What a change can be, whatever the filter asks for.

    `record` has all but the images, and an empty object for each image that the stream has of such a change.
    `kinds` are the types that an attribute of the message may have, for those that are not free; `required` names those
    that the message must have. `most_bytes` is for attributes of keys, which may not be empty. `given` are fixed texts.
    `marker` makes values unique: it is hexadecimal.
    """

    record: Mapping[str, Any]
    key_names: Sequence[str]
    kinds: Mapping[str, Sequence[str]]
    required: Sequence[str]
    most_bytes: Mapping[str, int]
    given: Mapping[str, str]
    marker: str


class Images(NamedTuple):
    """Two items, with their values as in a stream's event, and which attributes of the message are unique."""

    message: Mapping[str, Any]
    before: Mapping[str, Any]
    unique: frozenset[str]


class NoneFoundError(Exception):
    """There are no more images that match. The text is the place of the condition at which most were given up."""


class _Wanted(NamedTuple):
    """What was decided so far: types, conditions and values by attribute, and types that an attribute may not have."""

    kinds: Mapping[Attribute, str]
    conditions: Mapping[Attribute, Conditions]
    values: Mapping[Attribute, Found]
    excluded: frozenset[tuple[Attribute, str]]


_Task = tuple[Place, Any]


def find_images(pattern: Mapping[str, Any], bounds: Bounds) -> Iterator[Images]:
    """Yield images with which a change matches the pattern. Raises NoneFoundError after the last ones."""
    fixed = [(("dynamodb", image, name), [text]) for name, text in bounds.given.items() for image in _in_items(bounds)]
    needs = sorted(bounds.required, key=lambda name: len(bounds.kinds.get(name, SCALARS)))
    few = [name for name in needs if len(bounds.kinds.get(name, SCALARS)) == 1]
    # Where a type is fixed, it is decided first; where it is free, last.
    tasks: list[_Task] = [
        *(((*place, "S"), conditions) for place, conditions in fixed),
        *((_required_place(name, bounds), None) for name in few),
        *(((name,), wanted) for name, wanted in pattern.items()),
        *((_required_place(name, bounds), None) for name in needs if name not in few),
    ]
    stack = [(tuple(tasks), _Wanted({}, {}, {}, frozenset()))]
    least_left, given_up = sys.maxsize, ""
    for _ in range(_MOST_STEPS):
        if not stack:
            break
        todo, wanted = stack.pop()
        if not todo:
            yield _images(wanted, bounds)
            continue
        (place, part), *rest = todo
        found = list(_next(place, part, wanted, bounds))
        if not found and len(rest) < least_left:
            least_left, given_up = len(rest), at(place)
        stack += [((*more, *rest), left) for more, left in reversed(found)]
    raise NoneFoundError(given_up)


def _in_items(bounds: Bounds) -> list[str]:
    return [image for image in ("NewImage", "OldImage") if image in bounds.record["dynamodb"]]


def _required_place(name: str, bounds: Bounds) -> Place:
    return ("dynamodb", "Keys" if name in bounds.key_names else "NewImage", name)


def _next(
    place: Place,
    part: Any,  # noqa: ANN401 - a part of a pattern
    wanted: _Wanted,
    bounds: Bounds,
) -> Iterator[tuple[Sequence[_Task], _Wanted]]:
    """Yield each way to fulfil a part of a pattern: what is left to do, and what was decided."""
    if part is None:
        for kind in bounds.kinds.get(place[-1], SCALARS):
            if after := _present(_attribute(place, bounds), kind, (), wanted, bounds):
                yield (), after
    elif isinstance(part, Mapping):
        yield [((*place, name), each) for name, each in part.items()], wanted
    elif place[-1] == OR:
        for branch in part:
            yield [((*place[:-1], name), each) for name, each in branch.items()], wanted
    else:
        yield from (((), each) for each in _fulfil(place, part, wanted, bounds))


def _fulfil(place: Place, conditions: Sequence[Any], wanted: _Wanted, bounds: Bounds) -> Iterator[_Wanted]:
    """Yield each way to fulfil the conditions of a field: without it, or with a value."""
    if not _is_value(place, bounds):
        if _is_met_without_values(place, conditions, bounds):
            yield wanted
        return
    attribute, kind = _attribute(place[:-1], bounds), place[-1]
    if _ABSENT in conditions and wanted.kinds.get(attribute) != kind:
        yield wanted._replace(excluded=wanted.excluded | {(attribute, kind)})
    if after := _present(attribute, kind, (conditions,), wanted, bounds):
        yield after


def _is_met_without_values(place: Place, conditions: Sequence[Any], bounds: Bounds) -> bool:
    """Return whether a field that is no value of an image meets the conditions: it is the same for each change."""
    if place[:2] in _images_of(bounds):
        return _ABSENT in conditions
    return passes([_nest(place, conditions)], bounds.record)


def _images_of(bounds: Bounds) -> list[Place]:
    return [("dynamodb", image) for image in ("Keys", "NewImage", "OldImage") if image in bounds.record["dynamodb"]]


def _is_value(place: Place, bounds: Bounds) -> bool:
    """Return whether a place is a scalar value of an attribute: dynamodb.<image>.<name>.<type>, inside maps too."""
    names, kinds = place[2::2], place[3::2]
    return (
        place[:2] in _images_of(bounds)
        and len(names) == len(kinds) > 0
        and all(kind == "M" for kind in kinds[:-1])
        and kinds[-1] in SCALARS
        and (place[1] != "Keys" or (len(names) == 1 and names[0] in bounds.key_names))
    )


def _attribute(place: Place, bounds: Bounds) -> Attribute:
    names = place[2::2]
    return ("Keys", names[0]) if names[0] in bounds.key_names else (place[1], *names)


def _present(
    attribute: Attribute, kind: str, conditions: Conditions, wanted: _Wanted, bounds: Bounds
) -> _Wanted | None:
    """Return what is wanted with a value of this type that meets the conditions; None if it contradicts the rest."""
    if len(attribute) - 1 > MOST_LEVELS:
        return None
    name, kinds = attribute[1], dict(wanted.kinds)
    inner = [attribute[:length] for length in range(2, len(attribute))]
    for each, its_kind in (*((outer, "M") for outer in inner), (attribute, kind)):
        if kinds.setdefault(each, its_kind) != its_kind or (each, its_kind) in wanted.excluded:
            return None
    if kinds[attribute[:2]] not in bounds.kinds.get(name, (*SCALARS, "M")):
        return None
    all_conditions = (*wanted.conditions.get(attribute, ()), *conditions)
    is_key = len(attribute) == 2 and name in bounds.most_bytes  # noqa: PLR2004 - not inside a map
    most_bytes = bounds.most_bytes[name] if is_key else _MOST_BYTES
    value = find_value(kind, all_conditions, bounds.marker, most_bytes, is_key=is_key)
    if value is None:
        return None
    return wanted._replace(
        kinds=kinds,
        conditions={**wanted.conditions, attribute: all_conditions},
        values={**wanted.values, attribute: value},
    )


def _images(wanted: _Wanted, bounds: Bounds) -> Images:
    items: dict[str, dict[str, Any]] = {"Keys": {}, "NewImage": {}, "OldImage": {}}
    for (image, *names), value in wanted.values.items():
        fields = items[image]
        for name in names[:-1]:
            fields = fields.setdefault(name, {"M": {}})["M"]
        fields[names[-1]] = {wanted.kinds[image, *names]: value.content}
    keys = items["Keys"]
    unique = frozenset(
        attribute[1]
        for attribute, value in wanted.values.items()
        if value.is_unique and len(attribute) == 2 and attribute[0] != "OldImage"  # noqa: PLR2004 - not inside a map
    )
    given = {name: {"S": text} for name, text in bounds.given.items() if name not in keys}
    return Images({**given, **items["NewImage"], **keys}, {**given, **items["OldImage"], **keys}, unique)


def _nest(place: Place, conditions: Sequence[Any]) -> Mapping[str, Any]:
    pattern: Any = conditions
    for name in reversed(place):
        pattern = {name: pattern}
    return pattern  # type: ignore[no-any-return]  # a place has at least one name
