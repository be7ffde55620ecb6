"""Terraform is found on the machine, or downloaded and checked. A provider mirror is found and used."""

import hashlib
import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from scavenger_ops import toolchain
from scavenger_ops.toolchain import (
    PROVIDER,
    TERRAFORM_VERSION,
    ToolchainError,
    fetch_terraform,
    find_mirror,
    find_terraform,
    write_launcher,
)

PLATFORM = "linux_amd64"
ARCHIVE = f"terraform_{TERRAFORM_VERSION}_{PLATFORM}.zip"


@pytest.fixture(autouse=True)
def _platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_platform", lambda: PLATFORM)
    monkeypatch.delenv("TF_PLUGIN_MIRROR", raising=False)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without log lines."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def releases(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve a folder as the publisher does. Yield its URL, and the folder of the pinned release."""
    release = tmp_path / "releases" / TERRAFORM_VERSION
    release.mkdir(parents=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(release.parent)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", release
    server.shutdown()
    thread.join()
    server.server_close()


def publish(release: Path, script: str) -> str:
    """Publish a release whose terraform is this script, and return its SHA-256."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("terraform", script)
        archive.writestr("LICENSE.txt", "")
    (release / ARCHIVE).write_bytes(content.getvalue())
    return hashlib.sha256(content.getvalue()).hexdigest()


def make_terraform(folder: Path, version: str) -> Path:
    """Put a terraform of this version into a folder."""
    folder.mkdir(exist_ok=True)
    terraform = folder / "terraform"
    terraform.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
    terraform.chmod(0o755)
    return terraform


@pytest.mark.parametrize("version", ["1.9.0", "1.11.4", "1.20.0-beta1", "2.0.0"])
def test_a_terraform_on_path_is_used(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must be new enough."""
    terraform = make_terraform(tmp_path / "bin", version)
    monkeypatch.setenv("PATH", f"{terraform.parent}:/usr/bin:/bin")
    assert find_terraform() == terraform


@pytest.mark.parametrize("version", ["1.8.5", "0.15.0"])
def test_an_old_terraform_on_path_is_not_used(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration would not load."""
    terraform = make_terraform(tmp_path / "bin", version)
    monkeypatch.setenv("PATH", f"{terraform.parent}:/usr/bin:/bin")
    assert find_terraform() is None


def test_the_launcher_itself_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With .venv/bin on PATH it would call itself forever."""
    terraform = make_terraform(tmp_path / "bin", "1.11.4")
    monkeypatch.setattr(toolchain, "BIN", terraform.parent)
    monkeypatch.setenv("PATH", str(terraform.parent))
    assert find_terraform() is None


def test_a_downloaded_release_can_be_run(
    releases: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pinned release is what runs."""
    url, release = releases
    monkeypatch.setitem(toolchain.TERRAFORM_SHA256, PLATFORM, publish(release, "#!/bin/sh\necho fetched\n"))
    terraform = fetch_terraform(tmp_path / "terraform", url)
    assert subprocess.run([terraform], capture_output=True, text=True, check=True).stdout == "fetched\n"


def test_a_release_with_another_checksum_is_not_installed(releases: tuple[str, Path], tmp_path: Path) -> None:
    """The error has both checksums."""
    url, release = releases
    digest = publish(release, "#!/bin/sh\necho evil\n")
    expected = toolchain.TERRAFORM_SHA256[PLATFORM]
    with pytest.raises(ToolchainError, match=f"was not installed: its SHA-256 is {digest}, but {expected} is expected"):
        fetch_terraform(tmp_path / "terraform", url)
    assert not (tmp_path / "terraform").exists()


def test_a_platform_without_a_pinned_release_gets_instructions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is downloaded."""
    monkeypatch.setattr(toolchain, "_platform", lambda: "plan9_mips")
    with pytest.raises(
        ToolchainError,
        match=r"no download for plan9_mips, only for .+\. Install Terraform 1\.9 or newer, put it on PATH",
    ):
        fetch_terraform(tmp_path / "terraform", "http://127.0.0.1:9")


def test_a_failed_download_gives_instructions(releases: tuple[str, Path], tmp_path: Path) -> None:
    """There is nothing at that address."""
    url, _ = releases
    with pytest.raises(ToolchainError, match=r"Install Terraform 1\.9 or newer, put it on PATH"):
        fetch_terraform(tmp_path / "terraform", url)


def make_mirror(folder: Path, version: str | None = None) -> Path:
    """Create a mirror with a version of the provider, by default the locked one."""
    (folder / PROVIDER / (version or toolchain._locked_version()) / PLATFORM).mkdir(parents=True)  # noqa: SLF001
    return folder


def test_a_mirror_in_a_usual_place_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any folder below it may be a mirror."""
    monkeypatch.setattr(toolchain, "MIRROR_FOLDERS", ())
    monkeypatch.setattr(toolchain, "MIRROR_PARENTS", (str(tmp_path),))
    make_mirror(tmp_path / "a-mirror-of-old", "5.0.0")
    assert find_mirror() is None
    mirror = make_mirror(tmp_path / "mirror")
    assert find_mirror() == mirror


@pytest.mark.parametrize("suffix", ["", "registry.terraform.io"])
def test_the_named_mirror_is_used(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name may be its own folder, or the registry's folder in it."""
    mirror = make_mirror(tmp_path / "mirror")
    monkeypatch.setenv("TF_PLUGIN_MIRROR", str(mirror / suffix))
    assert find_mirror() == mirror


def test_a_named_mirror_without_the_provider_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror that is named must be used."""
    monkeypatch.setenv("TF_PLUGIN_MIRROR", str(tmp_path))
    with pytest.raises(ToolchainError, match=f"that folder has no {re.escape(PROVIDER)}"):
        find_mirror()


def run_launcher(launcher: Path, environment: dict[str, str]) -> dict[str, str]:
    """Run the launcher of a terraform that prints its environment."""
    printed = subprocess.run([launcher], env=environment, capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in printed.splitlines() if line.startswith("TF_"))


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    """Return the path of a launcher to write, next to a terraform that prints its environment."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "printenv").write_text("#!/bin/sh\nenv\n")
    (tmp_path / "printenv").chmod(0o755)
    return tmp_path / "bin" / "terraform"


def test_terraform_uses_the_mirror(launcher: Path, tmp_path: Path) -> None:
    """It does so even if TF_CLI_CONFIG_FILE names a file that does not exist."""
    write_launcher(launcher, tmp_path / "printenv", tmp_path / "mirror")
    for missing in ({}, {"TF_CLI_CONFIG_FILE": str(tmp_path / "missing")}):
        seen = run_launcher(launcher, {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", **missing})
        assert str(tmp_path / "mirror") in Path(seen["TF_CLI_CONFIG_FILE"]).read_text()


def test_the_users_own_configuration_is_kept(launcher: Path, tmp_path: Path) -> None:
    """It may have credentials, or a mirror."""
    own = tmp_path / "own.rc"
    own.touch()
    write_launcher(launcher, tmp_path / "printenv", tmp_path / "mirror")
    seen = run_launcher(launcher, {"HOME": "/", "PATH": "/usr/bin:/bin", "TF_CLI_CONFIG_FILE": str(own)})
    assert seen["TF_CLI_CONFIG_FILE"] == str(own)


def test_without_a_mirror_providers_are_cached(launcher: Path, tmp_path: Path) -> None:
    """They have some hundred megabytes, and the demo and each test start from nothing."""
    write_launcher(launcher, tmp_path / "printenv", None)
    seen = run_launcher(launcher, {"HOME": "/", "PATH": "/usr/bin:/bin"})
    assert Path(seen["TF_PLUGIN_CACHE_DIR"]).is_dir()
    assert "TF_CLI_CONFIG_FILE" not in seen
