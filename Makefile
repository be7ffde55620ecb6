# Everything here does its own set-up; start with `make demo` or `make test`.
SHELL := bash

BIN := .venv/bin
READY := .venv/.ready $(BIN)/terraform
PROVIDER := .venv/.provider
PACKAGE := dist/scavenger.zip
CHECKOV := .venv/checkov
DYNALITE := .venv/dynalite
AWSWRANGLER := .venv/awswrangler
NEWEST_BOTO3 := .venv/newest-boto3
# Without a word to its vendor's service, or from it.
CHECKOV_OPTIONS := --quiet --compact --skip-download
MESSAGES ?= 1000
# By default the locked one.
AWS_PROVIDER ?=
# Tests start hundreds of processes, each of which would compile what it imports.
unexport PYTHONDONTWRITEBYTECODE
# So that what runs at the same time is not mixed up; Make 3 does not have it.
OUTPUT_SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync=)
# More than there are cores: each has a local AWS, and waits for it much of the time.
PYTEST := $(BIN)/pytest --numprocesses=7 --dist=loadgroup --no-loadscope-reorder
COVERAGE := --cov --cov-report=term:skip-covered

.PHONY: help
help: ## Show what there is to make.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: $(READY) $(PACKAGE) ## See it work on a local AWS: make demo MESSAGES=1000
	$(BIN)/scavenger demo --messages $(MESSAGES)

.PHONY: local
local: $(READY) $(PACKAGE) ## Open a shell with a local AWS, to try anything without an account.
	@$(BIN)/scavenger local

# At the same time, since deployments wait at first, when static checks and plans have much to compute.
.PHONY: test
test: $(PROVIDER) $(PACKAGE) ## Run everything that CI runs on a push.
	$(MAKE) --no-print-directory --jobs=4 $(addsuffix target,$(OUTPUT_SYNC)) shown lint plans checkov

# Not kept until they are done, as what the others say: they take minutes.
.PHONY: shown
shown:
	$(MAKE) --no-print-directory $(addsuffix none,$(OUTPUT_SYNC)) tests

# The first compiles them once, and not in each process. What the second measures is its own, so that two may run here.
.PHONY: tests
tests: $(PROVIDER) $(PACKAGE) ## Run all tests of pytest, and measure what they cover.
	-$(BIN)/pytest --collect-only --quiet >/dev/null
	data="$$(mktemp -d)"; trap 'rm -rf "$$data"' EXIT; COVERAGE_FILE="$$data/coverage" $(PYTEST) $(COVERAGE)

.PHONY: unit
unit: $(READY) $(PACKAGE) ## Run the tests of the function and the tools that need no local AWS.
	$(PYTEST) tests/unit tests/model

.PHONY: integration
integration: $(PROVIDER) $(PACKAGE) ## Run the tests on a local AWS.
	$(PYTEST) tests/integration

.PHONY: checkov
checkov: $(CHECKOV)/.ready ## Look for what Checkov finds in the configuration and the workflows.
	$(CHECKOV)/bin/checkov --directory . --framework terraform github_actions --skip-path tests $(CHECKOV_OPTIONS)

# pre-commit asks Git which files there are. What is no clone, as an archive of the source, gets an index for that elsewhere.
.PHONY: lint
lint: $(READY) ## Run the static checks that take seconds: .pre-commit-config.yaml.
	set -euo pipefail; if [[ "$$(git rev-parse --show-toplevel 2>/dev/null)" != "$$PWD" ]]; then \
	    export GIT_DIR="$$(mktemp -d)" GIT_WORK_TREE="$$PWD"; trap 'rm -rf "$$GIT_DIR"' EXIT; \
	    git init --quiet; git add --all; \
	  fi; \
	  $(BIN)/pre-commit run --all-files --show-diff-on-failure

# make soak FAULT_RUNS=200 makes up fewer faults of the commands by chance, FAULT_SEED=1 the same as with that seed before.
.PHONY: soak
soak: $(READY) $(PACKAGE) ## Try the function on 10,000 schedules of faults and 10,000 events, the commands on thousands of faults.
	$(BIN)/pytest tests/model/test_schedules.py tests/unit/test_fuzz.py --hypothesis-profile=soak --show-capture=no
	$(BIN)/pytest tests/unit/soak_plan_simulate.py tests/model/soak_plan.py
	$(BIN)/pytest tests/integration/soak_faults.py --capture=no --verbosity=-1
	$(BIN)/pytest tests/integration/test_demo.py tests/integration/test_reconcile.py --hypothesis-profile=soak

.PHONY: engines
engines: $(READY) $(PACKAGE) $(DYNALITE)/.ready ## Try the built function and reconcile on dynalite and moto's server; needs Node.js.
	$(BIN)/pytest tests/engines

.PHONY: breaks
breaks: $(READY) $(PACKAGE) ## Break single lines of function, commands and modules, and count the tests that notice.
	PYTHONPATH=tests $(BIN)/python -m breaks.run

.PHONY: bench
bench: $(READY) $(PACKAGE) $(AWSWRANGLER)/.ready $(NEWEST_BOTO3)/.ready ## Measure against the alternatives; writes docs/explanation/performance.md.
	PYTHONPATH=tests $(BIN)/python -m bench.alternatives.run
	PYTHONPATH=tests $(BIN)/python -m bench.throttling
	PYTHONPATH=tests $(BIN)/python -m bench.reconcile
	PYTHONPATH=tests $(BIN)/python -m bench.partiql
	PYTHONPATH=tests $(BIN)/python -m bench.plan
	PYTHONPATH=tests $(BIN)/python -m bench.rules

.PHONY: docs
docs: $(READY) ## Write the tables of inputs and outputs into the READMEs.
	$(BIN)/python -m scavenger_ops.readme_tables

.PHONY: pictures
pictures: $(READY) $(PACKAGE) ## Draw the docs' demo and dashboard anew, in docs/images.
	PYTHONPATH=tests $(BIN)/python -m bench.pictures.run

.PHONY: plans
plans: $(if $(AWS_PROVIDER),$(READY),$(PROVIDER)) ## Test plans and refused values, with a mocked provider: make plans AWS_PROVIDER='~> 6.0'
	AWS_PROVIDER='$(AWS_PROVIDER)' ops/plans.sh

.PHONY: deploy
deploy: $(READY) $(PACKAGE) ## Deploy to AWS; shows the plan and asks first.
	$(BIN)/terraform init
	$(BIN)/terraform apply

.PHONY: build
build: $(PACKAGE) ## Make dist/scavenger.zip.

# The folder as well: it changes when a file goes.
$(PACKAGE): build.sh lambda_src/requirements.txt lambda_src/scavenger $(wildcard lambda_src/scavenger/*.py) | $(READY)
	./build.sh

.PHONY: venv
venv: $(READY) ## Set up .venv with all tools, Terraform among them.

# The version, too, is installed.
.venv/.ready: requirements-set-up.txt requirements.txt pyproject.toml lambda_src/scavenger/__init__.py ops/find_python.sh ops/install.sh
	set -euo pipefail; python="$$(ops/find_python.sh)"; \
	  echo "Setting up .venv with $$python"; "$$python" -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-set-up.txt
	ops/install.sh .venv requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# Where it cannot be installed, it is left out of what is compared.
$(AWSWRANGLER)/.ready: .venv/.ready requirements-awswrangler.txt
	-$(BIN)/python -m venv --clear --without-pip $(AWSWRANGLER) && ops/install.sh $(AWSWRANGLER) requirements-awswrangler.txt --only-binary :all: && touch $@

# Not an environment: what is in this folder comes before what .venv has.
$(NEWEST_BOTO3)/.ready: .venv/.ready requirements-newest-boto3.txt
	rm -rf $(NEWEST_BOTO3)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target $(NEWEST_BOTO3) \
	  --requirement requirements-newest-boto3.txt
	touch $@

$(CHECKOV)/.ready: .venv/.ready requirements-checkov.txt
	$(BIN)/python -m venv --clear --without-pip $(CHECKOV)
	ops/install.sh $(CHECKOV) requirements-checkov.txt
	touch $@

# What is locked, without the scripts of any package.
$(DYNALITE)/.ready: .venv/.ready $(wildcard tests/engines/dynalite/package*.json) tests/engines/dynalite/.npmrc
	mkdir -p $(DYNALITE)
	cp $(filter tests/%,$^) $(DYNALITE)
	npm ci --prefix $(DYNALITE) --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

# Anew where a mirror is named: it may be another one than the last time.
$(BIN)/terraform: .venv/.ready ops/scavenger_ops/toolchain.py $(if $(TF_PLUGIN_MIRROR),always)
	$(BIN)/python -m scavenger_ops.toolchain

.PHONY: always
always:

# Into Terraform's cache, where it has one: several that fill it at the same time spoil it.
$(PROVIDER): versions.tf .terraform.lock.hcl | $(READY)
	set -euo pipefail; folder="$$(mktemp -d)"; trap 'rm -rf "$$folder"' EXIT; cp $^ "$$folder"; \
	  TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE=1 $(BIN)/terraform -chdir="$$folder" init -input=false >/dev/null
	touch $@

.PHONY: lock
lock: $(READY) ## Pin the newest requirements that fit together, with their hashes.
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --no-emit-package jmespath \
	  --output-file lambda_src/requirements.txt lambda_src/requirements.in
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --constraints lambda_src/requirements.txt \
	  --output-file requirements.txt --group dev pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --output-file requirements-checkov.txt --group checkov
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --output-file requirements-set-up.txt --group set-up
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --constraints requirements.txt \
	  --output-file requirements-awswrangler.txt --group awswrangler
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --output-file requirements-newest-boto3.txt --group newest-boto3
