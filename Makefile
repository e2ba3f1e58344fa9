# Everything works on a fresh machine with Python 3.11, make and a package index.
PYTHON ?= python3
BIN := .venv/bin
# Much of a test is waiting for other processes, so more run at a time than there are cores.
WORKERS ?= 4

.PHONY: setup browser demo test check bench docs lock clean

setup: .venv/ready

.venv/ready: pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e ".[worker,sandbox,dev]"
	touch .venv/ready

browser:
	@command -v chromium >/dev/null || test -x /usr/bin/chromium \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	       && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	  || echo "no chromium here: the tests of the page are skipped (Debian: apt-get install chromium)"

demo: setup
	$(BIN)/python demo.py

test: setup browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check README.md docs/tasks.md

bench: setup
	@$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e ".[bench]" || echo "LitServe cannot be installed here"
	$(BIN)/python -m benchmarks

docs: setup
	$(BIN)/cog -r README.md docs/tasks.md

# Versions that are known to work together; torch stays without its local suffix, so that pip finds a CPU build.
lock:
	$(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//' > requirements.lock

clean:
	rm -rf .venv .demo build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
