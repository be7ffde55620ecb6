#!/usr/bin/env bash
# Builds dist/scavenger.zip from lambda_src and its pinned requirements. The same input gives the same bytes on every machine.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
zip="$root/dist/scavenger.zip"

python="$root/.venv/bin/python"
if [[ ! -x "$python" ]]; then
  python="$("$root/ops/find_python.sh")"
fi
if ! "$python" -m pip --version >/dev/null 2>&1; then
  echo "build.sh needs pip, but $python has none. Install pip (on Debian: python3-pip), or run: make venv" >&2
  exit 1
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# For the platform of the function, not of this machine. Compiled files would contain times and paths.
"$python" -m pip install --quiet --disable-pip-version-check --no-input --no-compile --no-deps --require-hashes \
  --only-binary=:all: --platform manylinux2014_aarch64 --implementation cp --python-version 3.13 \
  --target "$work/package" --requirement "$root/lambda_src/requirements.txt"
cp -R "$root/lambda_src/reconciler" "$root/lambda_src/scavenger" "$work/package"

mkdir -p "$root/dist"
"$python" - "$work/package" "$work/scavenger.zip" <<'PYTHON'
import sys
import zipfile
from pathlib import Path

package, target = Path(sys.argv[1]), sys.argv[2]
# Files that pip writes about the installation, with paths of this machine.
left_out = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
with zipfile.ZipFile(target, "w") as archive:
    for path in sorted(package.rglob("*")):
        name = path.relative_to(package)
        if path.is_dir() or path.name in left_out or name.parts[0] == "bin":
            continue
        # Of this project, only the source: no files that a run, an editor or a file manager left beside it.
        if name.parts[0] in {"reconciler", "scavenger"} and path.suffix != ".py":
            continue
        # A new ZipInfo has a fixed time, 1980, and no owner. Lambda needs files that everyone can read.
        entry = zipfile.ZipInfo(name.as_posix())
        entry.external_attr = 0o644 << 16
        entry.create_system = 3
        # Not compressed: each build of zlib may compress differently.
        entry.compress_type = zipfile.ZIP_STORED
        archive.writestr(entry, path.read_bytes())
PYTHON
mv "$work/scavenger.zip" "$zip"
echo "$zip"
