# Everything here does its own set-up; start with `make demo` or `make test`.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

BIN := .venv/bin
READY := .venv/.ready $(BIN)/terraform
PACKAGE := dist/scavenger.zip
MESSAGES ?= 1000

.PHONY: help
help: ## Show what there is to make.
	@grep -E '^[a-z]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: demo
demo: $(READY) $(PACKAGE) ## See it work on a local AWS: make demo MESSAGES=1000
	$(BIN)/scavenger demo --messages $(MESSAGES)

.PHONY: test
test: $(READY) $(PACKAGE) ## Run everything that CI runs.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/shellcheck build.sh ops/find_python.sh .ci/run
	$(BIN)/terraform fmt -check -diff -recursive
	$(BIN)/terraform init -backend=false -input=false -lockfile=readonly -test-directory=tests/terraform >/dev/null
	$(BIN)/terraform validate
	$(BIN)/terraform test -test-directory=tests/terraform
	$(BIN)/pytest

.PHONY: deploy
deploy: $(READY) $(PACKAGE) ## Deploy to AWS; shows the plan and asks first.
	$(BIN)/terraform init
	$(BIN)/terraform apply

.PHONY: build
build: $(PACKAGE) ## Make dist/scavenger.zip.

$(PACKAGE): build.sh lambda_src/requirements.txt $(wildcard lambda_src/scavenger/*.py) | $(READY)
	./build.sh

.PHONY: venv
venv: $(READY) ## Set up .venv with all tools, Terraform among them.

.venv/.ready: requirements.txt pyproject.toml ops/find_python.sh
	python="$$(ops/find_python.sh)"; echo "setting up .venv with $$python"; "$$python" -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(BIN)/terraform: .venv/.ready ops/scavenger_ops/toolchain.py
	$(BIN)/python -m scavenger_ops.toolchain

.PHONY: lock
lock: $(READY) ## Pin the newest requirements that fit together, with their hashes.
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --output-file lambda_src/requirements.txt lambda_src/requirements.in
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --constraints lambda_src/requirements.txt \
	  --output-file requirements.txt --group dev pyproject.toml
