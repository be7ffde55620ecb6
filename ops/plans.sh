#!/usr/bin/env bash
# Tests plans and rejected values with a mocked provider, and validates the root and every example.
# AWS_PROVIDER, a version constraint such as '~> 6.0', selects another version of the provider than the locked one.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
terraform="$root/.venv/bin/terraform"

# The tests run in a copy, because Terraform's tests would read a terraform.tfvars, and its init a backend. The copy leaves out the
# providers and the state of the working folder.
copy="$(mktemp -d)"
trap 'rm -rf "$copy"' EXIT
cd "$root"
tar -cf - --exclude .terraform --exclude '*.tfstate*' .terraform.lock.hcl ./*.tf build.sh modules examples tests/terraform |
  tar -xf - -C "$copy"
# Any file works as the package, because nothing is deployed.
mkdir "$copy/dist"
touch "$copy/dist/scavenger.zip"

if [[ -n "${AWS_PROVIDER:-}" ]]; then
  for folder in "$copy" "$copy"/examples/*/; do
    rm -f "$folder/.terraform.lock.hcl"
    # Terraform lets a file of this name override the other files.
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

# One example has the modules by Git, at a release that may not exist yet. Git gets them from the copy instead.
address="$(sed -nE 's|.*"git::(https://[^?]+)\?ref=.*|\1|p' "$copy/examples/from-another-repository/main.tf" | head -n 1)"
release="$(sed -nE 's|.*\?ref=([^"]+)".*|\1|p' "$copy/examples/from-another-repository/main.tf" | head -n 1)"
# In a hook, some of Git's variables name the repository of the hook. Those with settings stay for Terraform.
for name in $(git rev-parse --local-env-vars); do
  [[ "$name" == GIT_CONFIG* ]] || unset "$name"
done
# The user's settings do not matter for the copy.
git_in_copy() {
  GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_COUNT=0 GIT_CONFIG_PARAMETERS='' git -C "$copy" "$@"
}
git_in_copy init --quiet
git_in_copy add --force --all
git_in_copy -c user.name=plans -c user.email=plans commit --quiet --message "The copy"
git_in_copy tag "$release"
count="${GIT_CONFIG_COUNT:-0}"
export GIT_CONFIG_COUNT="$((count + 1))" "GIT_CONFIG_KEY_$count=url.file://$copy.insteadOf" "GIT_CONFIG_VALUE_$count=$address"

# Terraform then uses a cached provider even if the lock file lacks its checksum for this platform, or does not exist.
export TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE=1
"$terraform" -chdir="$copy" init -backend=false -input=false -test-directory=tests/terraform >/dev/null
# Shows the versions of Terraform and the provider.
"$terraform" -chdir="$copy" version

# Terraform and its provider take a fifth less CPU time with less frequent garbage collection.
export GOGC=400

# Tests a file of tests or an example. The output is shown when it is done, so that the output of two at a time is not mixed. The
# init of an example does not use the running provider, so that it reads the example's lock file.
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
# One running provider for all: otherwise each run of a test would start two, which takes most of its time.
# shellcheck disable=SC2016 # the inner shell expands it
printf '%s\n' . tests/terraform/*.tftest.hcl examples/* |
  PYTHONPATH="$root/tests" "$root/.venv/bin/python" -m support.provider "$copy" \
    xargs -P 2 -I {} bash -c 'try "$1"' _ {}
