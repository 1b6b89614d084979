# `make run` and `make test` do everything; `make help` lists the rest. Needs Python 3.11 or
# newer, make and a C library; all else goes into ./.venv. Plain GNU make 3.81 and POSIX sh.

.DEFAULT_GOAL := help
.PHONY: help run demo test fmt lint types arch bench faults lock clean

VENV := .venv
BIN := $(VENV)/bin
PYTHONS := $(PYTHON) python3.13 python3.12 python3.11 python3 python
PIP := PIP_USER=0 $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
ARGS ?=

# An interpreter that has been upgraded away leaves a dead link behind: begin again then.
$(shell test -x $(BIN)/python || rm -f $(VENV)/.made)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s  %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.runtime ## start everything: database, sandbox, API, worker and console
	@$(BIN)/paymux run $(ARGS)

demo: $(VENV)/.runtime ## pay one link at each provider against a sandbox, and say what happened
	@$(BIN)/paymux demo $(ARGS)

test: $(VENV)/.dev ## run every test (page tests want Chromium); ARGS='-k word' narrows it
	$(BIN)/python -m pytest $(ARGS)

fmt: $(VENV)/.dev ## format the code and apply the linter's safe fixes
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lint: $(VENV)/.dev ## lint and check the format of the code and of docker-compose.yml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

types: $(VENV)/.dev ## check the types, strictly, of src and tests
	$(BIN)/mypy

arch: $(VENV)/.dev ## check the directions of imports, and that every contract can fail
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest tests/architecture $(ARGS)

bench: $(VENV)/.dev ## measure speed and memory as ratios within one run
	$(BIN)/python -m tests.load.bench $(ARGS)

faults: $(VENV)/.dev ## live through 10,000 random schedules of faults; ARGS='--seed N --schedules N'
	$(BIN)/python -m tests.faults.bench $(ARGS)

lock: $(VENV)/.dev ## resolve pyproject.toml's ranges into constraints.txt
	$(PIP) 'uv>=0.9,<1'
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-annotate \
		--no-emit-index-url --custom-compile-command 'make lock' \
		--group dev --output-file constraints.txt pyproject.toml

clean: ## remove the virtual environment and caches; the data in .paymux stays
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis
	find src tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@for python in $(PYTHONS); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		found=$$python; \
		"$$python" -c 'import ensurepip, venv' 2>/dev/null || continue; \
		echo "Making $(VENV) with $$("$$python" --version)."; \
		"$$python" -m venv --clear $(VENV) && touch $@; exit; \
	done; \
	if [ -n "$$found" ]; then \
		echo "$$found cannot make virtual environments; install that part of it too (Debian, Ubuntu: apt-get install python3-venv)."; \
	else \
		echo "Paymux needs Python 3.11 or newer and found none; install it, or name one: make PYTHON=/path/to/python3"; \
	fi >&2; exit 1

$(VENV)/.pip: $(VENV)/.made
	@$(PIP) 'pip>=25.1,<27'
	@touch $@

$(VENV)/.runtime: $(VENV)/.pip pyproject.toml constraints.txt
	@echo 'Installing Paymux into $(VENV) (a minute or two the first time).'
	@$(PIP) --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.pip pyproject.toml constraints.txt
	@echo 'Installing Paymux and its development tools into $(VENV) (a minute or two the first time).'
	@$(PIP) --constraint constraints.txt --editable . --group dev
	@touch $(VENV)/.runtime $@
