# Everything the project does, for people and for CI. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help install demo serve quick test check format bench pictures migration messages lock

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/.installed  ## set up .venv/bin/dashboard and what it needs to run

demo: .venv/.installed  ## run everything on this machine, with a simulated Slack, and print what to try
	@$(BIN)/dashboard demo

serve: .venv/.installed  ## run the web service with the settings of the environment
	@$(BIN)/dashboard serve

quick: .venv/.developing check  ## lint, types, unit tests and one journey on SQLite: what to run after each change
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal tests/unit tests/integration/test_journey.py

test: .venv/.developing  ## run every test, on SQLite and PostgreSQL, in parallel (needs no service); TESTS=file: one
	@$(BIN)/python -m pytest -n $${TEST_WORKERS:-$(if $(TESTS),2,3)} --dist worksteal $(TESTS)

check: .venv/.developing  ## lint, format, types, direction of imports, vendored files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.developing  ## put the code into the agreed form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: .venv/.measuring  ## measure against bare Litestar, slack_bolt and Django (an hour; BENCH=--quick: two and a half minutes)
	@$(BIN)/python -m tests.benchmarks $(BENCH)

pictures: .venv/.developing  ## take a picture of every page of the demo in .pictures/, and those of docs/pictures anew
	@$(BIN)/python -m tests.pictures

migration: .venv/.developing  ## write a migration for changed models: make migration NUMBER=0002 SAYS="add notes"
	DATABASE_URL=sqlite:///.venv/migration.db $(BIN)/dashboard migrate
	DATABASE_URL=sqlite:///.venv/migration.db $(BIN)/alembic revision --autogenerate --rev-id $(NUMBER) -m "$(SAYS)"

messages: .venv/.developing  ## bring locale/ up to the texts that are marked in the code; then translate what is empty
	$(BIN)/pybabel --quiet extract --no-wrap --omit-header --no-location -F pyproject.toml -k text -k t -o .venv/messages.pot .
	for language in de fr es ja; do $(BIN)/pybabel --quiet update --no-wrap --omit-header --no-fuzzy-matching --ignore-obsolete --init-missing -i .venv/messages.pot -d locale -l $$language; done

lock: .venv/.developing  ## choose the newest versions of all dependencies, anew
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-header --no-annotate --python-version 3.11 --extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-header --no-annotate --python-version 3.11 --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

.venv/bin/python:
	@echo "Making a virtual environment in .venv"
	@$(PYTHON) -m venv .venv

.venv/.installed: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing what the dashboard needs to run"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements.lock
	@echo "Installing the dashboard itself, from this folder"
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "Done: $(BIN)/dashboard"

.venv/.developing: requirements-dev.lock .venv/.installed
	@echo "Installing what the tests and checks need"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

.venv/.measuring: pyproject.toml .venv/.developing
	@echo "Installing what we are measured beside"
	@$(PIP) install --quiet --only-binary :all: -e '.[bench]' --no-build-isolation
	@touch $@
