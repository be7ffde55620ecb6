"""Tables that cannot work together are refused when the plan is made, with what to change."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from scavenger_ops.terraform import TERRAFORM, run_terraform
from support.modules import write_scavengers
from support.tables import make_keyed_table, make_table

STATUS = json.dumps({"dynamodb": {"NewImage": {"status": {"S": ["PROCESSED"]}}}})
OTHER_KEY = json.dumps({"dynamodb": {"Keys": {"status": {"S": ["PROCESSED"]}}}})
# What is asked of the module beside the tables' names, and what is said.
ASKED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "no-stream": (
        "refused-silent",
        "refused-staging",
        {},
        "Table refused-silent has no stream, so nothing tells of its inserts.",
    ),
    "other-key": (
        "refused-messages",
        "refused-other",
        {},
        (
            "The keys differ: messages table refused-messages has createdAt (N) and messageId (S), staging table "
            "refused-other has requestId (S). Set key_mapping, which says for each key attribute of the staging table "
            "which attribute of a message it is; or name the right tables."
        ),
    ),
    "no-image": (
        "refused-messages",
        "refused-other",
        {"key_mapping": {"requestId": "origin"}},
        (
            "key_mapping takes origin from the new image, since it is no key attribute of messages table "
            "refused-messages, but that table's stream has the view type KEYS_ONLY. Give it a stream of NEW_IMAGE or "
            "NEW_AND_OLD_IMAGES"
        ),
    ),
    "other-type": (
        "refused-messages",
        "refused-other",
        {"key_mapping": {"requestId": "createdAt"}},
        (
            "key_mapping takes an attribute of another type, and types are kept: messages table refused-messages has "
            "createdAt (N) and messageId (S), staging table refused-other has requestId (S)."
        ),
    ),
    "half-a-mapping": (
        "refused-messages",
        "refused-staging",
        {"key_mapping": {"messageId": "messageId"}},
        (
            "key_mapping must have just the key attributes of staging table refused-staging: createdAt (N) and "
            "messageId (S)."
        ),
    ),
    "no-image-to-filter": (
        "refused-messages",
        "refused-staging",
        {"filter_patterns": [STATUS]},
        (
            "filter_patterns asks for NewImage, but the stream of messages table refused-messages has the view type "
            "KEYS_ONLY: no record would match."
        ),
    ),
    "no-key-to-filter": (
        "refused-messages",
        "refused-staging",
        {"filter_patterns": [OTHER_KEY]},
        (
            "filter_patterns asks below Keys for what is not the key of messages table refused-messages: that has "
            "createdAt (N) and messageId (S), so that no record would match."
        ),
    ),
    "one-table": (
        "refused-messages",
        "refused-messages",
        {},
        (
            "staging_table and messages_table must not be the same table: every new item of refused-messages would be "
            "deleted."
        ),
    ),
    "no-table": ("refused-messages", "nowhere", {}, "(nowhere): couldn't find resource"),
}


@pytest.fixture(scope="module")
def said(attached: dict[str, str], client: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Plan one configuration with a scavenger for each case, and give what is said."""
    dynamodb, folder = client("dynamodb"), tmp_path_factory.mktemp("refusals")
    make_table(dynamodb, "refused-messages", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    for name in ("refused-silent", "refused-staging"):
        make_table(dynamodb, name)
    make_keyed_table(dynamodb, "refused-other", {"requestId": "S"})
    cases = {
        name: {"messages_table": {"name": messages}, "staging_table": {"name": staging}, **options}
        for name, (messages, staging, options, _) in ASKED.items()
    }
    write_scavengers(folder, cases)
    run_terraform(folder, "init", "-input=false", environment=attached)
    planned = subprocess.run(
        [TERRAFORM, f"-chdir={folder}", "plan", "-no-color"], env=attached, capture_output=True, text=True, check=False
    )
    assert planned.returncode == 1
    return " ".join(planned.stderr.replace("│", "").split())


@pytest.mark.parametrize("case", ASKED)
def test_what_cannot_work_is_refused_with_what_to_change(said: str, case: str) -> None:
    """By the names of the tables, and before anything is made."""
    assert ASKED[case][3] in said
