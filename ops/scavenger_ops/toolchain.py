"""Sets up .venv/bin/terraform: the machine's Terraform or the pinned release, with a provider mirror if there is one.

`make venv` runs it as `python -m scavenger_ops.toolchain`.
"""

import hashlib
import http.client
import io
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.prefix).resolve() / "bin"

# versions.tf requires 1.9; the project is tested with this release.
TERRAFORM_VERSION = "1.11.4"
# Checksum of each platform's archive, from the publisher's terraform_<version>_SHA256SUMS.
TERRAFORM_SHA256 = {
    "darwin_amd64": "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
    "darwin_arm64": "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
    "linux_amd64": "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
    "linux_arm64": "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
}
LEAST_TERRAFORM_VERSION = (1, 9)
INSTALL_IT = "Install Terraform {}.{} or newer, put it on PATH, then run this again.".format(*LEAST_TERRAFORM_VERSION)
RELEASES_URL = "https://releases.hashicorp.com/terraform"

REGISTRY = "registry.terraform.io"
PROVIDER = f"{REGISTRY}/hashicorp/aws"
# Where Terraform itself looks for providers, and the folders below which people usually put mirrors.
MIRROR_FOLDERS = ("~/.terraform.d/plugins", "~/.local/share/terraform/plugins")
MIRROR_PARENTS = (
    "/opt",
    "/srv",
    "/usr/local/share",
    "/usr/share",
    "/usr/local/share/terraform",
    "/usr/share/terraform",
)


class ToolchainError(Exception):
    """A tool that the project needs is not available. The text says what to do."""


def main() -> None:
    """Set up Terraform, and print which one."""
    try:
        terraform = find_terraform() or fetch_terraform(BIN.parent / "terraform", RELEASES_URL)
        mirror = find_mirror()
        write_launcher(BIN / "terraform", terraform, mirror)
    except ToolchainError as error:
        sys.exit(f"error: {error}")
    print(f"terraform: {terraform}" + (f", providers from {mirror}" if mirror else ""))  # noqa: T201 - for the set-up's log


def find_terraform() -> Path | None:
    """Return a new enough Terraform on PATH, other than the launcher that this module writes; None if there is none."""
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if Path(folder) != BIN]
    found = shutil.which("terraform", path=os.pathsep.join(folders))
    if found is None:
        return None
    answer = subprocess.run([found, "version", "-json"], capture_output=True, text=True, check=False)
    try:
        version = json.loads(answer.stdout)["terraform_version"]
    except (ValueError, KeyError):
        return None
    return Path(found) if _numbers(version) >= LEAST_TERRAFORM_VERSION else None


def fetch_terraform(folder: Path, releases_url: str) -> Path:
    """Download the pinned release for this platform into the folder, and check its SHA-256.

    Raises ToolchainError if the download fails or the checksum differs.
    """
    expected = TERRAFORM_SHA256.get(_platform())
    if expected is None:
        raise ToolchainError(
            f"Terraform is not on this machine, and there is no download for {_platform()}, only for "
            f"{', '.join(TERRAFORM_SHA256)}. {INSTALL_IT}"
        )
    name = f"terraform_{TERRAFORM_VERSION}_{_platform()}.zip"
    archive = _download(f"{releases_url}/{TERRAFORM_VERSION}/{name}")
    digest = hashlib.sha256(archive).hexdigest()
    if digest != expected:
        raise ToolchainError(
            f"{name} was not installed: its SHA-256 is {digest}, but {expected} is expected. Try again. If the "
            "error stays, something between this machine and the publisher changes the file."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        terraform = Path(files.extract("terraform", folder))
    terraform.chmod(0o755)
    return terraform


def find_mirror() -> Path | None:
    """Return a provider mirror on this machine with the locked provider for this platform; None if there is none.

    Raises ToolchainError if TF_PLUGIN_MIRROR names a folder without that provider.
    """
    named = os.environ.get("TF_PLUGIN_MIRROR")
    if named:
        folder = Path(named).expanduser().resolve()
        folder = folder.parent if folder.name == REGISTRY else folder
        if not _has_provider(folder):
            raise ToolchainError(
                f"TF_PLUGIN_MIRROR is {named}, but that folder has no {PROVIDER} {_locked_version()} for "
                f"{_platform()}. Set it to a folder that `terraform providers mirror` has filled, or unset it."
            )
        return folder
    folders = [Path(folder).expanduser() for folder in MIRROR_FOLDERS]
    folders += [found.parent for parent in MIRROR_PARENTS for found in sorted(Path(parent).glob(f"*/{REGISTRY}"))]
    return next((folder for folder in folders if _has_provider(folder)), None)


def write_launcher(launcher: Path, terraform: Path, mirror: Path | None) -> None:
    """Write a script that runs Terraform with the mirror, or with a provider cache if there is no mirror.

    The user's own CLI configuration takes precedence, unless TF_PLUGIN_MIRROR names the mirror.
    """
    lines = ["#!/usr/bin/env bash", "# Written by the project's set-up (ops/scavenger_ops/toolchain.py)."]
    if mirror is None:
        cache = launcher.parent.parent / "terraform-providers"
        cache.mkdir(exist_ok=True)
        lines += [f'export TF_PLUGIN_CACHE_DIR="${{TF_PLUGIN_CACHE_DIR:-{cache}}}"']
    else:
        configuration = launcher.parent.parent / "terraform.rc"
        configuration.write_text(_mirror_configuration(mirror))
        use_it = f"export TF_CLI_CONFIG_FILE={shlex.quote(str(configuration))}"
        if not os.environ.get("TF_PLUGIN_MIRROR"):
            use_it = f'[[ -f "${{TF_CLI_CONFIG_FILE:-$HOME/.terraformrc}}" ]] || {use_it}'
        lines += [use_it]
    lines += [f'exec {shlex.quote(str(terraform))} "$@"']
    # Replaced as a whole: another process may run it at this moment.
    written = launcher.with_name(f"{launcher.name}.{os.getpid()}")
    written.write_text("\n".join(lines) + "\n")
    written.chmod(0o755)
    written.replace(launcher)


def _mirror_configuration(mirror: Path) -> str:
    return f"""provider_installation {{
  filesystem_mirror {{
    path    = {json.dumps(str(mirror))}
    include = ["{PROVIDER}"]
  }}
  direct {{
    exclude = ["{PROVIDER}"]
  }}
}}
"""


def _has_provider(mirror: Path) -> bool:
    version, folder = _locked_version(), mirror / PROVIDER
    unpacked = folder / version / _platform()
    packed = folder / f"terraform-provider-aws_{version}_{_platform()}.zip"
    return unpacked.is_dir() or packed.is_file()


def _locked_version() -> str:
    try:
        lock = (ROOT / ".terraform.lock.hcl").read_text()
    except OSError as error:
        raise ToolchainError(
            f"{error.filename} cannot be read ({error.strerror}). Run this in a clone of the repository."
        ) from error
    found = re.search(rf'provider "{re.escape(PROVIDER)}" \{{\s+version\s+= "([^"]+)"', lock)
    if found is None:
        raise ToolchainError(f".terraform.lock.hcl has no version of {PROVIDER}. Restore the file from the repository.")
    return found[1]


def _platform() -> str:
    """Return this platform's name in Terraform's releases, such as linux_amd64."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_" + {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def _download(url: str) -> bytes:
    try:
        # The URL is a constant of this module.
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 # nosec B310
            content: bytes = answer.read()
            return content
    except (OSError, http.client.HTTPException) as error:
        raise ToolchainError(
            f"Terraform is not on this machine, and the download of {url} failed ({error}). {INSTALL_IT}"
        ) from error


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


if __name__ == "__main__":
    main()
