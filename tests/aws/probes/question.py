"""Questions to AWS, and how their answers are kept beside the assumptions."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from aws.account import Aws

# Of an account, or of a run. Nobody needs to know them, and they would differ each time. Request IDs of DynamoDB and
# access keys have capitals and digits.
_PRIVATE = re.compile(r"arn:aws|[0-9]{12}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-|\b[A-Z0-9]{16,}\b|scavenger-test-")


# Begins the words about an answer that differs. The end of the run looks for it.
NOT_AS_ASSUMED = "NOT AS ASSUMED"


class AwsQuestion(NamedTuple):
    """A question, the answer that is assumed, and where that would have to change.

    `assumed` is a JSON value; None if the project does not depend on the answer. `place` is the decision or the file
    that has the assumption. `otherwise` is what to do if the answer differs.
    """

    id: str
    text: str
    place: str
    assumed: Any
    otherwise: str


class PrivateAnswerError(ValueError):
    """An answer has something of the account or of the run. Let the probe leave it out."""


def keep(question: AwsQuestion, answer: Any, aws: Aws, folder: Path) -> str:
    """Write the answer into the folder, and return in words how it compares with the assumption.

    Raises PrivateAnswerError.
    """
    agrees = None if question.assumed is None else answer == question.assumed
    facts = {
        "question": question.text,
        "assumed": question.assumed,
        "answer": answer,
        "agrees": agrees,
        "asked_on": f"{datetime.now(UTC):%Y-%m-%d}",
        "region": aws.region,
    }
    text = json.dumps(facts, indent=2, ensure_ascii=False)
    if found := _PRIVATE.search(text):
        raise PrivateAnswerError(f"The answer to {question.id} has {found[0]!r}, which is of the account or the run.")
    (folder / f"{question.id}.json").write_text(f"{text}\n")
    if agrees is None:
        return f"{json.dumps(answer)} (nothing is assumed)"
    if agrees:
        return "as assumed"
    return (
        f"{NOT_AS_ASSUMED}: {json.dumps(answer)} instead of {json.dumps(question.assumed)}. "
        f"{question.otherwise} (assumed in {question.place})"
    )
