#!/usr/bin/env bash
# Prints the path of a Python that the project supports. It prefers the function's version (3.13).
set -euo pipefail

shopt -s nullglob
pyenv_versions="${PYENV_ROOT:-$HOME/.pyenv}/versions"
candidates=(python3.13 "$pyenv_versions"/3.13.*/bin/python3 python3.12 python3.11 python3
  "$pyenv_versions"/3.1[12].*/bin/python3)

if [[ -n "${PYTHON:-}" ]]; then
  candidates=("$PYTHON")
fi

for candidate in "${candidates[@]}"; do
  # Some candidates are only shims, which exist but do not run.
  if "$candidate" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    command -v "$candidate"
    exit 0
  fi
done

if [[ -n "${PYTHON:-}" ]]; then
  echo "PYTHON is $PYTHON, which is not a Python of at least 3.11 with venv. Set it to another Python, or unset it." >&2
else
  echo "No Python of at least 3.11 with venv was found. Install one (on Debian: python3 and python3-venv)," \
    "or set its path: PYTHON=/path/to/python3 make ..." >&2
fi
exit 1
