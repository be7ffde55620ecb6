#!/usr/bin/env bash
# Tests plans and refused values with a mocked provider, and validates the root and every example.
# AWS_PROVIDER, a constraint such as '~> 6.0', takes another version of the provider than the locked one.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
terraform="$root/.venv/bin/terraform"

# In a copy, since Terraform's tests would read a terraform.tfvars, and its init a backend; without the providers and the
# state of who works in a folder.
copy="$(mktemp -d)"
trap 'rm -rf "$copy"' EXIT
cd "$root"
tar -cf - --exclude .terraform --exclude '*.tfstate*' .terraform.lock.hcl ./*.tf build.sh modules examples tests/terraform |
  tar -xf - -C "$copy"
# Any file will do for the package, since nothing is deployed.
mkdir "$copy/dist"
touch "$copy/dist/scavenger.zip"

if [[ -n "${AWS_PROVIDER:-}" ]]; then
  for folder in "$copy" "$copy"/examples/*/; do
    rm -f "$folder/.terraform.lock.hcl"
    # What a file of this name says goes before the rest.
    cat >"$folder/aws_override.tf" <<TERRAFORM
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "$AWS_PROVIDER"
    }
  }
}
TERRAFORM
  done
fi

# A cached provider is taken although the lock file lacks its checksum for this platform, or is not there.
export TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE=1
"$terraform" -chdir="$copy" init -backend=false -input=false -test-directory=tests/terraform >/dev/null
# Which provider that is.
"$terraform" -chdir="$copy" version

# Terraform and its provider take a fifth less processor time if they collect memory less often.
export GOGC=400

# A file of tests, or an example. What it says is shown when it is done, so that two at a time are not mixed up. An example
# is set up without the provider that runs, so that its lock file is read.
try() {
  local said result=0
  said="$(
    case "$1" in
    examples/*)
      env -u TF_REATTACH_PROVIDERS "$terraform" -chdir="$copy/$1" init -backend=false -input=false &&
        "$terraform" -chdir="$copy/$1" validate
      ;;
    .) "$terraform" -chdir="$copy" validate ;;
    *) "$terraform" -chdir="$copy" test -test-directory=tests/terraform -filter="$1" ;;
    esac 2>&1
  )" || result=$?
  printf '%s\n' "$1" "$said"
  return "$result"
}
export -f try
export copy terraform
cd "$copy"
# One provider for all: each run of a test would start two, which takes most of its time.
# shellcheck disable=SC2016 # the shell that is started expands it
printf '%s\n' . tests/terraform/*.tftest.hcl examples/* |
  PYTHONPATH="$root/tests" "$root/.venv/bin/python" -m support.provider "$copy" \
    xargs -P 2 -I {} bash -c 'try "$1"' _ {}
