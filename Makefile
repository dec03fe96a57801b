# Every command sets up what it needs; nothing has to be installed by hand but Python 3.11 and make.
unexport PYTHONDONTWRITEBYTECODE
export UV_SYSTEM_CERTS ?= 1
SHELL := /bin/bash
PORT ?= 8000
PYTHON ?= python3.11
TOOLS := .venv-tools
UV := $(TOOLS)/bin/uv
STRATA := .venv/bin/strata
# A commit waits for its disk. What tests write is kept in memory, where the machine has room for it.
IN_MEMORY := $(shell df -k --output=avail,target /dev/shm 2>/dev/null | awk '$$2 == "/dev/shm" && $$1 > 6000000 { print "TMPDIR=/dev/shm" }')

.PHONY: help setup demo serve test soak lint lock sbom clean bench

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: .venv/.ready ## Make the virtual environment from the locked packages

$(UV):
	@command -v "$(PYTHON)" >/dev/null || { echo "Strata needs Python 3.11: install it, or say PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -m venv "$(TOOLS)"
	@"$(TOOLS)/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.lock

.venv/.ready: requirements/test.lock pyproject.toml $(UV)
	@echo "Setting up .venv ..."
	@"$(UV)" venv --quiet --allow-existing --python "$(PYTHON)" .venv
	@"$(UV)" pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes requirements/test.lock
	@"$(UV)" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@touch .venv/.ready

demo: setup ## Play the firm's month from won deal to paid invoice (ONCE=1 exits after it, PORT= moves it)
	@$(STRATA) demo --port "$(PORT)" $(if $(ONCE),--once)

serve: setup ## Start the gateway with the sandbox firm
	@$(STRATA) serve --port "$(PORT)"

test: setup ## Run every test, in parallel
	@$(IN_MEMORY) .venv/bin/python -m pytest -n 2 --dist loadgroup -m "not soak" $(ARGS)

soak: setup ## Run the long suites too
	@$(IN_MEMORY) .venv/bin/python -m pytest -n 2 --dist loadgroup $(ARGS)

lint: setup ## Check types, style and imports
	@.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/lint-imports

lock: $(UV) ## Pin every package anew, with hashes
	@"$(UV)" pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --group build -o requirements/runtime.lock
	@"$(UV)" pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --group build --group test -o requirements/test.lock
	@"$(UV)" pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/tryton.in -o requirements/tryton.lock
	@"$(UV)" pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/receivers.in -o requirements/receivers.lock
	@"$(UV)" pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/fuzz.in -o requirements/fuzz.lock

sbom: setup ## Write what Strata is made of to dist/strata.cdx.json (CycloneDX)
	@mkdir -p dist
	@.venv/bin/python requirements/bill_of_materials.py > dist/strata.cdx.json

bench: setup ## Run every benchmark
	@for each in bench/*.py; do echo "== $$each"; .venv/bin/python "$$each" || exit 1; done

clean: ## Remove what was made
	@rm -rf .venv "$(TOOLS)" .strata .cache
