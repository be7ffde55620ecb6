# Every target does its own set-up. Start with `make demo` or `make test`.
SHELL := bash

BIN := .venv/bin
READY := .venv/.ready $(BIN)/terraform
PROVIDER := .venv/.provider
PACKAGE := dist/scavenger.zip
CHECKOV := .venv/checkov
DYNALITE := .venv/dynalite
AWSWRANGLER := .venv/awswrangler
NEWEST_BOTO3 := .venv/newest-boto3
# Checkov must not contact its vendor's service.
CHECKOV_OPTIONS := --quiet --compact --skip-download
MESSAGES ?= 1000
# Empty: the locked version of the provider.
AWS_PROVIDER ?=
# The tests start hundreds of processes. Without compiled files, each would compile what it imports.
unexport PYTHONDONTWRITEBYTECODE
# Keeps the output of concurrent targets apart. Make 3 does not support it.
OUTPUT_SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync=)
# More processes than cores: each has a local AWS, and waits for it much of the time.
PYTEST := $(BIN)/pytest --numprocesses=7 --dist=loadgroup --no-loadscope-reorder
COVERAGE := --cov --cov-report=term:skip-covered

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: $(READY) $(PACKAGE) ## Run the demo on a local AWS: make demo MESSAGES=1000
	$(BIN)/scavenger demo --messages $(MESSAGES)

# A shell ends with the exit code of its last command, which is no error of make's.
.PHONY: local
local: $(READY) $(PACKAGE) ## Open a shell with a local AWS, to try commands without an AWS account.
	@$(BIN)/scavenger local || true

# These run concurrently: deployments wait at the start, when static checks and plans need the CPU.
.PHONY: test
test: $(PROVIDER) $(PACKAGE) ## Run everything that CI runs on a push.
	$(MAKE) --no-print-directory --jobs=4 $(addsuffix target,$(OUTPUT_SYNC)) shown lint plans checkov

# The tests take minutes, so their output is shown at once. The output of the other targets is shown when they are done.
.PHONY: shown
shown:
	$(MAKE) --no-print-directory $(addsuffix none,$(OUTPUT_SYNC)) tests

# The first command compiles the tests once, instead of in each process. The second writes its coverage data to a folder of its
# own, so that two runs do not disturb each other.
.PHONY: tests
tests: $(PROVIDER) $(PACKAGE) ## Run all pytest tests, and measure their coverage.
	-$(BIN)/pytest --collect-only --quiet >/dev/null
	data="$$(mktemp -d)"; trap 'rm -rf "$$data"' EXIT; COVERAGE_FILE="$$data/coverage" $(PYTEST) $(COVERAGE)

.PHONY: unit
unit: $(READY) $(PACKAGE) ## Run the tests that need no local AWS.
	$(PYTEST) tests/unit tests/model

.PHONY: integration
integration: $(PROVIDER) $(PACKAGE) ## Run the tests that need a local AWS.
	$(PYTEST) tests/integration

# Only tests/aws/conftest.py is loaded: the one above it makes a real AWS unreachable.
.PHONY: test-aws
test-aws: $(PROVIDER) $(PACKAGE) ## Test the behavior of a deployment on the AWS account that the environment names.
	$(BIN)/pytest --confcutdir=tests/aws --numprocesses=6 --dist=loadgroup --no-loadscope-reorder --verbose tests/aws

# make clean-aws RUN=0123ab removes what this run made, however new it is; OLDER_THAN=1d and DRY_RUN=1 are the other options.
.PHONY: clean-aws
clean-aws: $(READY) ## Remove what interrupted runs of test-aws left on the AWS account that the environment names.
	PYTHONPATH=tests $(BIN)/python -m aws.leftovers $(if $(RUN),--run '$(RUN)') \
	  $(if $(OLDER_THAN),--older-than '$(OLDER_THAN)') $(if $(DRY_RUN),--dry-run)

.PHONY: checkov
checkov: $(CHECKOV)/.ready ## Scan the configuration and the workflows with Checkov.
	$(CHECKOV)/bin/checkov --directory . --framework terraform github_actions --skip-path tests $(CHECKOV_OPTIONS)

# pre-commit asks Git for the list of files. A folder that is not a clone, such as a source archive, gets a temporary Git index.
.PHONY: lint
lint: $(READY) ## Run the fast static checks of .pre-commit-config.yaml.
	set -euo pipefail; if [[ "$$(git rev-parse --show-toplevel 2>/dev/null)" != "$$PWD" ]]; then \
	    export GIT_DIR="$$(mktemp -d)" GIT_WORK_TREE="$$PWD"; trap 'rm -rf "$$GIT_DIR"' EXIT; \
	    git init --quiet; git add --all; \
	  fi; \
	  $(BIN)/pre-commit run --all-files --show-diff-on-failure

# make soak FAULT_RUNS=200 injects fewer random faults into the commands. FAULT_SEED=1 repeats the faults of that seed.
.PHONY: soak
soak: $(READY) $(PACKAGE) ## Test the function with 10,000 fault schedules and 10,000 events, and the commands with thousands of faults.
	$(BIN)/pytest tests/model/test_schedules.py tests/unit/test_fuzz.py --hypothesis-profile=soak -p no:logging
	$(BIN)/pytest tests/unit/soak_plan_simulate.py tests/model/soak_plan.py
	$(BIN)/pytest tests/integration/soak_faults.py --capture=no --verbosity=-1
	$(BIN)/pytest tests/integration/test_demo.py tests/integration/test_reconcile.py --hypothesis-profile=soak

.PHONY: engines
engines: $(READY) $(PACKAGE) $(DYNALITE)/.ready ## Test the built function and reconcile on dynalite and moto's server; needs Node.js.
	$(BIN)/pytest tests/engines

.PHONY: breaks
breaks: $(READY) $(PACKAGE) ## Break single lines of the function, the commands and the modules, and count the tests that notice.
	PYTHONPATH=tests $(BIN)/python -m breaks.run

.PHONY: bench
bench: $(READY) $(PACKAGE) $(AWSWRANGLER)/.ready $(NEWEST_BOTO3)/.ready ## Measure the function and its alternatives; writes performance.md, costs.md and reconcile.md in docs/explanation.
	PYTHONPATH=tests $(BIN)/python -m bench.alternatives.run
	PYTHONPATH=tests $(BIN)/python -m bench.throttling
	PYTHONPATH=tests $(BIN)/python -m bench.reconcile
	PYTHONPATH=tests $(BIN)/python -m bench.partiql
	PYTHONPATH=tests $(BIN)/python -m bench.plan
	PYTHONPATH=tests $(BIN)/python -m bench.reconcile_worker
	PYTHONPATH=tests $(BIN)/python -m bench.reconcile_growth
	PYTHONPATH=tests $(BIN)/python -m bench.rules

.PHONY: docs
docs: $(READY) ## Generate the tables of inputs and outputs, docs/cli.md, and the tables of the local AWS.
	$(BIN)/python -m scavenger_ops.terraform_tables
	$(BIN)/python -m scavenger_ops.cli_reference
	$(BIN)/python -m scavenger_ops.local.limits

.PHONY: pictures
pictures: $(READY) $(PACKAGE) ## Draw the pictures of the demo, the dashboard and all screens in docs/images.
	PYTHONPATH=tests $(BIN)/python -m bench.pictures.run

.PHONY: plans
plans: $(if $(AWS_PROVIDER),$(READY),$(PROVIDER)) ## Test plans and rejected values with a mocked provider: make plans AWS_PROVIDER='~> 6.0'
	AWS_PROVIDER='$(AWS_PROVIDER)' ops/plans.sh

.PHONY: deploy
deploy: $(READY) $(PACKAGE) ## Deploy to AWS; shows the plan and asks before it applies.
	$(BIN)/terraform init
	$(BIN)/terraform apply

.PHONY: build
build: $(PACKAGE) ## Build dist/scavenger.zip.

# The folder is a prerequisite too, because it changes when a file is removed.
$(PACKAGE): build.sh lambda_src/requirements.txt $(shell find lambda_src -not -name "*.pyc" -not -name __pycache__) | $(READY)
	./build.sh

.PHONY: release
release: .venv/.ready ## Make the commits and the tag of a release, without publishing it: make release VERSION=0.2.0
	@$(BIN)/python ops/release.py make '$(VERSION)'

.PHONY: venv
venv: $(READY) ## Set up .venv with all tools, including Terraform.

# lambda_src/scavenger/__init__.py has the version, which is installed too.
.venv/.ready: requirements-set-up.txt requirements.txt pyproject.toml lambda_src/scavenger/__init__.py ops/find_python.sh ops/install.sh
	set -euo pipefail; python="$$(ops/find_python.sh)"; \
	  echo "Setting up .venv with $$python"; "$$python" -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-set-up.txt
	ops/install.sh .venv requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# If it cannot be installed, the comparison leaves it out.
$(AWSWRANGLER)/.ready: .venv/.ready requirements-awswrangler.txt
	-$(BIN)/python -m venv --clear --without-pip $(AWSWRANGLER) && ops/install.sh $(AWSWRANGLER) requirements-awswrangler.txt --only-binary :all: && touch $@

# Not an environment: the packages in this folder take precedence over those of .venv.
$(NEWEST_BOTO3)/.ready: .venv/.ready requirements-newest-boto3.txt
	rm -rf $(NEWEST_BOTO3)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target $(NEWEST_BOTO3) \
	  --requirement requirements-newest-boto3.txt
	touch $@

$(CHECKOV)/.ready: .venv/.ready requirements-checkov.txt
	$(BIN)/python -m venv --clear --without-pip $(CHECKOV)
	ops/install.sh $(CHECKOV) requirements-checkov.txt
	touch $@

# The locked packages, without their install scripts.
$(DYNALITE)/.ready: .venv/.ready $(wildcard tests/engines/dynalite/package*.json) tests/engines/dynalite/.npmrc
	mkdir -p $(DYNALITE)
	cp $(filter tests/%,$^) $(DYNALITE)
	npm ci --prefix $(DYNALITE) --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

# Always again if a mirror is set, because it may differ from the last one.
$(BIN)/terraform: .venv/.ready ops/scavenger_ops/toolchain.py $(if $(TF_PLUGIN_MIRROR),always)
	$(BIN)/python -m scavenger_ops.toolchain

.PHONY: always
always:

# Downloads the provider into Terraform's cache, if there is one: concurrent downloads into the cache corrupt it.
$(PROVIDER): versions.tf .terraform.lock.hcl | $(READY)
	set -euo pipefail; folder="$$(mktemp -d)"; trap 'rm -rf "$$folder"' EXIT; cp $^ "$$folder"; \
	  TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE=1 $(BIN)/terraform -chdir="$$folder" init -input=false >/dev/null
	touch $@

.PHONY: lock
lock: $(READY) ## Pin the newest compatible requirements, with their hashes.
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --no-emit-package jmespath \
	  --output-file lambda_src/requirements.txt lambda_src/requirements.in
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --constraints lambda_src/requirements.txt \
	  --output-file requirements.txt --group dev --extra local --extra plot pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --output-file requirements-checkov.txt --group checkov
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --output-file requirements-set-up.txt --group set-up
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --constraints requirements.txt \
	  --output-file requirements-awswrangler.txt --group awswrangler
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --output-file requirements-newest-boto3.txt --group newest-boto3
