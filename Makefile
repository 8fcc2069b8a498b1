# A fresh machine needs Python 3.11 or newer and make. Everything else goes into .venv, from the
# lock files. PYTHON=/path/to/python chooses the interpreter; after that the .venv decides.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:

PYTHON ?=
VENV := .venv
PY := $(VENV)/bin/python
RUN := $(VENV)/.ready-to-run
DEV := $(VENV)/.ready-to-develop
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-input
LOCK := $(PY) -m uv pip compile pyproject.toml --quiet --universal --generate-hashes --no-header $(UPGRADE)

##@ Use

.PHONY: demo
demo: $(RUN)  ## the main job on the sample company; writes its views to ./idgraph-demo/
	@$(VENV)/bin/idgraph demo

.PHONY: lab
lab: $(RUN)  ## JupyterLab on the notebooks
	@$(VENV)/bin/idgraph lab

##@ Develop

.PHONY: test
test: $(DEV)  ## every check: ruff, mypy, import-linter, pytest
	@$(MAKE) --no-print-directory --keep-going ruff mypy imports pytest

.PHONY: check
check: $(DEV)  ## the checks that run nothing of idgraph, and whether texts and code still agree
	@$(MAKE) --no-print-directory --keep-going ruff mypy imports house

.PHONY: format
format: $(DEV)  ## rewrite the code the way ruff wants it
	@$(PY) -m ruff check --fix --show-fixes .
	@$(PY) -m ruff format .

.PHONY: bench
bench: $(DEV)  ## measure; prints figures, judges none
	@$(PY) -m pytest tests/benchmarks --timeout=0 -q -s

.PHONY: lock
lock: $(DEV)  ## pin what pyproject.toml asks for; UPGRADE=--upgrade takes the newest
	@echo "-> pinning requirements.lock and requirements-dev.lock"
	@$(LOCK) --extra all --group build -o requirements.lock >/dev/null
	@$(LOCK) --extra all --group dev -c requirements.lock -o requirements-dev.lock >/dev/null

.PHONY: clean
clean:  ## remove what checks and demos left behind; .venv stays (rm -r .venv)
	@rm -rf build dist idgraph-demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name $(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help:  ## this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

# The parts of `make test` and `make check`.

.PHONY: ruff mypy imports house pytest

ruff: $(DEV)
	@echo "-> ruff"
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

mypy: $(DEV)
	@echo "-> mypy"
	@$(PY) -m mypy

imports: $(DEV)
	@echo "-> import-linter"
	@$(VENV)/bin/lint-imports --no-logo

house: $(DEV)
	@echo "-> texts and code agree"
	@$(PY) -m pytest tests/test_house.py -q -m "not slow"

pytest: $(DEV)
	@echo "-> pytest"
	@$(PY) -m pytest -rs

# The environment. Each stamp is younger than what was installed for it.

$(PY):
	@found=; \
	for candidate in $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "idgraph needs Python 3.11 or newer; $(if $(PYTHON),$(PYTHON) is not,none was found). Name one: make PYTHON=/path/to/python" >&2; exit 1; \
	fi; \
	echo "-> creating $(VENV) with $$("$$found" --version)"; \
	if ! "$$found" -m venv --clear $(VENV); then \
	  rm -rf $(VENV); \
	  echo "$$found cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	fi

$(RUN): requirements.lock pyproject.toml | $(PY)
	@echo "-> installing idgraph and its $$(grep -c '^[a-z].*==' requirements.lock) locked packages (about a minute the first time)"
	@$(INSTALL) --no-deps --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.lock requirements.lock pyproject.toml | $(PY)
	@echo "-> installing idgraph and its $$(grep -c '^[a-z].*==' requirements-dev.lock) locked packages, the development tools included (about a minute the first time)"
	@$(INSTALL) --no-deps --require-hashes -r requirements-dev.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $(RUN) $@
