"""The questions that `make test-aws` asks AWS, and how their answers are kept."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import boto3
import pytest
from aws.account import Aws
from aws.probes.conftest import ANSWERS
from aws.probes.question import AwsQuestion, PrivateAnswerError, keep
from aws.probes.test_deletes import Table, code
from aws.probes.test_mapping import PATTERNS, form_of, form_of_key
from reconciler.event_filter.pattern import check
from scavenger_ops.toolchain import ROOT
from support.aws_questions import all_questions
from support.dynamodb import http_dynamodb

PAGE = (ROOT / "tests/aws/questions.md").read_text()
QUESTIONS = sorted(all_questions())
AWS = Aws({}, "eu-west-1", "123456789012", "", is_local=False, run_id="abc123", client=lambda _: None)
QUESTION = AwsQuestion("color", "Which color?", "docs/README.md", "red", "Paint it.")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_a_question_is_on_the_page_with_the_place_of_its_assumption(question: AwsQuestion) -> None:
    """The page has one row for it, with the same words."""
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{question.id}` |"))
    assert f"| {question.text} |" in row
    assumed = "nothing" if question.assumed is None else json.dumps(question.assumed)
    assert f"| `{assumed}` |" in row or (isinstance(question.assumed, dict) and "| see the probe |" in row)
    assert f"(../../{question.place})" in row
    assert (ROOT / question.place).is_file()


def test_each_question_has_an_answer_of_its_own() -> None:
    """Two with one ID would overwrite each other's."""
    assert len(QUESTIONS) > 20, "no questions were found"
    assert [name for name, count in Counter(question.id for question in QUESTIONS).items() if count > 1] == []


def test_an_answer_that_is_kept_has_its_date_and_region(tmp_path: Path) -> None:
    """It is beside the assumption."""
    assert keep(QUESTION, "red", AWS, tmp_path) == "as assumed"
    facts = json.loads((tmp_path / "color.json").read_text())
    assert facts.pop("asked_on")
    assert facts == {
        "question": "Which color?",
        "assumed": "red",
        "answer": "red",
        "agrees": True,
        "region": "eu-west-1",
    }


def test_an_answer_that_differs_says_what_to_do(tmp_path: Path) -> None:
    """And where the assumption is."""
    text = keep(QUESTION, "blue", AWS, tmp_path)
    assert text == 'NOT AS ASSUMED: "blue" instead of "red". Paint it. (assumed in docs/README.md)'
    assert json.loads((tmp_path / "color.json").read_text())["agrees"] is False


def test_an_answer_without_an_assumption_neither_agrees_nor_differs(tmp_path: Path) -> None:
    """The project does not depend on it."""
    assert keep(QUESTION._replace(assumed=None), 3, AWS, tmp_path) == "3 (nothing is assumed)"
    assert json.loads((tmp_path / "color.json").read_text())["agrees"] is None


@pytest.mark.parametrize(
    "answer",
    [
        {"stream": "arn:aws:dynamodb:eu-west-1:1:table/x"},
        ["account 123456789012"],
        "0a1b2c3d-0000-4000-8000-000000000000",
        "request 4K2PBRT0IFF2PRUFVKQQNBQ7JNVV4KQNSO5AEMVJF66Q9ASUAAJG",
        "key ASIA0000000000000000",
        {"scavenger-test-abc123-tb": 1},
    ],
)
def test_an_answer_with_something_of_the_account_is_refused(answer: Any, tmp_path: Path) -> None:
    """Answers are committed."""
    with pytest.raises(PrivateAnswerError, match="color"):
        keep(QUESTION, answer, AWS, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", sorted(ANSWERS.glob("*.json")), ids=lambda file: file.stem)
def test_an_answer_in_the_repository_is_one_to_a_question(file: Path) -> None:
    """It was given to the question that is asked today."""
    (question,) = (each for each in QUESTIONS if each.id == file.stem)
    facts = json.loads(file.read_text())
    assert facts.keys() == {"question", "assumed", "answer", "agrees", "asked_on", "region"}
    assert (facts["question"], facts["assumed"]) == (question.text, question.assumed)


def test_what_a_refusal_has_is_read_as_it_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Botocore's model of the error has no capacity, so boto3 would never show it."""
    sent = {"__type": "x#ConditionalCheckFailedException", "message": "no", "Item": {}, "ConsumedCapacity": {}}
    with http_dynamodb([lambda: (400, json.dumps(sent).encode())]) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        table = Table(AWS._replace(client=lambda _: boto3.client("dynamodb")), "t")
        assert code(table.delete("x", "#a = :a", a={"S": "y"})) == "ConditionalCheckFailedException"
    assert table.members_of_refusal() == {"ConsumedCapacity"}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_that_aws_is_asked_about_is_one_that_reconcile_knows(pattern: dict[str, Any]) -> None:
    """Of others, nothing is assumed."""
    check(pattern)


def test_the_form_of_a_failure_object_has_no_values() -> None:
    """Only kinds, and what is the same for each object."""
    uuid = "0a1b2c3d-0000-4000-8000-00000000000a"
    key = f"aws/lambda/{uuid}/shardId-00000001-a9/2026/12/01/2026-12-01T03.00.00-{uuid}"
    assert form_of_key(key) == "aws/lambda/<uuid>/<shard>/<date>/<time>-<uuid>"
    found = {
        "b": {"batchSize": 3, "first": "2026-12-01T03:00:00Z"},
        "condition": "TooOften",
        "payload": {"Records": [1]},
        "timestamp": "2026-12-01T03:00:00.123Z",
    }
    assert form_of(found) == {
        "b": {"batchSize": "int", "first": "whole seconds"},
        "condition": "TooOften",
        "payload": "dict",
        "timestamp": "milliseconds",
    }
