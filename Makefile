# Two commands do all the set-up: `make demo` and `make test`. Both may be run again and again.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint build docs self matrix clean

demo: $(VENV)/.demo ## the storefront example with its verdict table and tracker report
	cd examples/storefront && ../../$(BIN)/python -m pytest --boss-gates -p no:asyncio -p no:cacheprovider
	@echo
	@echo "The tracker report: examples/storefront/.boss-gates/tracker.md"

test: $(VENV)/.test ## every test
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/.lint ## format, lint, types and the house's import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

build: $(VENV)/.build ## wheel and sdist, checked
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl

docs: $(VENV)/.docs ## the site of the documentation, without warnings
	$(BIN)/mkdocs build --quiet

self: $(VENV)/.test ## our own gates on ourselves
	$(BIN)/python -m pytest --boss-gates -n auto

matrix: $(VENV)/.matrix ## the suite on every other supported Python and the oldest dependencies
	$(BIN)/nox

clean:
	rm -rf $(VENV) dist site .nox .boss-gates examples/*/.boss-gates

$(VENV)/.venv:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.venv pyproject.toml
	$(PIP) -e .
	@touch $@

$(VENV)/.pip: $(VENV)/.demo  # dependency groups need pip 25.1
	$(PIP) --upgrade "pip>=25.1"
	@touch $@

$(VENV)/.test $(VENV)/.lint $(VENV)/.build $(VENV)/.docs $(VENV)/.matrix: $(VENV)/.%: $(VENV)/.pip
	$(PIP) --group $*
	@touch $@
