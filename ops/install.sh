#!/usr/bin/env bash
# Installs pinned requirements into an environment: ops/install.sh .venv requirements.txt [OPTION...]
# uv takes a fifth of pip's time, but does not read pip.conf. pip installs instead if pip.conf sets an index, or if uv fails, for
# example because only pip.conf sets a proxy or certificates.
set -euo pipefail

python="$1/bin/python" requirements="$2"
shift 2

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
options=(--quiet --require-hashes "$@" --requirement "$requirements")
settings="$("$root/.venv/bin/python" -m pip config list)"
if grep --quiet --extended-regexp '\.(index-url|no-index)=' <<<"$settings" ||
  ! "$root/.venv/bin/uv" pip install --python "$python" "${options[@]}"; then
  "$root/.venv/bin/python" -m pip --python "$python" install --disable-pip-version-check "${options[@]}"
fi
