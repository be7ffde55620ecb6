"""How an event source mapping tries again, discards, filters, and says what happened last."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from reconciler.event_filter.matching import passes
from scavenger_ops.mapping_model.delivery import backoff_s
from support.deployment import list_objects

from aws.account import Aws
from aws.failures import failure_objects
from aws.probes.conftest import Record
from aws.probes.mapping_table import MappingTable, item
from aws.probes.probe_function import BAD
from aws.probes.question import AwsQuestion
from aws.run_names import name_of
from aws.terraform_run import deploy
from aws.waiting import wait_for

HERE = Path(__file__).parent
MODEL = "ops/scavenger_ops/mapping_model/delivery.py"
RETRIES = {"failing": 5, "filtered": 10, "partial": 3, "plain": 10, "quiet": 10}
SEEN, LATER = "seen", "later"
# Each writes the second version of an item in another way.
UPDATES: Mapping[str, Callable[[Any, str, str], None]] = {
    "PutItem": lambda dynamodb, table, key: dynamodb.put_item(TableName=table, Item=item(key, v="2")),
    "UpdateItem": lambda dynamodb, table, key: dynamodb.update_item(
        TableName=table,
        Key=item(key),
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues={":v": {"S": "2"}},
    ),
    "BatchWriteItem": lambda dynamodb, table, key: dynamodb.batch_write_item(
        RequestItems={table: [{"PutRequest": {"Item": item(key, v="2")}}]}
    ),
    "TransactWriteItems": lambda dynamodb, table, key: dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": table, "Item": item(key, v="2")}}]
    ),
}
PARTIQL = "PartiQL"
# What AWS's page describes (invocation-eventfiltering.html), for letters whose upper or lower form is another text.
LONG_S, DOTLESS_I = "\N{LATIN SMALL LETTER LONG S}", "\N{LATIN SMALL LETTER DOTLESS I}"
WORDS = {"ß": ("ß", "ss", "SS", "ẞ"), "s": ("S", LONG_S), "i": ("I", "İ", DOTLESS_I), "é": ("É", "e")}
PATTERNS: list[dict[str, Any]] = [
    {"dynamodb": {"NewImage": {"word": {"S": [{"equals-ignore-case": word} for word in WORDS]}}}},
    {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"NewImage": {"state": {"S": ["done"]}}, "OldImage": {"state": {"S": [{"exists": False}]}}},
    },
    {"dynamodb": {"OldImage": {"step": {"S": ["old"]}}, "NewImage": {"step": {"S": ["new"]}}}},
    {"dynamodb": {"Keys": {"id": {"S": [SEEN]}}}},
]

DELIVERIES = AwsQuestion(
    "deliveries-after-partial-progress",
    "With 3 retries, how often is a record delivered that a function always reports, after one that succeeds? Which "
    "approximateInvokeCount has its failure object?",
    MODEL,
    {"deliveries": 5, "approximateInvokeCount": 4},
    "Change the model of the mapping, and what docs/explanation/how-it-works.md says of retries.",
)
BACKOFF = AwsQuestion(
    "backoff-between-retries",
    "How many seconds, in whole ones, does Lambda wait between the attempts of a batch that always fails?",
    MODEL,
    [round(backoff_s(failures)) for failures in range(1, RETRIES["failing"] + 1)],
    "Let the model wait as long. Above 15 minutes, the alarms `throttles` and `iterator-age` need longer periods.",
)
DISCARDED = AwsQuestion(
    "form-of-a-discarded-batch",
    "What does an object in the failure bucket look like?",
    "ops/scavenger_ops/redrive/failure_object.py",
    {
        "key": "aws/lambda/<uuid>/<shard>/<date>/<time>-<uuid>",
        "DDBStreamBatchInfo": {
            "approximateArrivalOfFirstRecord": "whole seconds",
            "approximateArrivalOfLastRecord": "whole seconds",
            "batchSize": "int",
            "endSequenceNumber": "str",
            "shardId": "str",
            "startSequenceNumber": "str",
            "streamArn": "str",
        },
        "payload": "str",
        "requestContext": {
            "approximateInvokeCount": "int",
            "condition": "RetryAttemptsExhausted",
            "functionArn": "str",
            "requestId": "str",
        },
        "responseContext": {"executedVersion": "str", "functionError": "Unhandled", "statusCode": "int"},
        "timestamp": "milliseconds",
        "version": "1.0",
    },
    "Let redrive read this form. It takes a payload of both types already.",
)
LAST_RESULTS = AwsQuestion(
    "last-processing-result",
    "What is LastProcessingResult after a success, and after an error of the function?",
    "ops/scavenger_ops/status/invocation_failures.py",
    {"success": "OK", "error": "PROBLEM: Function call failed"},
    "Let `status` know the text. Otherwise it reports a success as a problem, or takes an error for another one.",
)
OTHER_RESULTS = AwsQuestion(
    "last-processing-result-of-other-polls",
    "What is LastProcessingResult after empty polls only, and after batch item failures?",
    "ops/scavenger_ops/status/invocation_failures.py",
    None,
    "Let `status` know the text.",
)
IGNORED_CASE = AwsQuestion(
    "equals-ignore-case",
    f"Which of these texts match equals-ignore-case with one of {', '.join(WORDS)}?",
    "lambda_src/reconciler/event_filter/matching.py",
    {
        text: passes(PATTERNS[:1], {"dynamodb": {"NewImage": {"word": {"S": text}}}})
        for texts in WORDS.values()
        for text in texts
    },
    "Change _any_case in the event filter: reconcile would delete other rows than the function.",
)
OLD_IMAGES = AwsQuestion(
    "filter-on-old-and-new-images",
    "Which changes pass a filter that asks for a new state, and that the old image lacks it or has another one?",
    "modules/scavenger/event_source_mapping.tf",
    {"insert": True, "first update": True, "same again": False, "old to new": True, "inserted new": False},
    "Change the event filter, and docs/how-to/adopt.md.",
)
HAS_OLD_IMAGE = AwsQuestion(
    "old-image-of-each-kind-of-update",
    "Has the record of an update an old image, whatever request made the update?",
    "docs/decisions/0078-updates-count-only-with-a-filter-or-match-attributes.md",
    {name: ["MODIFY", True] for name in UPDATES},
    "Say which request in docs/how-to/adopt.md.",
)
PARTIQL_HAS_OLD_IMAGE = AwsQuestion(
    "old-image-of-an-update-by-partiql",
    "Has the record of an update by PartiQL an old image?",
    "docs/decisions/0078-updates-count-only-with-a-filter-or-match-attributes.md",
    ["MODIFY", True],
    "Say in docs/how-to/adopt.md that PartiQL has none.",
)

Table = Callable[[str], MappingTable]


@pytest.fixture(scope="module")
def table(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    """Deploy the mappings, and write what each of them is asked about. They wait and try again at the same time."""
    name, package = name_of(aws.run_id, "mp"), tmp_path_factory.mktemp("package") / "probe.zip"
    with zipfile.ZipFile(package, "w") as files:
        # Not the file's own permissions, which may let only this user read it.
        files.writestr("probe_function.py", (HERE / "probe_function.py").read_text())
    variables = {
        "name": name,
        "package_path": str(package),
        "filter_patterns": [json.dumps(pattern, ensure_ascii=False) for pattern in PATTERNS],
        "maximum_retry_attempts": RETRIES,
        "permissions_boundary_arn": aws.boundary_arn,
    }
    with deploy(aws, HERE / "mappings", name, variables) as deployment:
        outputs = deployment.outputs()
        tables = {purpose: MappingTable(aws, purpose, outputs, name) for purpose in RETRIES}
        write_all(tables)
        yield tables.__getitem__


def write_all(tables: Mapping[str, MappingTable]) -> None:
    """Write what each mapping is asked about: nothing to `quiet`. The last record of `filtered` always passes."""
    tables["failing"].put(item("failing"))
    tables["partial"].put(item("before"), item(BAD))
    dynamodb, plain = tables["plain"].aws.client("dynamodb"), tables["plain"]
    for kind, update in UPDATES.items():
        plain.put(item(kind, v="1"))
        update(dynamodb, plain.name, kind)
    if not plain.aws.is_local:
        # The local AWS checks the permission dynamodb:ExecuteStatement, which AWS does not have.
        plain.put(item(PARTIQL, v="1"))
        dynamodb.execute_statement(
            Statement=f'UPDATE "{plain.name}" SET v = ? WHERE id = ?',  # noqa: S608 - PartiQL, of this file
            Parameters=[{"S": "2"}, {"S": PARTIQL}],
        )
    plain.put(item(SEEN))
    tables["filtered"].put(
        *(item(text, word=text) for texts in WORDS.values() for text in texts),
        *(item("insert", state="done"), item("first update", more="x"), item("first update", state="done")),
        *(item("same again", state="done"), item("same again", state="done", more="x")),
        *(item("old to new", step="old"), item("old to new", step="new"), item("inserted new", step="new")),
        item(SEEN),
    )


def wait_until_seen(table: MappingTable, key: str = SEEN) -> None:
    """Wait until a record, the last one of a table, is in the log."""
    wait_for(f"{table.purpose} has delivered {key}", lambda: any(key in each.ids for each in table.delivered()))


def test_deliveries_after_partial_progress(table: Table, record: Record) -> None:
    """The first batch has a record that succeeds before the one that is always reported."""
    partial = table("partial")
    wait_for("the record is discarded", lambda: bool(partial.discarded()))
    (discarded,) = partial.discarded()
    count = discarded["requestContext"]["approximateInvokeCount"]
    # The log has what happened before this. It is of another table: this one's last batch must stay the failed one.
    table("plain").put(item(LATER))
    wait_until_seen(table("plain"), LATER)
    deliveries = [each for each in partial.delivered() if BAD in each.ids]
    assert deliveries[0].ids == ["before", BAD]
    record(DELIVERIES, {"deliveries": len(deliveries), "approximateInvokeCount": count})


@pytest.mark.not_local("wait between retries")
def test_backoff_between_retries(table: Table, record: Record) -> None:
    """From the function's log."""
    failing = table("failing")
    wait_for("the log has all attempts", lambda: len(failing.delivered()) > RETRIES["failing"])
    times = [each.at for each in failing.delivered()]
    record(BACKOFF, [round(later - earlier) for earlier, later in pairwise(times)])


def test_what_a_discarded_batch_looks_like(aws: Aws, table: Table, record: Record) -> None:
    """Its names, and the types of its values."""
    failing = table("failing")
    wait_for("the batch is discarded", lambda: bool(failing.discarded()))
    (discarded,) = failing.discarded()
    bucket = failing.outputs["bucket_name"]
    keys = list_objects(aws.client("s3"), bucket)
    assert len(failure_objects(aws, bucket)) == len(keys)
    forms = {form_of_key(key) for key in keys}
    assert len(forms) == 1
    record(DISCARDED, {"key": forms.pop(), **form_of(discarded)})


def form_of_key(key: str) -> str:
    """Return the key of a failure object, with the kinds of its parts instead of their values."""
    key = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>", key)
    key = re.sub(r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d", "<time>", key)
    key = re.sub(r"\d{4}/\d\d/\d\d", "<date>", key)
    return re.sub(r"shardId-[0-9a-f-]+", "<shard>", key)


# Those that are the same for each batch that was tried too often.
KEPT = {"condition", "functionError", "version"}


def form_of(value: Any, name: str = "") -> Any:
    """Return a failure object with the types of its values instead of the values."""
    if isinstance(value, Mapping) and name != "payload":
        return {key: form_of(value[key], key) for key in sorted(value)}
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value):
        return "milliseconds" if "." in value else "whole seconds"
    return value if name in KEPT else type(value).__name__


def test_the_last_processing_result(table: Table, record: Record) -> None:
    """It changes after the batch, and stays over empty polls."""
    results = {"success": "plain", "batch item failures": "partial", "error": "failing"}
    for purpose in ("partial", "failing"):
        wait_for(f"{purpose} is discarded", lambda purpose=purpose: bool(table(purpose).discarded()))  # type: ignore[misc]
    for purpose in results.values():
        wait_for(f"{purpose} has a result", lambda purpose=purpose: table(purpose).last_result() not in UNTRIED)  # type: ignore[misc]
    assert table("partial").delivered()[-1].ids == [BAD], "The result is that of a later batch."
    found = {name: table(purpose).last_result() for name, purpose in results.items()}
    others = {"empty polls": table("quiet").last_result(), "batch item failures": found.pop("batch item failures")}
    record(OTHER_RESULTS, others)
    record(LAST_RESULTS, found)


# Before the first batch.
UNTRIED = ("", "No records processed")


@pytest.mark.not_local("some event filters")
def test_equals_ignore_case(table: Table, record: Record) -> None:
    """Of letters whose upper or lower form is another text."""
    filtered = table("filtered")
    wait_until_seen(filtered)
    found = {name for each in filtered.delivered() for name in each.ids}
    record(IGNORED_CASE, {text: text in found for texts in WORDS.values() for text in texts})


@pytest.mark.not_local("some event filters")
def test_filters_on_old_and_new_images(table: Table, record: Record) -> None:
    """Of the second change of an item, if there are two."""
    filtered = table("filtered")
    wait_until_seen(filtered)
    found = {(name, each.images[name][0]) for each in filtered.delivered() for name in each.ids}
    events = {
        "insert": "INSERT",
        "first update": "MODIFY",
        "same again": "MODIFY",
        "old to new": "MODIFY",
        "inserted new": "INSERT",
    }
    record(OLD_IMAGES, {name: (name, event) in found for name, event in events.items()})


def last_images(plain: MappingTable) -> dict[str, list[Any]]:
    """Return, for each item, the event name of its last record, and whether that has an old image."""
    wait_until_seen(plain)
    return {name: found for each in plain.delivered() for name, found in each.images.items()}


def test_each_kind_of_update_has_an_old_image(table: Table, record: Record) -> None:
    """The stream has both images."""
    images = last_images(table("plain"))
    record(HAS_OLD_IMAGE, {name: images[name] for name in UPDATES})


@pytest.mark.not_local("PartiQL")
def test_an_update_by_partiql_has_an_old_image(table: Table, record: Record) -> None:
    """It is in the stream as any other update."""
    record(PARTIQL_HAS_OLD_IMAGE, last_images(table("plain"))[PARTIQL])
