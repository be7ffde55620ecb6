"""What all probes share: how they record an answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scavenger_ops.toolchain import ROOT

from aws.account import Aws
from aws.probes.question import AwsQuestion, keep

ANSWERS = ROOT / "tests" / "aws" / "answers"
Record = Callable[[AwsQuestion, Any], None]


@pytest.fixture
def record(aws: Aws, tmp_path: Path, record_property: Callable[[str, object], None]) -> Record:
    """Return a function that keeps an answer, and lets the end of the run show it. Only AWS's answers stay."""
    folder = tmp_path if aws.is_local else ANSWERS

    def record_answer(question: AwsQuestion, answer: Any) -> None:
        record_property(question.id, keep(question, answer, aws, folder))

    return record_answer
