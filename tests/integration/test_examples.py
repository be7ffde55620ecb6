"""The examples do what their READMEs say, with the commands of the READMEs."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from scavenger_ops.terraform import destroy, read_outputs, run_terraform
from scavenger_ops.toolchain import ROOT
from support.adopters import Adopter
from support.aws_cli import read_command
from support.command import run, run_for_json
from support.deployment import list_objects, metric_sum, read_log, read_objects, role_policy, wait_until
from support.doc_commands import find_commands
from support.examples import carry_out, copy_example, find_deployment
from support.pages import pages
from support.tables import fill, keys_of, row
from support.trial import Trial

pytestmark = pytest.mark.xdist_group("examples")

EXAMPLES = sorted(path.name for path in (ROOT / "examples").iterdir())
# Files of their own apply the others.
APPLIED = ("existing-tables", "custom-keys", "multiple-pipelines", "own-tables", "quickstart", "status-updates")
# Of the example for existing tables, as its README names them.
MESSAGES, STAGING = "my-messages", "my-staging"
TABLES = (f"-var=messages_table_name={MESSAGES}", f"-var=staging_table_name={STAGING}")
# As many commands of its section "Try it" are for the dry run.
IN_THE_DRY_RUN = 3

Clients = Callable[[str], Any]


@pytest.fixture(scope="module")
def their_tables(client: Clients) -> dict[str, Any]:
    """Make the README's two tables. Then one row is processed, the stream is off, and one table has a KMS key."""
    dynamodb, key = client("dynamodb"), client("kms").create_key()["KeyMetadata"]["Arn"]
    page = pages()["examples/existing-tables/README.md"]
    made = [read_command(command.words) for command in find_commands([page]) if "create-table" in command.words]
    assert [call.on(client)["TableDescription"]["TableName"] for call in made] == [MESSAGES, STAGING]
    dynamodb.update_table(TableName=MESSAGES, StreamSpecification={"StreamEnabled": False})
    encryption = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    dynamodb.update_table(TableName=STAGING, SSESpecification=encryption)
    fill(dynamodb, STAGING, [row("before"), row("unprocessed")])
    fill(dynamodb, MESSAGES, [row("before")])
    return {name: describe(dynamodb, name) for name in (MESSAGES, STAGING)}


def describe(dynamodb: Any, name: str) -> dict[str, Any]:
    """Describe a table, without its size and its stream."""
    changing = ("ItemCount", "TableSizeBytes", "StreamSpecification", "LatestStreamArn", "LatestStreamLabel")
    described: Any = dynamodb.describe_table(TableName=name)["Table"]
    return {key: value for key, value in described.items() if key not in changing}


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Copy each example."""
    folder = tmp_path_factory.mktemp("examples")
    return {name: copy_example(name, folder / name) for name in APPLIED}


@pytest.fixture(scope="module")
def refused(copies: dict[str, Path], attached: dict[str, str], their_tables: dict[str, Any]) -> str:
    """Plan the example for existing tables before there is a stream, and return the error."""
    assert their_tables
    example = copies["existing-tables"]
    run_terraform(example, "init", "-input=false", environment=attached)
    with pytest.raises(Exception, match="terraform plan failed") as caught:
        run_terraform(example, "plan", "-no-color", *TABLES, environment=attached)
    return " ".join(str(caught.value).split())


@pytest.fixture(scope="module")
def applied(
    copies: dict[str, Path], attached: dict[str, str], client: Clients, refused: str
) -> Iterator[dict[str, Path]]:
    """Apply the examples as in their READMEs, concurrently: the provider mostly waits for the buckets.

    A second plan of each is empty, or it fails.
    """
    assert refused
    # The running provider has the settings of one of them.
    assert len({(copies[name] / "providers.tf").read_text() for name in APPLIED}) == 1
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    client("dynamodb").update_table(TableName=MESSAGES, StreamSpecification=stream)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: apply_twice(copies[name], attached), APPLIED))
    yield copies
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: destroy(copies[name], environment=attached), APPLIED[1:]))


def apply_twice(example: Path, environment: dict[str, str]) -> None:
    """Carry out the first step of the README. Again, Terraform has nothing to change."""
    step = find_deployment(example)
    carry_out(example, step, environment)
    carry_out(example, step.replace("terraform apply", "terraform plan -detailed-exitcode"), environment)


def ids(dynamodb: Any, table: str) -> set[str]:
    """Return the message IDs of the items in a table with the article's key."""
    return {text.split("'")[3] for text in keys_of(dynamodb, table)}


def test_each_example_is_tested() -> None:
    """Here, in test_production.py or in test_from_another_repository.py."""
    assert sorted((*APPLIED, "from-another-repository", "production")) == EXAMPLES


@pytest.mark.parametrize("name", ["quickstart", "own-tables"])
def test_the_rows_of_processed_messages_are_deleted(
    applied: dict[str, Path], attached: dict[str, str], client: Clients, name: str
) -> None:
    """The others stay."""
    dynamodb, outputs = client("dynamodb"), read_outputs(applied[name], attached)
    staging = outputs["staging_table_name"]
    fill(dynamodb, staging, [row("processed"), row("unprocessed")])
    fill(dynamodb, outputs["messages_table_name"], [row("processed")])
    assert wait_until(lambda: ids(dynamodb, staging) == {"unprocessed"})


@pytest.mark.parametrize("table", ["messages", "staging"])
def test_other_tags_of_an_own_table_change_nothing_else(
    applied: dict[str, Path], attached: dict[str, str], table: str
) -> None:
    """The stream's ARN stays known, so that the plan keeps the mapping and does not look up anything."""
    main = applied["own-tables"] / "main.tf"
    before = main.read_text()
    start = before.index(f'"aws_dynamodb_table" "{table}"')
    main.write_text(before[:start] + re.sub("= var.tags", '= { team = "messages" }', before[start:], count=1))
    try:
        planned = Adopter(applied["own-tables"], attached).planned_changes()
    finally:
        main.write_text(before)
    assert planned == {f"aws_dynamodb_table.{table}": {"tags", "tags_all"}}


@pytest.mark.parametrize("name", ["own-tables", "quickstart", "multiple-pipelines"])
def test_a_row_disappears_as_the_readme_says(
    applied: dict[str, Path], attached: dict[str, str], client: Clients, name: str
) -> None:
    """The commands are carried out as printed. Verify and status are about the deployment that the README names."""
    trial = Trial(applied[name], attached, client)
    (_, (code, verified)), (command, (_, status)) = trial.carry_out(trial.commands()).items()
    assert (code, "it works" in verified) == (0, True), verified
    assert command.split()[-1] in status


def test_the_plan_rejects_tables_without_a_stream_and_says_what_to_do(refused: str) -> None:
    """The error names the setting to add."""
    assert f"table {MESSAGES} has none, so nothing reports its inserts." in refused
    assert "stream_enabled = true" in refused


def test_rows_of_existing_tables_are_deleted_and_the_tables_do_not_change(
    applied: dict[str, Path], attached: dict[str, str], client: Clients, their_tables: dict[str, Any]
) -> None:
    """As in the README, from the dry run to the destroy. Each step continues from the one before it."""
    example = applied["existing-tables"]
    a_dry_run_counts_and_deletes_nothing(example, attached, client)
    the_role_can_use_the_keys_of_the_tables(example, attached, client, their_tables)
    after_the_dry_run_the_counted_rows_are_deleted(example, attached, client)
    a_pause_loses_nothing(example, attached, client)
    a_destroy_does_not_change_the_existing_tables(example, attached, client, their_tables)


def a_dry_run_counts_and_deletes_nothing(example: Path, attached: dict[str, str], client: Clients) -> None:
    """Log the count, and report the dry run in status. Redrive fails, because it would lose records."""
    dynamodb = client("dynamodb")
    for table in (STAGING, MESSAGES):
        fill(dynamodb, table, [row(f"counted-{number}") for number in range(30)])

    def counted() -> int:
        said = [line for line in read_log(client("logs"), "/aws/lambda/existing-tables") if '"would_delete"' in line]
        return int(sum(json.loads(line)["would_delete"] for line in said))

    assert wait_until(lambda: counted() == 30)
    assert len(ids(dynamodb, STAGING)) == 32
    code, status = run_for_json(attached, "status", "--name", "existing-tables")
    assert (code, [problem["about"] for problem in status["problems"]]) == (1, ["function"])
    assert "only counts what it would delete" in status["problems"][0]["what"]
    bucket = read_outputs(example, attached)["failure_bucket_name"]
    the_readme_s_row_stays(example, attached, client)
    target = ("--bucket", bucket, "--function", "existing-tables")
    code, _, errors = run(attached, "redrive", *target)
    assert (code, "Set dry_run to false" in errors) == (1, True)
    assert run(attached, "redrive", *target, "--dry-run")[0] == 0


def the_readme_s_row_stays(example: Path, attached: dict[str, str], client: Clients) -> None:
    """Stage a row and insert its message as the README says. Status says that the function only counts."""
    trial = Trial(example, attached, client)
    answers = trial.carry_out(trial.commands()[:IN_THE_DRY_RUN])
    assert [code for code, _ in answers.values()] == [1]
    assert "m-1" in ids(client("dynamodb"), STAGING)


def the_role_can_use_the_keys_of_the_tables(
    example: Path, attached: dict[str, str], client: Clients, their_tables: dict[str, Any]
) -> None:
    """Allow no deletes during the dry run."""
    outputs = read_outputs(example, attached)
    statements = {each["Sid"]: each for each in role_policy(client("iam"), outputs)["Statement"]}
    key = their_tables[STAGING]["SSEDescription"]["KMSMasterKeyArn"]
    assert statements["UseEncryptedTables"]["Resource"] == key
    assert "DeleteFromStaging" not in statements


def after_the_dry_run_the_counted_rows_are_deleted(example: Path, attached: dict[str, str], client: Clients) -> None:
    """Delete with reconcile the row that was processed before the stream was enabled."""
    dynamodb = client("dynamodb")
    trial = Trial(example, attached, client)
    ((code, verified),) = trial.carry_out(trial.commands()[IN_THE_DRY_RUN:]).values()
    assert code == 0, verified
    assert wait_until(lambda: ids(dynamodb, STAGING) == {"before", "unprocessed"})
    tables = ("--staging", STAGING, "--messages", MESSAGES)
    environment = {**attached, "HOME": str(example), "XDG_CONFIG_HOME": str(example)}
    _, result = run_for_json(environment, "reconcile", *tables, "--apply")
    assert result["in_both"]["deleted"] == 1
    assert ids(dynamodb, STAGING) == {"unprocessed"}
    _, status = run_for_json(attached, "status", "--name", "existing-tables")
    assert status["problems"] == []


def a_pause_loses_nothing(example: Path, attached: dict[str, str], client: Clients) -> None:
    """Delete the rows of the pause after it."""
    dynamodb = client("dynamodb")

    def apply(*variables: str) -> None:
        run_terraform(
            example, "apply", "-auto-approve", *TABLES, "-var=dry_run=false", *variables, environment=attached
        )

    apply("-var=enabled=false")
    for table in (STAGING, MESSAGES):
        fill(dynamodb, table, [row("in-the-pause")])
    (mapping,) = client("lambda").list_event_source_mappings(FunctionName="existing-tables")["EventSourceMappings"]
    assert mapping["State"] == "Disabled"
    assert ids(dynamodb, STAGING) == {"unprocessed", "in-the-pause"}
    apply()
    assert wait_until(lambda: ids(dynamodb, STAGING) == {"unprocessed"})


def a_destroy_does_not_change_the_existing_tables(
    example: Path, attached: dict[str, str], client: Clients, their_tables: dict[str, Any]
) -> None:
    """Their rows, settings and stream stay, because others may read the stream."""
    dynamodb = client("dynamodb")
    destroy(example, *TABLES, environment=attached)
    assert {name: describe(dynamodb, name) for name in their_tables} == their_tables
    assert dynamodb.describe_table(TableName=MESSAGES)["Table"]["StreamSpecification"]["StreamEnabled"]
    assert ids(dynamodb, STAGING) == {"unprocessed"}
    assert {"before", "in-the-pause"} < ids(dynamodb, MESSAGES)


def order(number: int, **attributes: Any) -> dict[str, Any]:
    """Make an order."""
    return {"orderId": {"S": f"order-{number}"}, "createdAt": {"N": "1"}, **attributes}


def quarantined(s3: Any, bucket: str) -> dict[str, Any]:
    """Return the stored images of quarantined records, by their reasons."""
    objects = [json.loads(body) for body in read_objects(s3, bucket).values()]
    return {
        reason: record["dynamodb"].get("NewImage")
        for each in objects
        for reason, record in zip(each["reasons"], json.loads(each["payload"])["Records"], strict=True)
    }


def test_rows_are_deleted_by_another_key(
    applied: dict[str, Path], attached: dict[str, str], client: Clients, tmp_path: Path
) -> None:
    """The function deletes some, and then reconcile deletes the others."""
    outputs = read_outputs(applied["custom-keys"], attached)
    the_key_comes_from_the_image_or_the_record_is_quarantined(outputs, client)
    status_and_redrive_find_what_is_quarantined(outputs, attached, client)
    reconcile_finds_a_row_by_its_message(outputs, attached, client, tmp_path)


def the_key_comes_from_the_image_or_the_record_is_quarantined(outputs: dict[str, Any], client: Clients) -> None:
    """Of a quarantined record's image, only the mapped attribute is stored. Drafts do not reach the function."""
    dynamodb, s3 = client("dynamodb"), client("s3")
    requests, orders = outputs["requests_table_name"], outputs["orders_table_name"]
    processed = {"status": {"S": "PROCESSED"}}
    fill(dynamodb, requests, [{"requestId": {"S": name}} for name in ("done", "drafted", "odd", "waiting")])
    made = [
        order(1, origin={"S": "drafted"}, status={"S": "DRAFT"}),
        order(2, origin={"N": "7"}, secret={"S": "A secret message"}, **processed),
        order(3, **processed),
        order(4, origin={"S": "done"}, **processed),
    ]

    def left() -> set[str]:
        return {item["requestId"]["S"] for item in dynamodb.scan(TableName=requests)["Items"]}

    fill(dynamodb, orders, made)
    assert wait_until(lambda: left() == {"drafted", "odd", "waiting"})
    assert wait_until(lambda: len(quarantined(s3, outputs["failure_bucket_name"])) == 2)
    assert quarantined(s3, outputs["failure_bucket_name"]) == {
        "its key attribute requestId is not a string of type S": {"origin": {"N": "7"}},
        "neither its Keys nor its NewImage have origin, from which requestId is taken": None,
    }


def status_and_redrive_find_what_is_quarantined(
    outputs: dict[str, Any], attached: dict[str, str], client: Clients
) -> None:
    """Both say why. The records stay, because nobody has changed what the function does with them."""
    s3, bucket, function = client("s3"), outputs["failure_bucket_name"], outputs["function_name"]
    _, status = run_for_json(attached, "status", "--name", function)
    (problem,) = [each for each in status["problems"] if each["about"] == "failure bucket"]
    assert "from which requestId is taken" in problem["cause"]
    before = read_objects(s3, bucket)
    code, result = run_for_json(attached, "redrive", "--bucket", bucket, "--function", function)
    assert (code, result["counts"]["found"], result["counts"]["left"]) == (1, len(before), len(before))
    assert all("requestId" in left["problem"] for left in result["objects"])
    assert read_objects(s3, bucket).keys() == before.keys()
    for name in before:
        s3.delete_object(Bucket=bucket, Key=name)


def test_an_order_without_origin_is_kept_until_it_is_corrected(
    applied: dict[str, Path], attached: dict[str, str], client: Clients
) -> None:
    """As the README says: status and redrive show its record, and the corrected order's request is deleted."""
    trial = Trial(applied["custom-keys"], attached, client)
    outputs, s3 = read_outputs(applied["custom-keys"], attached), client("s3")
    bucket, commands = outputs["failure_bucket_name"], trial.commands()
    (corrected,) = (place for place, command in enumerate(commands) if "delete-item" in command.words)
    asked = next(place for place, command in enumerate(commands) if "status" in command.words)
    ((code, verified),) = trial.carry_out(commands[:asked]).values()
    assert code == 0, verified
    assert wait_until(lambda: list_objects(s3, bucket) != set())
    (status, waiting) = trial.carry_out(commands[asked:corrected]).values()
    assert "failure bucket" in status[1]
    ((code, left),) = trial.carry_out(commands[corrected:]).values()
    assert (status[0], waiting[0], code) == (1, 0, 1)
    assert "origin" in left
    assert list_objects(s3, bucket) == set()


def reconcile_finds_a_row_by_its_message(
    outputs: dict[str, Any], attached: dict[str, str], client: Clients, home: Path
) -> None:
    """Delete a row that was staged after its order was processed, and keep the row of a draft."""
    dynamodb = client("dynamodb")
    requests, orders = outputs["requests_table_name"], outputs["orders_table_name"]
    fill(dynamodb, requests, [{"requestId": {"S": "late"}}])
    states = {"late": {"S": "PROCESSED"}, "drafts": {"S": "DRAFT"}}
    fill(dynamodb, orders, [order(90 + len(name), origin={"S": name}, status=state) for name, state in states.items()])

    def left() -> set[str]:
        return {item["requestId"]["S"] for item in dynamodb.scan(TableName=requests)["Items"]}

    assert wait_until(lambda: "late" not in left())
    fill(dynamodb, requests, [{"requestId": {"S": name}} for name in states])
    environment = {**attached, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    tables = ("--staging", requests, "--messages", orders, "--older-than", "0", "--apply")
    assert run_for_json(environment, "reconcile", *tables)[1]["in_both"]["deleted"] == 1
    assert "late" not in left()
    assert "drafts" in left()


def test_a_row_is_deleted_when_its_message_becomes_processed(
    applied: dict[str, Path], attached: dict[str, str], client: Clients
) -> None:
    """As the README says: not before, and a later update does not delete a row that was staged again."""
    trial = Trial(applied["status-updates"], attached, client)
    commands, staging = trial.commands(), "status-updates-staging"
    received, again = (place for place, command in enumerate(commands) if "scan" in command.words)
    trial.carry_out(commands[:received])
    assert wait_until(lambda: filtered_out(client, "status-updates") == 1)
    assert ids(client("dynamodb"), staging) == {"m-1"}
    trial.carry_out(commands[received:again])
    assert wait_until(lambda: filtered_out(client, "status-updates") == 2)
    assert ids(client("dynamodb"), staging) == {"m-1"}
    (code, verified), (_, status) = trial.carry_out(commands[again:]).values()
    assert code == 0, verified
    assert "status-updates" in status


def filtered_out(client: Clients, function: str) -> float:
    """Return how many records the filter of a function's mapping has dropped."""
    (mapping,) = client("lambda").list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    return metric_sum(
        client("cloudwatch"), "AWS/Lambda", "FilteredOutEventCount", EventSourceMappingUUID=mapping["UUID"]
    )


def test_the_addition_for_keys_that_are_staged_again_is_planned(
    applied: dict[str, Path], attached: dict[str, str]
) -> None:
    """The README's line goes into main.tf. It changes the function's variables and the policy of its role."""
    main = applied["status-updates"] / "main.tf"
    before = main.read_text()
    (line,) = re.findall(r"^```hcl\n(.*?\n)```$", pages()["examples/status-updates/README.md"].text, re.MULTILINE)
    main.write_text(before.replace('  source = "../.."\n', f'  source = "../.."\n{line}'))
    try:
        planned = Adopter(applied["status-updates"], attached).planned_changes()
    finally:
        main.write_text(before)
    assert planned == {
        "module.pipeline.module.scavenger.aws_iam_role_policy.function[0]": {"policy"},
        "module.pipeline.module.scavenger.aws_lambda_function.this": {"environment"},
    }


def test_pipelines_of_one_stream_delete_only_their_own_rows(
    applied: dict[str, Path], attached: dict[str, str], client: Clients, tmp_path: Path
) -> None:
    """The function deletes some, and then reconcile deletes the others."""
    pipelines = read_outputs(applied["multiple-pipelines"], attached)["pipelines"]
    each_deletes_its_own(pipelines, client)
    reconcile_uses_the_filter_of_the_function(pipelines["web-orders"], attached, client, tmp_path)


def each_deletes_its_own(pipelines: dict[str, Any], client: Clients) -> None:
    """Keep the rows of other pipelines."""
    dynamodb = client("dynamodb")
    assert {each["messages_table_name"] for each in pipelines.values()} == {"orders-messages", "payments-messages"}
    for pipeline in pipelines.values():
        fill(dynamodb, pipeline["staging_table_name"], [row("web"), row("store"), row("paid")])
    fill(dynamodb, "orders-messages", [row(name) | {"channel": {"S": name.upper()}} for name in ("web", "store")])
    fill(dynamodb, "payments-messages", [row("paid")])
    expected = {"web-orders": {"store", "paid"}, "store-orders": {"web", "paid"}, "payments": {"web", "store"}}
    for name, kept in expected.items():
        table = pipelines[name]["staging_table_name"]
        # The README leaves a row of its own.
        assert wait_until(lambda table=table, kept=kept: ids(dynamodb, table) - {"m-1"} == kept)  # type: ignore[misc]


def reconcile_uses_the_filter_of_the_function(
    pipeline: dict[str, Any], attached: dict[str, str], client: Clients, home: Path
) -> None:
    """Keep the rows that another pipeline of the same stream deletes."""
    dynamodb, staging = client("dynamodb"), pipeline["staging_table_name"]
    fill(dynamodb, staging, [row("web"), row("store")])
    tables = ("--staging", staging, "--messages", pipeline["messages_table_name"])
    environment = {**attached, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    _, result = run_for_json(environment, "reconcile", *tables, "--apply")
    assert result["in_both"]["deleted"] == 1
    assert ids(dynamodb, staging) == {"store", "paid"}


def test_the_plan_rejects_a_third_consumer_of_a_stream(applied: dict[str, Path], attached: dict[str, str]) -> None:
    """AWS supports two."""
    pipelines = {name: {"messages": "orders"} for name in ("one", "two", "three")}
    with pytest.raises(Exception, match="at most two pipelines with the same messages table"):
        run_terraform(
            applied["multiple-pipelines"],
            "plan",
            "-no-color",
            f"-var=pipelines={json.dumps(pipelines)}",
            environment=attached,
        )
