# `make demo` and `make test` each set everything up from nothing and are cheap to repeat.
#
# TORCH_INDEX: empty by default. On Linux without a GPU, set it to PyTorch's CPU wheel index to save gigabytes:
#     make demo TORCH_INDEX=<index of CPU wheels>

PYTHON ?= python3
VENV ?= .venv
TORCH_INDEX ?=
BIN := $(VENV)/bin

export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow lint format clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/installed  ## Forecast a real share walk-forward, score it, trade it, write a report
	$(BIN)/workbench demo

test: $(VENV)/installed-test  ## Run the tests
	$(BIN)/pytest -n auto --dist worksteal -q

test-slow: $(VENV)/installed-test  ## Run the slow tests
	$(BIN)/pytest -m slow -q

lint: $(VENV)/installed-dev  ## Check format, style, types, import rules and spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell workbench plugins strategies store docs examples README.md CHANGELOG.md

format: $(VENV)/installed-dev  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## Remove the environment and caches
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/torch: $(VENV)/bin/python constraints.txt
	@if [ -n "$(TORCH_INDEX)" ]; then $(BIN)/pip install -q --no-deps --index-url "$(TORCH_INDEX)" torch; fi
	@touch $@

# Each stamp says what has been installed; a larger one covers the smaller.
$(VENV)/installed: $(VENV)/torch pyproject.toml constraints.txt
	$(BIN)/pip install -q -e .
	@touch $@

$(VENV)/installed-test: $(VENV)/torch pyproject.toml constraints.txt
	$(BIN)/pip install -q -e '.[test]'
	@touch $(VENV)/installed $@

$(VENV)/installed-dev: $(VENV)/torch pyproject.toml constraints.txt
	$(BIN)/pip install -q -e '.[dev]'
	@touch $(VENV)/installed $(VENV)/installed-test $@
