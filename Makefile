# What a reader or a developer does, one command each. Needs make and Python 3.11 or newer, nothing else.
#
#   make setup         make .venv, once: every dependency, exactly as constraints.txt pins it
#   make demo          the main job on the 107-model shop, on the embedded PostgreSQL
#   make test          the tests;  ARGS="-k graph" passes arguments on to pytest
#   make lint          format, lint, types and the import rule
#   make check         lint, then the tests
#   make bench         how long things take against their budgets, about 25 minutes on an idle machine;
#                      ARGS="dump shop" takes suites and workloads by name
#   make bench-small   the same on small databases: whether the benchmarks work; its figures say nothing
#   make torture       damage, interruption and concurrency at random: what is planted is found, what is struck does
#                      no harm; about half an hour.  ARGS="damage --seed 7 --rounds 3" takes one suite
#   make torture-small a few rounds of the same
#   make constraints   resolve pyproject.toml into constraints.txt;  ARGS=--upgrade takes today's versions
#
# PYTHON=/path/to/python3.12 chooses the interpreter that .venv is made with.

.PHONY: setup demo test lint check bench bench-small torture torture-small constraints
.DEFAULT_GOAL := setup

VENV := .venv
# The pip that came with Python may be old: this one takes a third of the time. --no-compile below halves the
# rest: of 8,000 modules few are ever imported, and Python compiles those when they are.
PIP := pip==26.3
RUN := $(VENV)/bin/python -m
PYTHON ?=
ARGS ?=

# Tests run in one process per core. Each starts its own embedded server, so they share nothing.
WORKERS ?= logical

# The stamp is made anew when it is older than what it was made from, when its interpreter is gone, and when
# it names another folder: a .venv that was moved or copied holds paths into the old one.
ifneq ($(if $(wildcard $(VENV)/bin/python),$(shell cat $(VENV)/stamp 2>/dev/null)),$(CURDIR))
.PHONY: $(VENV)/stamp
endif

setup: $(VENV)/stamp

$(VENV)/stamp: pyproject.toml constraints.txt
	@set -eu; \
	if [ -e $(VENV)/stamp ] && [ "$$(cat $(VENV)/stamp)" != "$(CURDIR)" ] || ! $(RUN) pip --version >/dev/null 2>&1; then \
	  $(find_python); \
	  echo "Making $(VENV) with $$("$$python" -V): about a minute, once."; \
	  "$$python" -m venv --clear $(VENV); \
	else \
	  echo "Bringing $(VENV) up to date."; \
	fi; \
	rm -f $(VENV)/stamp; \
	export PIP_DISABLE_PIP_VERSION_CHECK=1; \
	$(RUN) pip install -qq --no-compile $(PIP); \
	PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
	  $(RUN) pip install -qq --no-compile --editable '.[dev]'; \
	echo "$(CURDIR)" > $(VENV)/stamp

# Sets $python to the first interpreter that can make a virtual environment, or says what is missing.
define find_python
python=; old=; bare=; \
	  for name in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.14 python); do \
	    command -v "$$name" >/dev/null 2>&1 || continue; \
	    if ! "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then old="$$old $$name"; \
	    elif ! "$$name" -c 'import ensurepip, venv' 2>/dev/null; then bare="$$bare $$name"; \
	    else python=$$name; break; fi; \
	  done; \
	  if [ -n "$$python" ]; then :; \
	  elif [ -n "$$bare" ]; then \
	    set -- $$bare; \
	    echo "make: $$1 cannot make a virtual environment: its module ensurepip is missing." >&2; \
	    echo "  Install it (Debian and Ubuntu: apt install $$("$$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')), then run make again." >&2; \
	    exit 1; \
	  else \
	    echo "make: snapkit needs Python 3.11 or newer$${old:+; older or not working:$$old}." >&2; \
	    echo "  Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; \
	    exit 1; \
	  fi
endef

demo: setup
	@$(VENV)/bin/snapkit demo

test: setup
	$(RUN) pytest -n $(WORKERS) --dist loadgroup $(ARGS)

lint: setup
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) mypy
	$(VENV)/bin/lint-imports --no-logo

check: lint test

bench: setup
	@$(RUN) tests.bench $(ARGS)

bench-small: setup
	@$(RUN) tests.bench --small $(ARGS)

torture: setup
	@$(RUN) tests.torture $(ARGS)

torture-small: setup
	@$(RUN) tests.torture --small $(ARGS)

# uv resolves once for every Python from 3.11 on and writes a marker wherever a pin holds only for some.
constraints: setup
	@$(RUN) venv build/uv && build/uv/bin/python -m pip install -qq uv
	build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --extra dev --strip-extras \
	  --no-annotate --custom-compile-command "make constraints" $(ARGS) \
	  --output-file constraints.txt pyproject.toml
