"""A deployment of release 0.1.0 is upgraded as docs/how-to/upgrade.md says, and nothing is lost."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support import first_release
from support.command import run_for_json
from support.deployment import POLICY_NAME, list_objects, message_ids, put, wait_until, without_statements
from support.events import event, key, record
from support.upgrades import (
    PAGE,
    Releases,
    Upgrade,
    actions,
    copy_this_commit,
    describe,
    make_upgrades,
    resource_of,
    table_of,
)

Clients = Callable[[str], Any]
NAMES = {
    "root": ("staging-scavenger", "staging-scavenger"),
    "caller": ("orders", "orders"),
    "production": ("production", "production"),
}
CASES = tuple(NAMES)
by_case = pytest.mark.parametrize("case", CASES)


def names_of(case: str) -> dict[str, str]:
    """Return the names of a deployment."""
    name, tables = NAMES[case]
    bucket = f"{name}-failures-000000000000-us-east-1"
    return {"function": name, "messages": f"{tables}-messages", "staging": f"{tables}-staging", "bucket": bucket}


class Upgraded(NamedTuple):
    """What was seen before, during and after the upgrades, by case; documents are by command."""

    identities: dict[str, Any]
    documents: dict[str, tuple[Any, Any]]
    plans: dict[str, Any]
    processed_meanwhile: dict[str, int]
    second_plans: dict[str, Any]
    plans_back: dict[str, Any]


@pytest.fixture(scope="module")
def upgraded(
    attached: dict[str, str], local: dict[str, str], client: Clients, tmp_path_factory: pytest.TempPathFactory
) -> Upgraded:
    """Deploy 0.1.0 three times, use the deployments, and upgrade them while they are used."""
    first_release.require_history()
    folder = tmp_path_factory.mktemp("upgrade")
    releases = Releases(first_release.copy_release(folder / "0.1.0"), copy_this_commit(folder))
    first_release.build_package(releases.first)
    upgrades = make_upgrades(releases, attached, local)
    with ThreadPoolExecutor() as pool:

        def each(step: Callable[[str], Any]) -> Callable[[], dict[str, Any]]:
            """Start a step of all cases, and return a function that waits for their results."""
            results = pool.map(step, CASES)
            return lambda: dict(zip(CASES, results, strict=True))

        each(lambda case: upgrades[case].deploy())()
        identities = each(lambda case: describe(client, names_of(case)))()
        each(lambda case: use(client, names_of(case)))()
        plans = each(lambda case: upgrades[case].plan())
        documents = read_documents(releases.first, local)
        planned = plans()
        each(lambda case: leave_records_unread(client, names_of(case)))()
        processed = each(lambda case: upgrade(client, upgrades[case], names_of(case)))()
        second, back = each(lambda case: upgrades[case].after.plan()), each(lambda case: upgrades[case].plan_way_back())
        return Upgraded(identities, documents, planned, processed, second(), back())


def use(client: Clients, names: dict[str, str]) -> None:
    """Stage a message again that was processed and deleted. Of one deployment, also leave failure objects."""
    dynamodb = client("dynamodb")
    for table in ("staging", "messages"):
        put(dynamodb, names[table], ["again"])
    assert wait_until(lambda: not message_ids(dynamodb, names["staging"], "again"))
    put(dynamodb, names["staging"], ["again", "never processed"])
    if names["function"] == NAMES["root"][0]:
        leave_failure_objects(client, names)


def leave_failure_objects(client: Clients, names: dict[str, str]) -> None:
    """Let Lambda discard a batch, and the function quarantine a record."""
    dynamodb, bucket = client("dynamodb"), names["bucket"]
    put(dynamodb, names["staging"], ["exhausted"])
    # Its role has the function's name.
    with without_statements(client("iam"), names["function"], POLICY_NAME, "DeleteFromStaging"):
        put(dynamodb, names["messages"], ["exhausted"])
        assert wait_until(lambda: len(list_objects(client("s3"), bucket)) == 1)
    stream = dynamodb.describe_table(TableName=names["messages"])["Table"]["LatestStreamArn"]
    records = [record(1, Keys=key(1)), record(2, Keys={**key(2), "messageId": {"S": ""}})]
    payload = json.dumps(event(*(each | {"eventSourceARN": stream} for each in records)))
    client("lambda").invoke(FunctionName=names["function"], Payload=payload)
    assert len(list_objects(client("s3"), bucket)) == 2


def leave_records_unread(client: Clients, names: dict[str, str]) -> None:
    """Pause the mapping, as an operator may have done, and process messages. The apply resumes it."""
    functions = client("lambda")
    (mapping,) = functions.list_event_source_mappings(FunctionName=names["function"])["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    assert wait_until(lambda: functions.get_event_source_mapping(UUID=mapping["UUID"])["State"] == "Disabled")
    for table in ("staging", "messages"):
        put(client("dynamodb"), names[table], [f"unread-{number}" for number in range(40)])


def upgrade(client: Clients, upgrade: Upgrade, names: dict[str, str]) -> int:
    """Apply the upgrade, and return how many messages were processed meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        applied, number = pool.submit(upgrade.after.run, "apply", "-auto-approve", "-input=false"), 0
        while not wait([applied], timeout=0.2).done:
            for table in ("staging", "messages"):
                put(client("dynamodb"), names[table], [f"during-{number}"])
            number += 1
        applied.result()
    return number


def read_documents(release: Path, local: dict[str, str]) -> dict[str, tuple[Any, Any]]:
    """Return what each command of 0.1.0, and of now, says in JSON about the same deployment of 0.1.0."""
    names = names_of("root")
    name, bucket, staging, messages = (names[part] for part in ("function", "bucket", "staging", "messages"))
    then: dict[str, tuple[str, ...]] = {
        "status": ("--name", name),
        "redrive": ("--bucket", bucket, "--function", name, "--prefix", f"aws/lambda/{name}/"),
        "reconcile": ("--staging", staging, "--messages", messages),
        "plan": ("--inserts", "10", "--simulate", "steady"),
    }
    return {
        command: (
            first_release.run_for_json(release, local, command, *arguments),
            run_for_json(local, command, *arguments)[1],
        )
        for command, arguments in then.items()
    }


@by_case
def test_the_plan_changes_what_the_page_says(upgraded: Upgraded, case: str) -> None:
    """Each resource that changes is on the page, with what happens to it."""
    planned = {(resource_of(address), done) for address, done in actions(upgraded.plans[case]).items()}
    assert planned <= table_of("What the apply changes").items()


def test_the_page_names_only_what_changes(upgraded: Upgraded) -> None:
    """Each row happens in one of the three upgrades."""
    planned = {resource_of(address) for plan in upgraded.plans.values() for address in actions(plan)}
    assert planned == table_of("What the apply changes").keys()


@by_case
def test_tables_stream_mapping_bucket_and_role_stay(upgraded: Upgraded, case: str, client: Clients) -> None:
    """A new mapping would read the stream again, and a new role could not write to the failure bucket at first."""
    assert describe(client, names_of(case)) == upgraded.identities[case]


@by_case
def test_no_row_is_lost_or_deleted_twice(upgraded: Upgraded, case: str, client: Clients) -> None:
    """Messages from before and during the upgrade lose their rows. A row that was staged again shows a replay."""
    dynamodb, names = client("dynamodb"), names_of(case)
    assert upgraded.processed_meanwhile[case] > 0
    kept = {"again", "never processed", *(["exhausted"] if case == "root" else [])}
    assert wait_until(lambda: message_ids(dynamodb, names["staging"], "") <= kept)
    assert message_ids(dynamodb, names["staging"], "") >= {"again", "never processed"}
    processed = {"again", *(f"unread-{number}" for number in range(40))}
    processed |= {f"during-{number}" for number in range(upgraded.processed_meanwhile[case])}
    assert message_ids(dynamodb, names["messages"], "") - {"exhausted"} == processed


@pytest.mark.usefixtures("upgraded")
def test_failure_objects_of_the_release_are_redriven(client: Clients, local: dict[str, str]) -> None:
    """That of Lambda is done. That of the function is left, because its record cannot be deleted."""
    names = names_of("root")
    code, result = run_for_json(local, "redrive", names["function"])
    results = {each["condition"]: each["result"] for each in result["objects"]}
    assert (code, results) == (1, {"RetryAttemptsExhausted": "redriven", "Quarantined": "left"})
    assert message_ids(client("dynamodb"), names["staging"], "exhausted") == set()
    assert len(list_objects(client("s3"), names["bucket"])) == 1


@by_case
def test_a_second_plan_changes_nothing(upgraded: Upgraded, case: str) -> None:
    """The state and the settings are those of a new deployment."""
    assert actions(upgraded.second_plans[case]) == {}


@by_case
def test_the_way_back_replaces_and_deletes_what_the_page_says(upgraded: Upgraded, case: str) -> None:
    """It takes no data away either."""
    planned = actions(upgraded.plans_back[case])
    lost = {(resource_of(address), done) for address, done in planned.items() if done in ("replaced", "deleted")}
    assert lost <= table_of("The way back").items()


@pytest.mark.parametrize("command", ["status", "redrive", "reconcile", "plan"])
def test_a_field_of_json_that_is_gone_is_on_the_page(upgraded: Upgraded, command: str) -> None:
    """Scripts may read it."""
    then, now = (set(field_paths(document)) for document in upgraded.documents[command])
    gone = {path[-1] for path in then - now if path[:-1] in now or len(path) == 1}
    codes = {part for code in PAGE.codes for part in (code, *code.split("."))}
    assert gone - codes == set()


def field_paths(value: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each field of a document. An entry of a list has the path of the list."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield (*above, name)
            yield from field_paths(part, (*above, name))
    elif isinstance(value, list):
        for part in value:
            yield from field_paths(part, above)
