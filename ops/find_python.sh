#!/usr/bin/env bash
# Prints the path of a Python that the project supports, the function's own version (3.13) first.
set -euo pipefail

shopt -s nullglob
pyenv_versions="${PYENV_ROOT:-$HOME/.pyenv}/versions"
candidates=(python3.13 "$pyenv_versions"/3.13.*/bin/python3 python3.12 python3.11 python3
  "$pyenv_versions"/3.1[12].*/bin/python3)

if [[ -n "${PYTHON:-}" ]]; then
  candidates=("$PYTHON")
fi

for candidate in "${candidates[@]}"; do
  # Some are only shims, which are there but do not run.
  if "$candidate" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    command -v "$candidate"
    exit 0
  fi
done

if [[ -n "${PYTHON:-}" ]]; then
  echo "PYTHON names $PYTHON, which is no Python of at least 3.11 with venv. Name another one, or unset it." >&2
else
  echo "No Python of at least 3.11 with venv was found. Install one (on Debian: python3 and python3-venv)," \
    "or name it: PYTHON=/path/to/python3 make ..." >&2
fi
exit 1
