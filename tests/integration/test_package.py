"""The zip file contains everything that the function needs except boto3, and Lambda runs it."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from scavenger_ops.terraform import PACKAGE
from scavenger_ops.toolchain import ROOT
from support.deployment import Deployment, invoke
from support.dynamodb import http_dynamodb
from support.events import ARTICLE_EVENT, KEY_TYPES, event, record


def build(root: Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the build script of a copy of the project, which finds a Python itself."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    return subprocess.run(
        [root / "build.sh"], cwd=cwd, env={**inherited, **environment}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the files that the build needs to another folder."""
    root = tmp_path / "copy"
    shutil.copytree(ROOT / "lambda_src", root / "lambda_src")
    shutil.copytree(ROOT / "ops", root / "ops")
    shutil.copy(ROOT / "build.sh", root)
    return root


def test_the_same_input_gives_the_same_bytes(copy: Path, tmp_path: Path) -> None:
    """The other build is in another folder, with the Python that build.sh finds, and files that others left behind."""
    (copy / "lambda_src" / "scavenger" / "__pycache__").mkdir(exist_ok=True)
    (copy / "lambda_src" / "scavenger" / "__pycache__" / "left.cpython-313.pyc").touch()
    (copy / "lambda_src" / "scavenger" / ".DS_Store").touch()
    (copy / "lambda_src" / "scavenger" / "handler.py").touch()
    built = build(copy, tmp_path)
    assert built.returncode == 0, built.stderr
    assert (copy / "dist" / "scavenger.zip").read_bytes() == PACKAGE.read_bytes()


def test_nothing_in_the_zip_is_compressed() -> None:
    """Each build of zlib may compress differently, so the bytes would depend on the machine."""
    with zipfile.ZipFile(PACKAGE) as package:
        assert {entry.compress_type for entry in package.infolist()} == {zipfile.ZIP_STORED}


def test_another_input_gives_different_bytes(copy: Path, tmp_path: Path) -> None:
    """Otherwise a change would never be deployed."""
    with (copy / "lambda_src" / "scavenger" / "handler.py").open("a") as handler:
        handler.write("# changed\n")
    assert build(copy, tmp_path).returncode == 0
    assert (copy / "dist" / "scavenger.zip").read_bytes() != PACKAGE.read_bytes()


def test_without_python_the_error_says_what_to_install(copy: Path, tmp_path: Path) -> None:
    """PATH has only the tools that the shell needs."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "dirname", "env"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    built = build(copy, tmp_path, PATH=str(tools), HOME=str(tmp_path), PYENV_ROOT=str(tmp_path))
    assert built.returncode != 0
    assert built.stderr.startswith("No Python of at least 3.11 with venv was found. Install one")


def test_a_requirement_with_another_hash_is_rejected(copy: Path, tmp_path: Path) -> None:
    """The build checks the hashes."""
    requirements = copy / "lambda_src" / "requirements.txt"
    requirements.write_text(re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", requirements.read_text()))
    built = build(copy, tmp_path)
    assert built.returncode != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in built.stderr
    assert not (copy / "dist" / "scavenger.zip").exists()


def _requirements(name: str) -> set[str]:
    """Return the names of a distribution and of all distributions that it requires."""
    required = [re.split(r"[^\w.-]", text)[0] for text in distribution(name).requires or [] if "extra ==" not in text]
    return {name}.union(*(_requirements(other) for other in required))


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """Make a folder with only the packages of Lambda's Python runtime: boto3 and its requirements."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    for name in _requirements("boto3"):
        for file in distribution(name).files or []:
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (folder / top).exists():
                (folder / top).symlink_to(Path(str(distribution(name).locate_file(top))))
    return folder


def test_the_zip_needs_nothing_but_boto3(runtime: Path, tmp_path: Path) -> None:
    """The unpacked function deletes in a Python that sees neither this project nor its tools."""
    with zipfile.ZipFile(PACKAGE) as package:
        package.extractall(tmp_path / "task")
    script = f"""
import sys
sys.path += [{str(tmp_path / "task")!r}, {str(runtime)!r}]
from types import SimpleNamespace
import scavenger.lambda_function
context = SimpleNamespace(function_name="f", memory_limit_in_mb=256, invoked_function_arn="a", aws_request_id="r",
                          get_remaining_time_in_millis=lambda: 60000)
print(scavenger.lambda_function.lambda_handler({event(record(1))!r}, context))
"""
    with http_dynamodb([]) as (url, requests):
        settings = {
            "STAGING_MESSAGES_TABLE_NAME": "staging",
            "STAGING_MESSAGES_TABLE_KEY": json.dumps(KEY_TYPES),
            "MAX_REQUESTS_IN_FLIGHT": "8",
            "AWS_ENDPOINT_URL": url,
        }
        ran = subprocess.run(
            # Isolated, and without site-packages.
            [sys.executable, "-I", "-S", "-c", script],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "{'batchItemFailures': []}"
    assert len(requests) == 1


def test_the_zips_reconciler_needs_nothing_but_boto3(runtime: Path, tmp_path: Path) -> None:
    """Nor does it need anything of the command, such as rich: it is not in the zip."""
    with zipfile.ZipFile(PACKAGE) as package:
        package.extractall(tmp_path / "task")
    counted = {"segment": 0, "counts": [1] * 19}
    event = {
        "task": "summarise",
        "run": {"is_by_message": False, "is_reported": True, "segments": 1},
        "results": [counted],
    }
    script = f"""
import sys
sys.path += [{str(tmp_path / "task")!r}, {str(runtime)!r}]
from types import SimpleNamespace
import reconciler.lambda_function
context = SimpleNamespace(function_name="f", memory_limit_in_mb=512, invoked_function_arn="a", aws_request_id="r",
                          get_remaining_time_in_millis=lambda: 60000)
print(reconciler.lambda_function.lambda_handler({event!r}, context)["deleted"])
"""
    settings = {
        "SCAVENGER_FUNCTION_NAME": "scavenger",
        "AGE_ATTRIBUTE": "createdAt",
        "OLDER_THAN_S": "3600",
        "MAX_CONCURRENCY": "10",
    }
    ran = subprocess.run(
        # Isolated, and without site-packages.
        [sys.executable, "-I", "-S", "-c", script],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "1"


def test_the_runtime_runs_the_zip(deployment: Deployment) -> None:
    """The deployed function has these bytes, and returns a response."""
    name = deployment.outputs["function_name"]
    digest = base64.b64encode(hashlib.sha256(PACKAGE.read_bytes()).digest()).decode()
    assert deployment.functions.get_function_configuration(FunctionName=name)["CodeSha256"] == digest
    answer = invoke(deployment, ARTICLE_EVENT)
    assert (answer.error, answer.content) == (None, {"batchItemFailures": []})
