"""A local AWS runs beside others, and ends when it should."""

import json
import os
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from scavenger_ops.local.ministack import LocalAwsError, local_aws
from scavenger_ops.terraform import TERRAFORM
from scavenger_ops.toolchain import BIN
from support.command import run
from support.deployment import wait_until


@pytest.mark.xdist_group("a local AWS")
def test_tests_that_share_a_local_aws_run_in_one_process(request: pytest.FixtureRequest, worker_id: str) -> None:
    """pytest-xdist finds a group by the end of a test's name. Otherwise each process would start its own AWS."""
    assert worker_id == "master" or request.node.nodeid.endswith("@a local AWS")


def test_two_run_side_by_side_and_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its own endpoint, and no setting that leads to a real account."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    profile = tmp_path / ".aws" / "config"
    profile.parent.mkdir()
    profile.write_text("[default]\nignore_configured_endpoint_urls = true\n[profile production]\nregion = eu-west-1\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with local_aws(tmp_path / "a") as one, local_aws(tmp_path / "b") as other:
        assert one["AWS_ENDPOINT_URL"] != other["AWS_ENDPOINT_URL"]
        assert one["AWS_ENDPOINT_URL"].startswith("https://127.0.0.1:")
        assert "AWS_PROFILE" not in one
        assert one["AWS_PAGER"] == ""
        for name, value in one.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE")
        session = boto3.Session()
        assert session.available_profiles == []
        assert session.client("sts").meta.endpoint_url == one["AWS_ENDPOINT_URL"]
    for environment in (one, other):
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(environment["AWS_ENDPOINT_URL"], timeout=5)  # noqa: S310 - on 127.0.0.1


@pytest.mark.parametrize(
    ("named", "expected"), [("", "127.0.0.1"), ("mirror.example", "mirror.example,127.0.0.1"), ("*", "*")]
)
def test_hosts_that_need_no_proxy_stay_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, expected: str
) -> None:
    """Terraform may take its provider from one. A proxy cannot reach the local AWS."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", named)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with local_aws(tmp_path) as environment:
        assert environment["NO_PROXY"] == environment["no_proxy"] == expected
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert boto3.Session().client("sts").get_caller_identity()["Account"] == "000000000000"


def test_a_shell_has_one_while_it_runs(tmp_path: Path) -> None:
    """`scavenger local` exits as the shell does. Its Terraform is the project's."""
    shell = tmp_path / "shell"
    shell.write_text('#!/bin/sh\necho "$AWS_ENDPOINT_URL"\ncommand -v terraform\nexit 3\n')
    shell.chmod(0o755)
    code, output, errors = run({**os.environ, "SHELL": str(shell)}, "local")
    assert code == 3, errors
    address, terraform = output.splitlines()
    assert Path(terraform) == TERRAFORM
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(address, timeout=5)  # noqa: S310 - on 127.0.0.1


def test_a_response_comes_whole(local: dict[str, str]) -> None:
    """Head and body are one write: between two, Terraform's provider may close the connection, and retry."""
    address = urllib.parse.urlsplit(local["AWS_ENDPOINT_URL"])
    trust = ssl.create_default_context(cafile=local["AWS_CA_BUNDLE"])
    with (
        socket.create_connection((address.hostname, address.port), timeout=5) as plain,
        trust.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        for _ in range(50):
            connection.sendall(b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
            assert f"Content-Length: {len(body)}".encode() in head
            assert body


@pytest.mark.parametrize(("scheme", "is_allowed"), [("https", True), ("http", False)])
def test_a_policy_knows_whether_a_request_is_encrypted(
    local: dict[str, str], client: Callable[[str], Any], scheme: str, *, is_allowed: bool
) -> None:
    """A bucket denies a request without TLS. One from a proxy is what the proxy says that it was."""
    iam, s3, name = client("iam"), client("s3"), f"tls-{scheme}"
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps({"Statement": [everything]}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    s3.create_bucket(Bucket=name)
    plain = {"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    statement = plain | {"Action": "s3:*", "Resource": f"arn:aws:s3:::{name}/*"}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Statement": [statement]}))
    own = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=local["AWS_REGION"]).client(
        "s3", endpoint_url=local["AWS_ENDPOINT_URL"], verify=local["AWS_CA_BUNDLE"]
    )
    forwarded = {"X-Forwarded-Proto": scheme}
    own.meta.events.register("before-send", lambda request, **_: request.headers.update(forwarded))
    with nullcontext() if is_allowed else pytest.raises(ClientError, match="AccessDenied"):
        own.put_object(Bucket=name, Key="object", Body=b"")


def test_plain_http_reaches_nothing(local: dict[str, str]) -> None:
    """The port takes TLS only."""
    with pytest.raises(OSError, match=r"reset|closed|Remote end"):
        urllib.request.urlopen(local["AWS_ENDPOINT_URL"].replace("https", "http"), timeout=5)  # noqa: S310 - on 127.0.0.1


def test_an_alarm_evaluates_its_own_metric(client: Callable[[str], Any]) -> None:
    """Another function's errors do not affect it; its own do."""
    cloudwatch, group = client("cloudwatch"), {"Namespace": "Alarmed", "MetricName": "Errors"}
    dimensions = {name: [{"Name": "FunctionName", "Value": name}] for name in ("own", "other")}
    for name, own in dimensions.items():
        cloudwatch.put_metric_alarm(
            AlarmName=f"alarmed-{name}",
            **group,
            Dimensions=own,
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )

    def put(name: str) -> list[str]:
        datum = {"MetricName": "Errors", "Dimensions": dimensions[name], "Value": 1}
        cloudwatch.put_metric_data(Namespace="Alarmed", MetricData=[datum])
        alarms = cloudwatch.describe_alarms(AlarmNamePrefix="alarmed-", StateValue="ALARM")["MetricAlarms"]
        return sorted(alarm["AlarmName"] for alarm in alarms)

    assert put("other") == ["alarmed-other"]
    assert put("own") == ["alarmed-other", "alarmed-own"]
    cloudwatch.delete_alarms(AlarmNames=["alarmed-other", "alarmed-own"])


def test_a_failed_start_shows_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the end of the log."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho it is broken\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(broken))
    with pytest.raises(LocalAwsError, match="it is broken"), local_aws(tmp_path):
        pytest.fail("it cannot have started")


def test_a_shell_with_a_local_aws_has_its_own_terraform_state() -> None:
    """The folder may have the state of a real deployment. Two such shells do not share one either."""
    command = [str(BIN / "scavenger"), "local", "sh", "-c", "echo $TF_WORKSPACE"]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2))
    assert first.startswith("local-")
    assert first != second


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_ends_the_local_aws(number: signal.Signals) -> None:
    """So does SIGTERM. The command that runs with it ends too."""
    command = [str(BIN / "scavenger"), "local", "sh", "-c", "echo $AWS_ENDPOINT_URL; exec sleep 600"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    process.send_signal(number)
    # Read to the end of the output, which the command also has open.
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(address, timeout=5)  # noqa: S310 - on 127.0.0.1


def test_ctrl_c_during_the_start_leaves_nothing_behind(tmp_path: Path) -> None:
    """No process and no file, even after a second Ctrl-C."""
    process = subprocess.Popen(
        [BIN / "scavenger", "local", "sleep", "600"], env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    wait_until(lambda: any(tmp_path.glob("*/ministack.log")))
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert list(tmp_path.iterdir()) == []
