"""Each command in the documentation is run on the deployment, or by another test.

The pages have letters in place of names. Here they stand for the names of this deployment.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from scavenger_ops.cli import COMMANDS as SCAVENGER_COMMANDS
from scavenger_ops.cli import app, command_name
from scavenger_ops.toolchain import ROOT
from support.aws_cli import read_command
from support.configuration import addresses, outputs, variables
from support.deployment import Deployment, invoke, object_names, put
from support.doc_commands import Command, find_commands
from support.events import event, record
from support.pages import pages
from support.pipelines import LocalAws, attach_function, make_tables, remove
from support.schemas import FOLDER, check_result
from support.tables import fill, row
from support.trial import read_trial
from typer.testing import CliRunner

# As docs/how-to/operate.md introduces them.
LETTERS = {
    "F": "function_name",
    "S": "staging_table_name",
    "M": "messages_table_name",
    "B": "failure_bucket_name",
    "U": "event_source_mapping_uuid",
}
# The names of the examples' deployments, and their folders. In a command, this deployment takes their place.
OTHERS = {
    "quickstart": "examples/quickstart",
    "existing-tables": "examples/existing-tables",
    "payments": "examples/multiple-pipelines",
    "staging-scavenger": ".",
}
# These would change the deployment's tables, or take longer the more rows other tests leave there.
ON_OWN_TABLES = {"put-item", "reconcile", "scan", "update-table"}
# Write units a second: more than the tests need.
WRITE_UNITS = "1000"
READING = ("describe_", "filter_", "get_", "head_", "list_", "scan")
# Changes of these are undone, or removed with the tables. For any other operation, add how to undo it.
CHANGING = {"put_item", "update_event_source_mapping", "update_table"}

# Commands that are not run here: the file that runs them, and its text that does it. For bench and soak, other tests
# run the same code with less work. A workflow runs `make lock` once a week.
RUN_ELSEWHERE = {
    "make demo": ("tests/integration/test_demo.py", '"scavenger", "demo"'),
    "make test": (".ci/run", "make test"),
    "make plans": ("Makefile", "shown lint plans checkov"),
    "make lint": ("Makefile", "shown lint plans checkov"),
    "make breaks": (".github/workflows/nightly.yml", "run: make breaks"),
    "make engines": (".github/workflows/nightly.yml", "run: make engines"),
    "make docs": (".pre-commit-config.yaml", ".venv/bin/python -m scavenger_ops.terraform_tables"),
    "make venv": (".github/workflows/plan.yml", "run: make venv"),
    "make lock": (".github/workflows/requirements.yml", "run: make lock"),
    "make soak": ("Makefile", "pytest tests/model/test_schedules.py tests/unit/test_fuzz.py"),
    "make bench": ("tests/integration/test_bench.py", "bench.alternatives.run"),
    "make pictures": ("tests/unit/test_pictures_dashboard.py", "bench.pictures"),
    "make test-aws": ("tests/integration/test_on_aws.py", "--confcutdir=tests/aws"),
    "make clean-aws": ("tests/integration/test_aws_leftovers.py", "aws.leftovers"),
    "make deploy": ("tests/integration/conftest.py", 'run("apply"'),
    "make local": ("tests/integration/test_local_aws.py", '"local")'),
    "make build": ("tests/integration/conftest.py", '"make", "--quiet", "build"'),
    "make release": ("tests/integration/test_release.py", "release(clone, VERSION)"),
    "build.sh": ("Makefile", "\t./build.sh"),
    ".venv/bin/pytest": ("Makefile", "$(BIN)/pytest --numprocesses"),
    ".venv/bin/ruff format": (".pre-commit-config.yaml", ".venv/bin/ruff format --check"),
    ".venv/bin/terraform init": ("tests/integration/test_production.py", '"init"'),
    ".venv/bin/terraform plan": ("tests/integration/test_organizations.py", '"plan"'),
    ".venv/bin/terraform apply": ("tests/integration/test_runbook.py", '"apply"'),
    ".venv/bin/terraform destroy": ("tests/integration/test_runbook.py", '"destroy"'),
}

COMMANDS = find_commands()
# The tests of the examples carry these out on the applied examples.
ON_EXAMPLES = {
    command
    for path, page in pages().items()
    if path.startswith("examples/")
    for command in (*read_trial(page), *(each for each in find_commands([page]) if "create-table" in each.words))
}
# Not to be run: a sentence is about the command.
NAMES = [command_name(command) for command, _, _ in SCAVENGER_COMMANDS]
NAMES_ALONE = [command for command in COMMANDS if command.text.removeprefix("scavenger ") in NAMES]
HERE = [each for each in COMMANDS if each not in (*NAMES_ALONE, *ON_EXAMPLES)]
# The deployment here has no reconciler.
OF_RECONCILER = [each for each in HERE if {"--on-aws", "stepfunctions"} & set(each.words)]
RECONCILER_TESTS = ("tests/integration/test_reconciler.py", "tests/support/state_machine.py")
SCAVENGER = [each for each in HERE if each.words[0] == ".venv/bin/scavenger" and each not in OF_RECONCILER]
AWS = [each for each in HERE if each.words[0] == "aws" and each not in OF_RECONCILER]
TERRAFORM = [each for each in COMMANDS if each.words[0] == ".venv/bin/terraform"]
OUTPUTS = [each for each in TERRAFORM if each.words[1] == "output"]
FOLDERS = [each for each in COMMANDS if each.words[0] == "cd"]

Client = Callable[[str], Any]


def of(commands: list[Command]) -> pytest.MarkDecorator:
    """Return the mark that runs a test for each of these commands."""
    return pytest.mark.parametrize("command", commands, ids=str)


def find_elsewhere(command: Command) -> str | None:
    """Return the key of RUN_ELSEWHERE that a command begins with, if any."""
    words = " ".join(command.words)
    return next((key for key in RUN_ELSEWHERE if f"{words} ".startswith(f"{key} ")), None)


def fill_in(command: Command, names: Mapping[str, str]) -> list[str]:
    """Return the command with names in place of letters, of parts in angle brackets, and of the examples' names."""

    def name(found: re.Match[str]) -> str:
        return names[found[0]]

    # A letter in a path of a --query, or in JSON, does not stand for a name.
    pattern = rf"<[^>]*>|(?<![\w.\"-])[A-Z](?![\w\"-])|\b(?:{'|'.join(OTHERS)})\b"
    return [re.sub(pattern, name, word) for word in command.words]


@contextmanager
def own_pipeline(aws: LocalAws) -> Iterator[dict[str, str]]:
    """Create two tables, and a function that is off. Both tables have one row, two hours old."""
    own = attach_function(aws, make_tables(aws, has_stream=True), is_on=False)
    for table in (own.staging, own.messages):
        fill(aws.client("dynamodb"), table, [row("left")])
    # The names of an example's tables begin with the example's name, which is also its function's.
    yield {"S": own.staging, "M": own.messages, "F": own.function} | dict.fromkeys(OTHERS, own.function)
    remove(aws, own)


@pytest.fixture
def names(command: Command, deployment: Deployment, local: dict[str, str], client: Client) -> Iterator[dict[str, str]]:
    """Return the names that the letters stand for in a command."""
    given = {letter: deployment.outputs[output] for letter, output in LETTERS.items()} | {"N": WRITE_UNITS}
    given |= dict.fromkeys(OTHERS, given["F"])
    if ON_OWN_TABLES.isdisjoint(command.words):
        yield given
    else:
        with own_pipeline(LocalAws(local, client)) as own:
            yield given | own


def insert(deployment: Deployment) -> dict[str, Any]:
    """Stage a row, and return the record of the insert of its message."""
    put(deployment.dynamodb, deployment.outputs["staging_table_name"], ["documented"])
    key = {"messageId": {"S": "documented"}, "createdAt": {"N": "1"}}
    return record(1, Keys=key) | {"eventSourceARN": deployment.outputs["messages_table_stream_arn"]}


@pytest.fixture(scope="module")
def _log_of_all_kinds(deployment: Deployment) -> Iterator[None]:
    """Let the function process a batch, quarantine a record, and fail, so that its log has lines of all kinds."""
    assert invoke(deployment, event(insert(deployment), record(2) | {"dynamodb": {}})).error is None
    assert invoke(deployment, {}).error
    yield
    for key in object_names(deployment):
        deployment.s3.delete_object(Bucket=deployment.outputs["failure_bucket_name"], Key=key)


@pytest.fixture
def kept(deployment: Deployment, _log_of_all_kinds: None) -> str:
    """Put two objects that can be redriven into the failure bucket: a discarded batch, and a quarantined record.

    Return the key of the quarantined record's object.
    """
    bucket, function, uuid = (deployment.outputs[LETTERS[letter]] for letter in "BFU")
    for key in object_names(deployment):
        deployment.s3.delete_object(Bucket=bucket, Key=key)
    body = json.dumps({"payload": json.dumps(event(insert(deployment)))})
    for key in (quarantined := f"aws/lambda/{function}/quarantine/1", f"aws/lambda/{uuid}/shard/1"):
        deployment.s3.put_object(Bucket=bucket, Key=key, Body=body)
    return quarantined


@of(SCAVENGER)
@pytest.mark.usefixtures("kept")
def test_a_scavenger_command_in_a_page_works(
    command: Command, names: dict[str, str], local: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It exits with 0. Only status exits with 1, because the failure bucket has objects."""
    monkeypatch.chdir(tmp_path)
    # The default session may be that of another test, with its credentials.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    # --install-completion looks for the shell that started it. The tests may run without one.
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("bash", "/bin/bash"))
    environment = {**local, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    arguments = fill_in(command, names)[1:]
    # Nobody answers the question that it asks.
    arguments += ["--yes"] if arguments[0] == "verify" and "--yes" not in arguments else []
    result = CliRunner(env=environment).invoke(app, arguments)
    assert result.exit_code == int(arguments[0] == "status"), result.output
    assert arguments[0] != "status" or names["F"] in arguments
    assert result.stdout
    assert isinstance(result.exception, SystemExit | None)

    if "--json" in arguments:
        name = max((name for name in NAMES if f"{' '.join(arguments)} ".startswith(f"{name} ")), key=len)
        assert_reference_has_keys_of(name, json.loads(result.stdout))


def assert_reference_has_keys_of(name: str, result: dict[str, Any]) -> None:
    """Compare the keys of a command's JSON with its schema, or with the table in docs/reference/commands.md.

    In both directions.
    """
    if (FOLDER / f"{name.replace(' ', '-')}.schema.json").exists():
        check_result(name, result)
        return
    text = pages()["docs/reference/commands.md"].text
    (section,) = re.findall(rf"^### JSON of {name}\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    table, *_ = re.findall(r"^(?:\|.*\n)+", section, re.MULTILINE)
    documented, found, objects = first_cells(table), set(paths_of(result)), set(paths_of(result, of_objects=True))
    patterns = [re.escape(path).replace(r"\<", "<").replace(r"\>", ">") for path in documented]
    forms = [re.compile(re.sub(r"<\w+>", r"[^.]+", pattern)) for pattern in patterns]
    assert [path for path in sorted(found) if not any(form.fullmatch(path) for form in forms)] == []
    due = {path for path in documented if "<" not in path and path.rpartition(".")[0] in objects}
    assert due - found == set()


def first_cells(table: str) -> set[str]:
    """Return all code in the first cells of a table."""
    return {code for line in table.splitlines() for code in re.findall(r"`([^`]+)`", line.split("|")[1])}


# The keys of these are names of attributes, settings and conditions.
KEYED_BY_DATA = {"staging_key", "key", "conditions", "changes"}


def paths_of(value: Any, path: str = "", *, of_objects: bool = False) -> Iterator[str]:
    """Yield the path of each key, or of each object, as the reference writes it: `a.b`, and `a[].b` in a list."""
    if isinstance(value, list):
        for each in value:
            yield from paths_of(each, f"{path}[]", of_objects=of_objects)
    elif isinstance(value, dict):
        if of_objects:
            yield path
        for key, each in value.items():
            inner = f"{path}.{key}" if path else key
            yield from () if of_objects else (inner,)
            if key not in KEYED_BY_DATA:
                yield from paths_of(each, inner, of_objects=of_objects)


@of(AWS)
def test_a_command_of_aws_is_answered(
    command: Command, names: dict[str, str], kept: str, deployment: Deployment, client: Client
) -> None:
    """The AWS CLI's models accept the command, and the local AWS returns something to show."""
    call = read_command(fill_in(command, names | {"<object>": kept}))
    assert call.operation in CHANGING or call.operation.startswith(READING)
    try:
        assert call.on(client)
    finally:
        if call.operation == "update_event_source_mapping":
            deployment.functions.update_event_source_mapping(UUID=names["U"], Enabled=True)


@of([each for each in OUTPUTS if each.folder == "."])
def test_a_command_shows_the_outputs_of_the_deployment(command: Command, deployment: Deployment) -> None:
    """It shows the output that it names, or all outputs."""
    code, output, errors = deployment.terraform("cmd", *command.words[1:])
    assert code == 0, errors
    named = [word for word in command.words[2:] if not word.startswith("-")] or deployment.outputs
    assert [name for name in named if str(deployment.outputs[name]) not in output] == []


@of(TERRAFORM)
def test_a_terraform_command_names_what_the_configuration_declares(command: Command) -> None:
    """That is: addresses of resources and modules, variables, and outputs."""
    there = addresses(command.folder)
    known = {"-replace": there, "-target": there, "-var": variables(command.folder), "-raw": outputs(command.folder)}
    # An option's value comes after a = or is the next word. The value of -var begins with the variable's name.
    for option, named in re.findall(r"(?:^| )(-[\w-]+)[= ]([\w.-]+)", " ".join(command.words[2:])):
        assert named in known[option], option


def test_the_addresses_in_the_state_are_found_in_the_configuration(deployment: Deployment) -> None:
    """Indexes are left out. The state has no address of a resource with a count of zero."""
    _, state, _ = deployment.terraform("cmd", "state list", raise_on_error=True)
    managed = {re.sub(r"\[[^]]*\]", "", address) for address in state.splitlines()}
    assert {address for address in managed if ".data." not in address} <= addresses(".")
    assert len(managed) > 15


def test_the_runbook_introduces_each_letter() -> None:
    """The text above its first section names these letters and no others."""
    introduction = pages()["docs/how-to/operate.md"].text.split("\n## ")[0]
    assert set(re.findall(r"`([A-Z])`", introduction)) == LETTERS.keys()


@pytest.mark.parametrize(("name", "folder"), OTHERS.items())
def test_an_example_has_the_name_that_its_page_says(name: str, folder: str) -> None:
    """The name is a default, or the key of one of several pipelines."""
    text = "".join(path.read_text() for path in (ROOT / folder).glob("*.tf"))
    assert re.search(rf'"{name}"|^ +{name} += {{', text, re.MULTILINE)


@of(FOLDERS)
def test_a_folder_to_change_to_exists(command: Command) -> None:
    """The next commands of the page run in it."""
    assert (ROOT / command.folder / command.words[1]).is_dir()


@of(OF_RECONCILER)
def test_a_command_of_the_reconciler_is_run_on_one(command: Command) -> None:
    """On a deployment that has one."""
    called = '"--on-aws"' if "--on-aws" in command.words else f".{command.words[2].replace('-', '_')}("
    assert any(called in (ROOT / file).read_text() for file in RECONCILER_TESTS)


@of([each for each in HERE if each not in (*SCAVENGER, *AWS, *OF_RECONCILER, *OUTPUTS, *FOLDERS)])
def test_any_other_command_is_run_elsewhere(command: Command) -> None:
    """Another test runs it, or CI itself."""
    key = find_elsewhere(command)
    assert key, f"run it here, or add the file that runs it to RUN_ELSEWHERE: {command}"
    file, words = RUN_ELSEWHERE[key]
    assert words in (ROOT / file).read_text()


def test_each_command_that_is_run_elsewhere_is_in_a_page() -> None:
    """If a page gets an old command back, its entry must be checked again."""
    assert {find_elsewhere(command) for command in COMMANDS} - {None} == RUN_ELSEWHERE.keys()
