# Everything runs from .venv, built from the lock with only Python >= 3.11, make and a package index.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: help env lock demo test check lint types contracts clean

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

env: $(STAMP) ## build .venv from the lock
$(STAMP): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Python >= 3.11 is needed, {sys.executable} is {v.major}.{v.minor}: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the locked dependencies into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements/dev.lock requirements/uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $(STAMP)

lock: ## resolve the dependencies anew into requirements/*.lock
	@test -x $(BIN)/uv || ($(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet uv)
	@PYTHON=$(BIN)/python sh requirements/lock.sh

demo: env ## run the whole weekly pipeline on this machine
	@$(BIN)/weather demo

test: env ## run the tests
	@$(BIN)/pytest -q -n 2 --dist loadfile

check: lint types contracts test ## what CI runs

lint: env
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: env
	@$(BIN)/pyright

contracts: env
	@$(BIN)/lint-imports

clean: ## remove what was built
	rm -rf .venv demo-output dist
