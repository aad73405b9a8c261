# Everything runs from .venv, built from uv.lock with only Python >= 3.11, make and PyPI.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
UV := UV_PROJECT_ENVIRONMENT=.venv $(BIN)/uv

.PHONY: help setup lock demo test check lint type contracts fmt clean

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

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

test: setup ## run the tests
	@$(BIN)/pytest -q -n 2 --dist loadfile

check: lint type contracts ## formatting, lint, types and import contracts

lint: setup
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check .
	@$(BIN)/actionlint && $(BIN)/zizmor --quiet --offline .github

type: setup
	@$(BIN)/pyright

contracts: setup
	@$(BIN)/lint-imports

fmt: setup ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

clean: ## remove what was built
	rm -rf .venv demo-output dist
