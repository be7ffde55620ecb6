#!/usr/bin/env bash
# Installs pinned requirements into an environment: ops/install.sh .venv requirements.txt [OPTION...]
# uv takes a fifth of pip's time, but it reads no pip.conf: where that names an index, pip does it.
set -euo pipefail

python="$1/bin/python" requirements="$2"
shift 2

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
if "$root/.venv/bin/python" -m pip config list | grep --quiet --extended-regexp '\.(index-url|no-index)='; then
  install=("$root/.venv/bin/python" -m pip --python "$python" install --disable-pip-version-check)
else
  install=("$root/.venv/bin/uv" pip install --python "$python")
fi
"${install[@]}" --quiet --require-hashes "$@" --requirement "$requirements"
