# Everything runs from .venv, built from uv.lock with only Python >= 3.11, make and PyPI.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
UV := UV_PROJECT_ENVIRONMENT=.venv $(BIN)/uv

# Compiled modules are kept, whatever the environment says: compiling them anew takes half of every start.
export PYTHONDONTWRITEBYTECODE :=

# Glue 6.0 runs Python 3.13: the first that answers on PATH or in pyenv; GLUE6_PYTHON=... names another.
PYTHONS_313 = python3.13 $(wildcard $(HOME)/.pyenv/versions/3.13.*/bin/python3.13)
GLUE6_PYTHON ?= $(firstword $(foreach python,$(PYTHONS_313),$(if $(shell $(python) -V 2>/dev/null),$(python))))

.PHONY: help setup lock demo test test-browser test-cli test-glue6 bench score-qc soak compare bundle check lint type contracts docs pictures fmt clean

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: $(STAMP) ## build .venv from the lock
$(STAMP): uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Python >= 3.11 is needed and {sys.executable} is {v.major}.{v.minor}. Name a newer one: make PYTHON=python3.12")'
	@echo "building .venv from uv.lock (about a minute the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(sed -n '/^name = "uv"$$/{n;s/version = "\(.*\)"/uv==\1/p;}' uv.lock)"
	@$(UV) sync --quiet --frozen --python $(BIN)/python
	@touch $(STAMP)

lock: ## resolve the dependencies anew
	@$(UV) lock --quiet --upgrade
	@$(UV) export --quiet --frozen --only-group job --no-header --no-annotate --output-file etl/requirements.txt

demo: setup ## run the whole weekly pipeline on this machine
	@$(BIN)/weather demo

# Spark and its JVM (400 MB) join .venv here and not in `setup`: neither the demo nor the checks need them.
test: setup ## run the tests, with Spark as Glue 5.1 has it
	@$(UV) sync --quiet --frozen --group spark --python $(BIN)/python
	@$(BIN)/pytest -q -n 2 --dist loadfile --ignore tests/cli

test-browser: setup ## look at the report in Chromium or Chrome, pictures into dist/screenshots (part of `make test` where there is one)
	@$(BIN)/pytest -q -rs tests/weather_cli/report/test_browser.py

test-cli: setup ## run every kind of stack through the Pulumi CLI, where it is installed (about ten minutes)
	@$(BIN)/pytest -q -ra --durations=0 --durations-min=1 tests/cli

test-glue6: setup ## run the job's tests with Spark 4.1 and Python 3.13, as Glue 6.0 has them
	@"$${JAVA_HOME:+$$JAVA_HOME/bin/}java" --list-modules 2>/dev/null | grep -q jdk.incubator.vector || { echo "Spark 4.1 needs a whole JDK 17 or newer (Debian: openjdk-17-jdk-headless), at JAVA_HOME or on PATH" >&2; exit 1; }
	@test -n "$(GLUE6_PYTHON)" || echo "no Python 3.13 here (GLUE6_PYTHON=... names one): Spark 4.1 runs on $$($(BIN)/python -V)"
	@UV_PROJECT_ENVIRONMENT=.venv-glue6 $(BIN)/uv sync --quiet --frozen --group spark-glue6 --python "$(or $(GLUE6_PYTHON),$(BIN)/python)"
	@.venv-glue6/bin/pytest -q -n 2 --dist loadfile tests/etl

bench: setup ## measure against the peers, into benchmarks/results.md (QUICK=1: small sizes, nothing written)
	@UV_PROJECT_ENVIRONMENT=.venv-bench $(BIN)/uv sync --quiet --frozen --no-default-groups --group bench --group spark --python $(BIN)/python
	@.venv-bench/bin/python -m benchmarks $(if $(QUICK),--quick) $(ONLY)

score-qc: setup ## put faults into real data and count who notices, into docs/qc-score.md (TUNE=1: choose thresholds first)
	@UV_PROJECT_ENVIRONMENT=.venv-score $(BIN)/uv sync --quiet --frozen --no-default-groups --group score --python $(BIN)/python
	@.venv-score/bin/python -m benchmarks.qc $(if $(TUNE),--tune)

soak: setup ## kill and disturb runs for MINUTES=10 more with SEED=1, into docs/reliability.md when there are enough
	@$(UV) sync --quiet --frozen --group spark --python $(BIN)/python
	@$(BIN)/python -m benchmarks.soak --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1)

compare: setup ## show that the working tree publishes and registers what WITH=REVISION does
	@$(UV) sync --quiet --frozen --group spark --python $(BIN)/python
	@$(BIN)/python tools/compare.py $(or $(WITH),HEAD) --engines embedded,spark

bundle: setup ## the job's wheels as one zip for Glue, so that no package index is needed at run time
	@$(BIN)/weather bundle

check: lint type contracts ## formatting, lint, types and import contracts

lint: setup
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check .
	@$(BIN)/actionlint && $(BIN)/zizmor --quiet --offline .github

type: setup
	@$(BIN)/pyright

contracts: setup
	@$(BIN)/lint-imports

docs: setup ## write the pages that are made from code
	@PYTHONPATH=.:etl:policies $(BIN)/python -m tools.docs

pictures: setup ## make the README's pictures from a demo: a terminal session, and the report in Chromium or Chrome
	@PYTHONPATH=.:etl:policies $(BIN)/python -m tools.pictures

fmt: setup ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

clean: ## remove what was built
	rm -rf .venv .venv-glue6 .venv-bench .venv-score demo-output demo-output-failed dist
