"""An AWS on this machine (MiniStack) that lives as long as a `with` block."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REGION = "us-east-1"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10
# Between choosing a free port and taking it, another process may take it.
START_ATTEMPTS = 3


class LocalAwsError(Exception):
    """MiniStack does not run; the text says where its log is."""


@contextmanager
def local_aws(folder: Path) -> Iterator[dict[str, str]]:
    """Run MiniStack on a free port of 127.0.0.1, with IAM enforced, and give the environment that leads to it.

    The environment is this process's own without its settings of AWS and Terraform, so that nothing in it leads to a
    real account or state. The log and all temporary files are kept in the folder. When the block ends, so do MiniStack
    and its function workers.
    """
    environment = {name: value for name, value in os.environ.items() if not _leads_elsewhere(name)}
    environment |= {
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "AWS_ACCESS_KEY_ID": "LOCAL" + secrets.token_hex(8).upper(),
        "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }
    process, port = _start(folder, environment)
    try:
        yield environment | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    finally:
        _stop(process)


def _leads_elsewhere(name: str) -> bool:
    """Say whether a variable is a setting of AWS or Terraform, save where Terraform finds its providers."""
    return name.startswith(("AWS_", "TF_")) and not name.startswith(("TF_CLI_CONFIG_FILE", "TF_PLUGIN_"))


def _start(folder: Path, environment: dict[str, str]) -> tuple[subprocess.Popen[bytes], int]:
    log = folder / "ministack.log"
    for _ in range(START_ATTEMPTS):
        port = _free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "scavenger_ops.local_server"],
                env=environment
                | {
                    "AUTH": "true",
                    "BIND_HOST": "127.0.0.1",
                    "GATEWAY_PORT": str(port),
                    "MINISTACK_REGION": REGION,
                    "TMPDIR": str(folder),
                    # Else it listens for devices too, on every interface.
                    "IOT_MTLS_ENABLED": "0",
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for us, who stop it when all else is done; its function workers belong to the group.
                start_new_session=True,
            )
        try:
            if _is_ready(process, port, log):
                return process, port
        except BaseException:
            _stop(process)
            raise
        _stop(process)
    raise LocalAwsError(f"MiniStack did not start. Its log ends:\n{log.read_text()[-2000:]}")


def _is_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    """Wait until it answers; give up when it has ended, or not answered for a minute."""
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < give_up_at:
        # Its own word comes first: on the port, another one might answer, while ours has yet to find it taken.
        if b"Ready" in log.read_bytes():
            try:
                with without_proxy.open(f"http://127.0.0.1:{port}/_ministack/health", timeout=5):
                    return process.poll() is None
            except OSError:
                pass
        time.sleep(0.1)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it started."""
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
