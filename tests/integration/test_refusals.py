"""A plan fails for tables that cannot work together, and the error says what to change."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from scavenger_ops.terraform import TERRAFORM, run_terraform
from support.adopters import one_line
from support.modules import write_scavengers
from support.tables import make_keyed_table, make_table

STATUS = json.dumps({"dynamodb": {"NewImage": {"status": {"S": ["PROCESSED"]}}}})
BEFORE = json.dumps({"dynamodb": {"OldImage": {"status": {"S": ["RECEIVED"]}}}})
OTHER_KEY = json.dumps({"dynamodb": {"Keys": {"status": {"S": ["PROCESSED"]}}}})
# By case: the messages table, the staging table, other inputs of the module, and the expected error.
REFUSED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "no-stream": (
        "refused-silent",
        "refused-staging",
        {},
        "messages_table must have a stream, but table refused-silent has none, so nothing reports its inserts.",
    ),
    "other-key": (
        "refused-messages",
        "refused-other",
        {},
        (
            "messages_table and staging_table must have the same key, or key_mapping must be set: messages table "
            "refused-messages has createdAt (N) and messageId (S), staging table refused-other has requestId (S). Set "
            "key_mapping to map each key attribute of the staging table to an attribute of a message, or correct the "
            "names of the tables."
        ),
    ),
    "no-image": (
        "refused-messages",
        "refused-other",
        {"key_mapping": {"requestId": "origin"}},
        (
            "key_mapping needs the new image for origin, which is not in the key of messages table refused-messages, "
            "but the view type of that table's stream is KEYS_ONLY. Change the view type to NEW_IMAGE or "
            "NEW_AND_OLD_IMAGES"
        ),
    ),
    "other-type": (
        "refused-messages",
        "refused-other",
        {"key_mapping": {"requestId": "createdAt"}},
        (
            "key_mapping must map attributes of the same type: messages table refused-messages has createdAt (N) and "
            "messageId (S), staging table refused-other has requestId (S)."
        ),
    ),
    "half-a-mapping": (
        "refused-messages",
        "refused-staging",
        {"key_mapping": {"messageId": "messageId"}},
        (
            "key_mapping must have exactly the key attributes of staging table refused-staging: createdAt (N) and "
            "messageId (S)."
        ),
    ),
    "no-image-to-filter": (
        "refused-messages",
        "refused-staging",
        {"filter_patterns": [STATUS]},
        (
            "filter_patterns must not use NewImage with this stream: the view type of the stream of messages table "
            "refused-messages is KEYS_ONLY, so no record would match."
        ),
    ),
    "no-key-to-filter": (
        "refused-messages",
        "refused-staging",
        {"filter_patterns": [OTHER_KEY]},
        (
            "filter_patterns must have only key attributes of messages table refused-messages below Keys, with their "
            "types: createdAt (N) and messageId (S). With others, no record would match."
        ),
    ),
    "no-old-image-to-filter": (
        "refused-messages",
        "refused-staging",
        {"event_names": ["MODIFY"], "filter_patterns": [BEFORE]},
        (
            "filter_patterns must not use OldImage with this stream: the view type of the stream of messages table "
            "refused-messages is KEYS_ONLY, so no record has an old image. Change the view type to NEW_AND_OLD_IMAGES"
        ),
    ),
    "no-image-to-compare": (
        "refused-messages",
        "refused-staging",
        {"match_attributes": {"receivedAt": "receivedAt"}},
        (
            "match_attributes needs the new image for receivedAt, which is not in the key of messages table "
            "refused-messages, but the view type of that table's stream is KEYS_ONLY. Change the view type to "
            "NEW_IMAGE or NEW_AND_OLD_IMAGES"
        ),
    ),
    "key-to-compare": (
        "refused-messages",
        "refused-staging",
        {"match_attributes": {"createdAt": "createdAt"}},
        (
            "match_attributes must not have key attributes of staging table refused-staging: createdAt (N) and "
            "messageId (S). The function finds a row by its key, so a row that was staged again has the same."
        ),
    ),
    "any-update": (
        "refused-messages",
        "refused-staging",
        {"event_names": ["INSERT", "MODIFY"]},
        (
            "event_names must not have MODIFY without filter_patterns or match_attributes: any update of a message "
            "that is done would delete a row that was staged again under its key."
        ),
    ),
    "any-update-of-some-keys": (
        "refused-messages",
        "refused-staging",
        {
            "event_names": ["MODIFY"],
            "filter_patterns": ['{"dynamodb": {"Keys": {"messageId": {"S": [{"prefix": "order-"}]}}}}'],
        },
        (
            "filter_patterns must have conditions on NewImage or OldImage in each pattern, on other attributes than "
            "the key's, if event_names has MODIFY and match_attributes is empty: a pattern of the key alone matches "
            "any update of a message"
        ),
    ),
    "one-table": (
        "refused-messages",
        "refused-messages",
        {},
        (
            "staging_table and messages_table must be different tables: the function would delete every new item of "
            "refused-messages."
        ),
    ),
    "no-table": ("refused-messages", "nowhere", {}, "(nowhere): couldn't find resource"),
}


@pytest.fixture(scope="module")
def errors(attached: dict[str, str], client: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Plan one configuration with a scavenger for each case, and return its errors."""
    dynamodb, folder = client("dynamodb"), tmp_path_factory.mktemp("refusals")
    make_table(dynamodb, "refused-messages", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    for name in ("refused-silent", "refused-staging"):
        make_table(dynamodb, name)
    make_keyed_table(dynamodb, "refused-other", {"requestId": "S"})
    cases = {
        name: {"messages_table": {"name": messages}, "staging_table": {"name": staging}, **options}
        for name, (messages, staging, options, _) in REFUSED.items()
    }
    write_scavengers(folder, cases)
    run_terraform(folder, "init", "-input=false", environment=attached)
    planned = subprocess.run(
        [TERRAFORM, f"-chdir={folder}", "plan", "-no-color"], env=attached, capture_output=True, text=True, check=False
    )
    assert planned.returncode == 1
    return one_line(planned.stderr)


@pytest.mark.parametrize("case", REFUSED)
def test_the_plan_fails_with_an_error_that_says_what_to_change(errors: str, case: str) -> None:
    """The error names the tables, and nothing is created."""
    assert REFUSED[case][3] in errors
