"""Filters the records of a stream on the local AWS as AWS does.

MiniStack does not know `$or`, `equals-ignore-case` and some forms of the other conditions: it drops, or passes, records
that AWS does not.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ministack.services import lambda_svc
from reconciler.event_filter.matching import passes
from reconciler.event_filter.pattern import FilterPatternError, check


def wanted_records(records: Sequence[dict[str, Any]], mapping: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the records that match the mapping's filter. MiniStack decides if it is not known what AWS does."""
    filters = (mapping.get("FilterCriteria") or {}).get("Filters") or []
    patterns = [json.loads(each["Pattern"]) for each in filters]
    try:
        for pattern in patterns:
            check(pattern)
    except FilterPatternError:
        found: list[dict[str, Any]] = lambda_svc._apply_filter_criteria(list(records), dict(mapping))  # noqa: SLF001
        return found
    return [record for record in records if passes(patterns, record)]
