"""The workflow that runs the tests for AWS gets the role only where a maintainer wants it, and leaves nothing."""

from typing import Any

from aws.account import BOUNDARY_VARIABLE
from aws.conftest import LAST_MINUTE, RUN_VARIABLE
from ruamel.yaml import YAML
from scavenger_ops.toolchain import ROOT
from support.tester_role import read_policy

WORKFLOW = YAML(typ="safe").load(ROOT / ".github/workflows/aws.yml")
JOB = WORKFLOW["jobs"]["test"]
PAGE = (ROOT / "docs/how-to/test-on-aws.md").read_text()
# The credentials of a role last so long, unless somebody asks for more.
CREDENTIALS_MINUTES = 60


def place(text: str) -> int:
    """Return the place of the only step that has a text in its action, its ID or its command."""
    (found,) = [
        number
        for number, step in enumerate(JOB["steps"])
        if any(text in step.get(name, "") for name in ("uses", "id", "run"))
    ]
    return found


def step(text: str) -> dict[str, Any]:
    """Return the only step that has a text in its action, its ID or its command."""
    found: dict[str, Any] = JOB["steps"][place(text)]
    return found


def test_it_runs_by_hand_and_weekly() -> None:
    """No push and no pull request starts it."""
    assert WORKFLOW["on"].keys() == {"schedule", "workflow_dispatch"}
    assert [each["cron"].split()[2:] for each in WORKFLOW["on"]["schedule"]] == [["*", "*", "1"]]


def test_it_runs_only_where_variables_name_a_role_and_a_region() -> None:
    """The page says which. Elsewhere, such as in a fork, it is skipped."""
    assert list(WORKFLOW["jobs"]) == ["test"]
    assert JOB["if"] == "vars.AWS_TEST_ROLE_ARN != '' && vars.AWS_TEST_REGION != ''"
    assert step("configure-aws-credentials")["with"] == {
        "role-to-assume": "${{ vars.AWS_TEST_ROLE_ARN }}",
        "aws-region": "${{ vars.AWS_TEST_REGION }}",
        "mask-aws-account-id": True,
    }
    assert step("test-aws")["env"] == {BOUNDARY_VARIABLE: "${{ vars.AWS_TEST_BOUNDARY_ARN }}"}
    for variable in ("AWS_TEST_ROLE_ARN", "AWS_TEST_REGION", "AWS_TEST_BOUNDARY_ARN"):
        assert f"`{variable}`" in PAGE


def test_it_may_only_read_and_ask_for_a_token() -> None:
    """The token is for the role, which trusts the environment of the job. Git keeps no token."""
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert JOB["permissions"] == {"contents": "read", "id-token": "write"}
    assert step("actions/checkout")["with"] == {"persist-credentials": False}
    (statement,) = read_policy("trust")["Statement"]
    subject = statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
    assert subject.split(":")[2:] == ["environment", JOB["environment"]]


def test_it_has_time_to_clean_up() -> None:
    """The tests end before their step does, the step before the job, and the job before the credentials expire."""
    assert LAST_MINUTE < step("make test-aws")["timeout-minutes"] <= JOB["timeout-minutes"] - 15
    assert JOB["timeout-minutes"] < CREDENTIALS_MINUTES
    assert place("make venv build") < place("configure-aws-credentials")


def test_it_removes_what_is_left_in_any_case() -> None:
    """Also if the tests fail, take too long or are cancelled: of this run, whatever its age, and of old ones."""
    assert place(f"{RUN_VARIABLE}=$(openssl rand -hex 3)") < place("make test-aws")
    after = JOB["steps"][place("make test-aws") + 1 :]
    assert [each["run"] for each in after[:2]] == [f'make clean-aws RUN="${RUN_VARIABLE}"', "make clean-aws"]
    assert {each["if"] for each in after[:2]} == {"always() && steps.credentials.outcome == 'success'"}
    assert "continue-on-error" not in str(WORKFLOW)


def test_two_runs_wait_for_each_other() -> None:
    """A run that is cancelled might leave something."""
    assert WORKFLOW["concurrency"] == {"group": "aws", "cancel-in-progress": False}


def test_it_keeps_the_answers() -> None:
    """Also if a test fails: the others had theirs."""
    upload = step("upload-artifact")
    assert (ROOT / upload["with"]["path"]).is_dir()
    assert upload["if"] == step("GITHUB_STEP_SUMMARY")["if"] == "always() && steps.test.outcome != 'skipped'"
