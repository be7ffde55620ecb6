"""Keeps and returns what MiniStack forgets of an event source mapping.

MiniStack forgets the metrics that a mapping writes. It returns no failure destination of a mapping that has none, where
Lambda returns an empty one for a stream.
Source: API_EventSourceMappingConfiguration.html; for the destination, the recordings of AWS in LocalStack's
test_lambda_integration_dynamodbstreams.snapshot.json.
"""

import json
from typing import Any

from ministack.core.responses import json_response
from ministack.services import lambda_svc

CREATE = lambda_svc._create_esm  # noqa: SLF001 - there is no public function
UPDATE = lambda_svc._update_esm  # noqa: SLF001 - likewise
DESCRIBE = lambda_svc._esm_response  # noqa: SLF001 - likewise
FORGOTTEN = ("KMSKeyArn", "MetricsConfig")

# An answer: status, headers, body.
Answer = tuple[int, dict[str, str], bytes]


def install() -> None:
    """Let MiniStack use the functions of this module."""
    lambda_svc._create_esm = create  # noqa: SLF001 - there is no other
    lambda_svc._update_esm = update  # noqa: SLF001 - likewise
    lambda_svc._esm_response = describe  # noqa: SLF001 - likewise


def create(sent: dict[str, Any]) -> Answer:
    """Create a mapping, and keep all that was sent."""
    return _keep(sent, CREATE(sent))


def update(uuid: str, sent: dict[str, Any]) -> Answer:
    """Update a mapping, and keep all that was sent."""
    return _keep(sent, UPDATE(uuid, sent))


def _keep(sent: dict[str, Any], answer: Answer) -> Answer:
    status, _, body = answer
    mapping = lambda_svc._esms.get(json.loads(body).get("UUID"))  # noqa: SLF001 - there is no other
    if mapping is None:
        return answer
    mapping |= {name: sent[name] for name in FORGOTTEN if name in sent}
    kept: Answer = json_response(lambda_svc._esm_response(mapping), status)  # noqa: SLF001 - there is no other
    return kept


def describe(mapping: dict[str, Any]) -> dict[str, Any]:
    """Return the answer about a mapping. That of a stream without a failure destination has an empty one."""
    default: dict[str, Any] = (
        {"DestinationConfig": {"OnFailure": {}}} if ":dynamodb:" in mapping.get("EventSourceArn", "") else {}
    )
    return {**default, **DESCRIBE(mapping)}
