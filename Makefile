# Every target does its own set-up; a fresh machine needs python3 (3.11 or newer, with venv), git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# The tests start `commons` some hundred times: without compiled files each start would compile all of it anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-matrix test-image lint docs bench clean

help:
	@echo "make demo    the whole story, for real, in ./demo-output"
	@echo "make test    unit, integration and story tests"
	@echo "make test-matrix  every Dagster minor, Python, layout of code and source of a bundle; PEX files"
	@echo "make test-image   images of bundles, built by buildah and booted"
	@echo "make lint    ruff, mypy, import contracts, documentation checks"
	@echo "make docs    write the parts of the documentation that come from the code"
	@echo "make bench   the figures that the issues name, as ratios"

$(READY): requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

demo: $(READY)
	rm -rf demo-output
	$(BIN)/commons demo demo-output

test: $(READY)
	$(BIN)/python -m pytest -n auto --dist worksteal

test-matrix: $(READY)
	$(BIN)/python -m pytest -n auto --dist worksteal -m matrix

test-image: $(READY)
	$(BIN)/python -m pytest -m image

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config .importlinter
	$(BIN)/python -m tests.documentation

docs: $(READY)
	$(BIN)/python -m tests.documentation --write

bench: $(READY)
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) demo-output dist
