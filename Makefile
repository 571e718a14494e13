# make demo: reconstruct the example scan.   make test: run the tests, but for the slow ones.   make test-all: run all of them.
# make docs: the site.
# Each sets up what it needs in .venv first.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo docs test test-all fuzz lint licences format clean

demo: $(READY)
	@$(BIN)/python examples/01_reconstruct_a_scan.py

# Several tests at once, each on one thread.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder

test: $(READY)
	@$(PYTEST) -m "not slow"

test-all: $(READY)
	@$(PYTEST)

# Damaged files by the hundred thousand, each of which must be read or refused; the slow tests have 3,000 of them. Some minutes.
MUTANTS ?= 100000
fuzz: $(READY)
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz.fuzz --mutants $(MUTANTS)

# The licences of all that is needed and shipped; fails where one is not permissive.
licences: $(READY)
	@$(BIN)/python benchmarks/licences.py

lint: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/basedpyright

format: $(READY)
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

# The pages of docs/ as a site, out/site/index.html; it asks no other host when it is read.
docs: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	@$(BIN)/mkdocs build --strict --quiet
	@echo "The site is out/site/index.html; to search in it, serve it: python3 -m http.server -d out/site"

# Removes what the commands above have made, but not .venv, which took a download.
clean:
	rm -rf out build dist .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

$(READY): requirements.txt pyproject.toml
	@command -v $(PYTHON) > /dev/null || { echo "occnet needs Python 3.11 or newer, but there is no $(PYTHON); name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "occnet needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) --version); name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "$(PYTHON) cannot create virtual environments; on Debian and Ubuntu, install the package python3-venv." >&2; exit 1; }
	@echo "Installing into .venv (once; this takes some minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)
