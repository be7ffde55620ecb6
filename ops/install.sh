#!/usr/bin/env bash
# Installs pinned requirements into an environment: ops/install.sh .venv requirements.txt [OPTION...]
# uv takes a fifth of pip's time, but it reads no pip.conf: where it finds no index, pip does it.
set -euo pipefail

environment="$1" requirements="$2"
shift 2

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
"$root/.venv/bin/uv" pip install --quiet --python "$environment/bin/python" --require-hashes "$@" --requirement "$requirements" ||
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes "$@" --requirement "$requirements"
