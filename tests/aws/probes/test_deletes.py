"""How DynamoDB answers deletes with a condition, and deletes by PartiQL."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws.account import Aws
from aws.probes.conftest import Record
from aws.probes.metrics import sums_of_metrics
from aws.probes.question import AwsQuestion
from aws.run_names import name_of
from aws.terraform_run import deploy

CONDITIONAL_DELETE = "lambda_src/reconciler/conditional_delete.py"
MATCH_ATTRIBUTES = "docs/decisions/0076-a-matched-row-has-a-deleteitem-of-its-own.md"
PARTIQL = "docs/decisions/0014-deletes-use-batchwriteitem-not-partiql.md"
# So many requests that other causes of a unit do not matter.
REPEATED = 50
BIG_KB = 10

VALUES: dict[str, Any] = {
    "S": {"S": "text"},
    "empty S": {"S": ""},
    "N": {"N": "100"},
    "B": {"B": b"\x00\xff"},
    "empty B": {"B": b""},
    "BOOL": {"BOOL": True},
    "NULL": {"NULL": True},
    "SS": {"SS": ["a", "b"]},
    "NS": {"NS": ["1", "2"]},
    "BS": {"BS": [b"a", b"b"]},
    "L": {"L": [{"S": "a"}, {"N": "1"}]},
    "M": {"M": {"a": {"L": []}}},
}
EQUALITY = AwsQuestion(
    "equality-in-a-condition",
    "Is #a = :a true for an attribute of each type, as it was read?",
    CONDITIONAL_DELETE,
    dict.fromkeys(VALUES, True),
    "Rows with the type are never deleted, and counted as changed: leave the type out of the condition.",
)
SPELLINGS = {"100": ("1E2", "100.0", "+100", "0100"), "0": ("-0", "0.0"), "0.1": (".1", "1E-1")}
NUMBERS = AwsQuestion(
    "numbers-in-other-spellings",
    "Is a number equal to itself in another spelling, in a condition?",
    MATCH_ATTRIBUTES,
    {f"{number} = {other}": True for number, others in SPELLINGS.items() for other in others},
    "Superseded rows should be deleted: change lambda_src/scavenger/row.py.",
)
TOO_MANY_DIGITS = AwsQuestion(
    "a-value-that-no-item-has",
    "Which error does a condition get that has a number of 39 digits?",
    MATCH_ATTRIBUTES,
    "ValidationException",
    "Its record is retried until it is old instead of quarantined.",
)
REFUSED_ITEM = AwsQuestion(
    "item-of-a-refused-condition",
    "Does a refused condition return the item, and none for a missing one (ReturnValuesOnConditionCheckFailure)?",
    CONDITIONAL_DELETE,
    {"existing": True, "missing": False},
    "Changed rows are counted as gone, or gone rows as changed.",
)
REFUSED_COST = AwsQuestion(
    "what-a-refusal-says-of-its-cost",
    "Which members has the error of a refused condition, beside its code and text, if the capacity is asked for?",
    MATCH_ATTRIBUTES,
    [],
    "Count what it says instead of one write unit.",
)
CONSUMED = AwsQuestion(
    "capacity-of-a-delete",
    "Which write units does a conditional delete say that it took, of a small row and of a missing one?",
    MATCH_ATTRIBUTES,
    {"existing": 1.0, "missing": 1.0},
    "The function sends a delete without ConsumedCapacity again (send_conditional_delete): change that.",
)
REFUSED_UNITS = AwsQuestion(
    "units-of-a-refused-condition",
    f"How many write units does a refused condition take on an item of {BIG_KB} KB?",
    CONDITIONAL_DELETE,
    float(BIG_KB),
    "The limits of reconcile count one: let them count this.",
)
REFUSED_REQUESTS = AwsQuestion(
    "metric-of-a-refused-condition",
    "How often does ConditionalCheckFailedRequests of the table count a refused condition?",
    "docs/reference/metrics-and-alarms.md",
    1.0,
    "Say so in docs/reference/metrics-and-alarms.md.",
)
MISSING_UNITS = AwsQuestion(
    "units-of-a-conditional-delete-of-a-missing-row",
    "How many write units does a delete with attribute_not_exists take of a missing row?",
    "ops/scavenger_ops/plan/cost.py",
    1.0,
    "Correct `scavenger plan`.",
)
ONE_REFUSED = AwsQuestion(
    "partiql-refused-among-good",
    "What does BatchExecuteStatement answer to a delete, a refused one, and one of a missing row?",
    PARTIQL,
    ["deleted", "ConditionalCheckFailed", "deleted"],
    "Reconsider the decision with this answer.",
)
PARTIQL_UNITS = AwsQuestion(
    "partiql-write-units",
    "How many write units does BatchExecuteStatement say that each of these takes, alone: a delete, a refused one, and "
    "one of a missing row?",
    PARTIQL,
    None,
    "Reconsider the decision with this answer.",
)
SAME_KEY_TWICE = AwsQuestion(
    "partiql-same-key-twice",
    "What does BatchExecuteStatement answer to the same delete twice, and how many write units do both take?",
    PARTIQL,
    None,
    "Reconsider the decision with this answer.",
)


class Table:
    """A table of probes."""

    def __init__(self, aws: Aws, name: str) -> None:
        self.dynamodb = aws.client("dynamodb")
        self.name = name
        # The last answer to a delete, as it was sent: botocore leaves out of an error what its model does not have.
        self.sent = b""
        self.dynamodb.meta.events.register("before-parse.dynamodb.DeleteItem", self._keep)

    def _keep(self, response_dict: dict[str, Any], **_: object) -> None:
        self.sent = response_dict["body"]

    def members_of_refusal(self) -> set[str]:
        """Return what the last answer to a delete had, beside code, text and item."""
        return {*json.loads(self.sent)} - {"__type", "Item", "message", "Message"}

    def put(self, key: str, **attributes: Any) -> None:
        """Write a row."""
        self.dynamodb.put_item(TableName=self.name, Item={"id": {"S": key}, **attributes})

    def delete(self, key: str, condition: str, **values: Any) -> dict[str, Any]:
        """Delete a row on a condition, and return the answer, or that of the error, in the same form."""
        names = {"#a": "a"} if "#a" in condition else {"#id": "id"}
        given = {f":{name}": value for name, value in values.items()}
        try:
            answer: dict[str, Any] = self.dynamodb.delete_item(
                TableName=self.name,
                Key={"id": {"S": key}},
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ReturnConsumedCapacity="TOTAL",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **({"ExpressionAttributeValues": given} if given else {}),
            )
        except ClientError as error:
            return dict(error.response)
        return answer


def code(answer: dict[str, Any]) -> str | None:
    """Return the code of an error; None for a success."""
    found: str | None = answer.get("Error", {}).get("Code")
    return found


@pytest.fixture(scope="module")
def tables(aws: Aws) -> Iterator[Callable[[str], Table]]:
    """Make the tables."""
    name = name_of(aws.run_id, "tb")
    with deploy(aws, Path(__file__).parent / "tables", name, {"name": name}) as deployment:
        names = deployment.outputs()["tables"]
        yield lambda purpose: Table(aws, names[purpose])


@pytest.fixture
def values(tables: Callable[[str], Table]) -> Table:
    """Return the table for values."""
    return tables("values")


def is_equal(table: Table, stored: Any, compared: Any) -> bool | str | None:
    """Return whether a row is deleted on the condition that its attribute has this value; or the code of an error."""
    table.put("compared", a=stored)
    found = code(table.delete("compared", "#a = :a", a=compared))
    return found if found not in (None, "ConditionalCheckFailedException") else found is None


def test_a_value_of_each_type_equals_itself(values: Table, record: Record) -> None:
    """As reconcile compares it: with the value that was read."""
    answer = {}
    for kind, value in VALUES.items():
        values.put(kind, a=value)
        read = values.dynamodb.get_item(TableName=values.name, Key={"id": {"S": kind}}, ConsistentRead=True)["Item"]
        answer[kind] = is_equal(values, value, read["a"])
    record(EQUALITY, answer)


def test_a_number_equals_itself_in_another_spelling(values: Table, record: Record) -> None:
    """The function compares what the message has with what the row has."""
    compared = [(number, other) for number, others in SPELLINGS.items() for other in others]
    record(
        NUMBERS, {f"{number} = {other}": is_equal(values, {"N": number}, {"N": other}) for number, other in compared}
    )


def test_a_value_that_no_item_has(values: Table, record: Record) -> None:
    """A number has 38 digits at most."""
    record(TOO_MANY_DIGITS, is_equal(values, {"N": "1"}, {"N": "1" * 39}))


def test_what_a_refused_condition_returns(values: Table, record: Record) -> None:
    """Of a row that is there, and of one that is not."""
    values.put("there", a={"N": "1"})
    has_item, members = {}, set[str]()
    for name, key in (("existing", "there"), ("missing", "x")):
        answer = values.delete(key, "#a = :a", a={"N": "2"})
        assert code(answer) == "ConditionalCheckFailedException"
        has_item[name] = bool(answer.get("Item"))
        members |= values.members_of_refusal()
    record(REFUSED_ITEM, has_item)
    record(REFUSED_COST, sorted(members))


def test_what_a_delete_says_that_it_took(values: Table, record: Record) -> None:
    """As the function asks for it."""
    values.put("small", a={"N": "1"})
    condition = "attribute_not_exists(#id) OR id = :id"
    answers = {
        "existing": values.delete("small", condition, id={"S": "small"}),
        "missing": values.delete("gone", condition, id={"S": "gone"}),
    }
    record(
        CONSUMED, {name: answer.get("ConsumedCapacity", {}).get("CapacityUnits") for name, answer in answers.items()}
    )


@pytest.mark.not_local("capacity and throttling")
def test_what_conditional_deletes_cost(aws: Aws, tables: Callable[[str], Table], record: Record) -> None:
    """By the metrics of two tables, because these come after minutes."""
    refused, missing = tables("refused"), tables("missing")
    refused.put("big", a={"S": "x" * (BIG_KB * 1024 - 100)})
    for number in range(REPEATED):
        assert code(refused.delete("big", "#a = :a", a={"S": "other"})) == "ConditionalCheckFailedException"
        assert code(missing.delete(f"missing-{number}", "attribute_not_exists(#id)")) is None
    units = "ConsumedWriteCapacityUnits"
    failed, of_refused, of_missing = sums_of_metrics(
        aws, [(refused.name, "ConditionalCheckFailedRequests"), (refused.name, units), (missing.name, units)]
    )
    record(REFUSED_REQUESTS, round(failed / REPEATED, 1))
    record(REFUSED_UNITS, round((of_refused - BIG_KB) / REPEATED, 1))
    record(MISSING_UNITS, round(of_missing / REPEATED, 1))


def execute(table: Table, *conditions: str) -> tuple[list[str], float | None]:
    """Delete by PartiQL. Return what is answered to each statement, and the write units, if the answer has them."""
    statements: Any = [{"Statement": f'DELETE FROM "{table.name}" WHERE {condition}'} for condition in conditions]  # noqa: S608 - PartiQL, of this file
    try:
        answer = table.dynamodb.batch_execute_statement(Statements=statements, ReturnConsumedCapacity="TOTAL")
    except ClientError as error:
        return [error.response["Error"]["Code"]], None
    answered = [each.get("Error", {}).get("Code", "deleted") for each in answer["Responses"]]
    consumed = [each["CapacityUnits"] for each in answer.get("ConsumedCapacity", [])]
    return answered, sum(consumed) if consumed else None


# In this order, the second one has a false condition, and the third one no row.
STATEMENTS = {"deleted": "id = 'good'", "refused": "id = 'kept' AND a = 2", "missing": "id = 'never'"}


@pytest.mark.not_local("PartiQL")
def test_partiql_answers_a_refused_delete_among_good_ones(values: Table, record: Record) -> None:
    """Then each of them alone, to know what it takes."""
    for name in ("good", "kept"):
        values.put(name, a={"N": "1"})
    record(ONE_REFUSED, execute(values, *STATEMENTS.values())[0])
    values.put("good", a={"N": "1"})
    record(PARTIQL_UNITS, {name: execute(values, condition)[1] for name, condition in STATEMENTS.items()})


@pytest.mark.not_local("PartiQL")
def test_partiql_answers_the_same_key_twice(values: Table, record: Record) -> None:
    """Its row exists."""
    values.put("twice", a={"N": "1"})
    answered, units = execute(values, "id = 'twice'", "id = 'twice'")
    record(SAME_KEY_TWICE, {"answers": answered, "write units": units})
