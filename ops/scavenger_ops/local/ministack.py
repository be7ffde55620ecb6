"""Starts the local AWS: `local_aws` runs MiniStack on 127.0.0.1 for the time of a `with` block.

`scavenger local`, the demo and the integration tests use it. `server` is the process that it starts.
"""

import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from scavenger_ops.local.limits import VARIABLE

REGION = "us-east-1"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10
# Another process may take the free port before MiniStack does.
START_ATTEMPTS = 3


class LocalAwsError(Exception):
    """MiniStack did not start. The text ends with the end of its log."""


@contextmanager
def local_aws(folder: Path) -> Iterator[dict[str, str]]:
    """Run MiniStack on a free port of 127.0.0.1, with TLS and IAM, and yield the environment for its clients.

    The environment is a copy of this process's, without the AWS and Terraform settings, so that nothing in it leads to
    a real account or state. The log and all temporary files are in the folder. MiniStack and its function workers end
    with the block.
    """
    from scavenger_ops.local.certificate import make_certificate  # noqa: PLC0415 - it needs the extra `local`

    environment = {name: value for name, value in os.environ.items() if not _leads_to_aws(name)}
    environment |= {
        **dict.fromkeys(("NO_PROXY", "no_proxy"), _without_proxy(os.environ)),
        # The profiles of this user may change endpoints, FIPS and the form of outputs.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        # Otherwise the AWS CLI, version 2, opens a pager for each output.
        "AWS_PAGER": "",
        "AWS_ACCESS_KEY_ID": "LOCAL" + secrets.token_hex(8).upper(),
        "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        VARIABLE: "1",
    }
    certificate, key = make_certificate(folder)
    # Also for the function's workers, which get MiniStack's environment.
    environment |= {"AWS_CA_BUNDLE": str(certificate)}
    tls = {"USE_SSL": "1", "MINISTACK_SSL_CERT": str(certificate), "MINISTACK_SSL_KEY": str(key)}
    process, port = _start(folder, environment | tls)
    try:
        yield environment | {"AWS_ENDPOINT_URL": f"https://127.0.0.1:{port}"}
    finally:
        _stop(process)


def _leads_to_aws(name: str) -> bool:
    """Return whether a variable is an AWS or Terraform setting, other than where Terraform finds its providers."""
    return name.startswith(("AWS_", "TF_")) and not name.startswith(("TF_CLI_CONFIG_FILE", "TF_PLUGIN_"))


def _without_proxy(environment: Mapping[str, str]) -> str:
    """Return the hosts to reach without a proxy: the local AWS, and those that the environment names."""
    named = environment.get("no_proxy") or environment.get("NO_PROXY")
    # Python knows * only alone.
    return named if named == "*" else ",".join(filter(None, (named, "127.0.0.1")))


def _start(folder: Path, environment: dict[str, str]) -> tuple[subprocess.Popen[bytes], int]:
    log = folder / "ministack.log"
    for _ in range(START_ATTEMPTS):
        port = _free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "scavenger_ops.local.server"],
                env=environment
                | {
                    "AUTH": "true",
                    "BIND_HOST": "127.0.0.1",
                    "GATEWAY_PORT": str(port),
                    "MINISTACK_REGION": REGION,
                    "TMPDIR": str(folder),
                    # By default, MiniStack also listens for IoT devices, on every interface.
                    "IOT_MTLS_ENABLED": "0",
                    # Waits between the retries of a state: 0.05 s for 5 s.
                    "SFN_WAIT_SCALE": "0.01",
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C must not reach MiniStack: _stop ends it last. Its function workers are in its process group.
                start_new_session=True,
            )
        try:
            if _is_ready(process, port, log):
                return process, port
        except BaseException:
            _stop(process)
            raise
        _stop(process)
    raise LocalAwsError(f"The local AWS (MiniStack) did not start. The end of its log:\n{log.read_text()[-2000:]}")


def _is_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    """Wait until it answers. Return False if it ends, or does not answer within START_TIMEOUT_S."""
    trust = ssl.create_default_context(cafile=log.parent / "certificate.pem")
    without_proxy = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
    )
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < give_up_at:
        # Check its log first: on the port, another process may answer before ours finds the port taken.
        if b"Ready" in log.read_bytes():
            try:
                with without_proxy.open(f"https://127.0.0.1:{port}/_ministack/health", timeout=5):
                    return process.poll() is None
            except OSError:
                pass
        time.sleep(0.1)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and the processes that it started."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signal_number)
        except ProcessLookupError:
            break
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            continue


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
