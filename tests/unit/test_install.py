"""Requirements are installed from the index in pip.conf, as in a company with its own index."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from scavenger_ops.toolchain import ROOT

NAME = "only-in-this-index"
WHEEL = "only_in_this_index-1.0-py3-none-any.whl"
METADATA = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n"
TAGS = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def make_index(folder: Path) -> str:
    """Make an index with one package, and return the package's SHA-256."""
    (folder / NAME).mkdir(parents=True)
    wheel = folder / NAME / WHEEL
    about = "only_in_this_index-1.0.dist-info"
    files = {f"{about}/METADATA": METADATA, f"{about}/WHEEL": TAGS, "only_in_this_index.py": ""}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in {**files, f"{about}/RECORD": "".join(f"{name},,\n" for name in files)}.items():
            archive.writestr(name, content)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / NAME / "index.html").write_text(f'<a href="{WHEEL}#sha256={digest}">{WHEEL}</a>')
    return digest


def test_a_package_of_pip_confs_index_is_installed(tmp_path: Path) -> None:
    """Its checksum is checked."""
    digest = make_index(tmp_path / "index")
    requirements, settings, environment = (tmp_path / name for name in ("requirements.txt", "pip.conf", "environment"))
    requirements.write_text(f"{NAME}==1.0 --hash=sha256:{digest}\n")
    # More settings follow the index, so it is not in the last line that `pip config list` shows.
    settings.write_text(
        f"[global]\nindex-url = {(tmp_path / 'index').as_uri()}\ntimeout = 1\ntrusted-host = localhost\n"
    )
    # Without pip's environment variables, which take precedence over pip.conf.
    without_pip_s = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    subprocess.run(
        [ROOT / "ops/install.sh", environment, requirements],
        env={**without_pip_s, "PIP_CONFIG_FILE": str(settings), "UV_DEFAULT_INDEX": "http://127.0.0.1:9"},
        check=True,
    )
    subprocess.run([environment / "bin/python", "-c", "import only_in_this_index"], check=True)
