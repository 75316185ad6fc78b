# Everything a person does with this checkout. `make` alone lists it.
# Variables given on the command line (PORT=8001, STATE_DIR=..., WEB_WORKERS=2) reach the programs as environment.

.DEFAULT_GOAL := help
.SILENT:
MAKEFLAGS += --no-print-directory

SYSTEM_PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PYTHON := $(VENV)/bin/python
# Trust what this machine trusts, where it says so: the installers alone would refuse a company's proxy.
CERTIFICATES := $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem)
UV := $(VENV)/bin/uv $(if $(CERTIFICATES),--system-certs)
MANAGE := $(PYTHON) manage.py
WITH_SERVICES := $(PYTHON) -m velro.embedded exec --

# A stamp is named after the contents of its lock, so a changed lock installs again and an unchanged one costs nothing.
hash = $(shell (sha256sum || shasum -a 256) < $(1) 2>/dev/null | cut -c1-16)
STAMPS := $(VENV)/stamps
TOOLS_STAMP := $(STAMPS)/tools-$(call hash,requirements/bootstrap.txt)
RUN_STAMP := $(STAMPS)/run-$(call hash,requirements.txt)
DEV_STAMP := $(STAMPS)/dev-$(call hash,requirements/dev.txt)

T ?=
K ?=
ARGS ?=
# One path runs in this process, where output and debuggers work; everything runs on two.
TEST_PATHS := $(T)
# Of what is compiled. A machine without a compiler runs the sources.
TESTS_OF_COMPILED := tests/authorization/fast_door tests/velro/audit tests/velro/rate_limits tests/velro/blocking tests/velro/test_leading_thread.py
TEST_OPTIONS := $(if $(T),,-n 2) $(if $(K),-k "$(K)") $(ARGS)
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11

.PHONY: help
help: ## List the targets
	awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[36mmake %-10s\033[0m %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: compiled ## Run everything in the foreground (PORT=8000 STATE_DIR=.state), Ctrl-C stops all
	exec $(PYTHON) -m velro.embedded run --follow-parent

.PHONY: test
test: $(DEV_STAMP) compiled ## Run the tests (T=path K=expression ARGS="...")
	$(if $(T)$(K),,RUN_SOURCES=1 $(PYTHON) -m pytest -n 2 $(TESTS_OF_COMPILED))
	$(PYTHON) -m pytest $(TEST_OPTIONS) $(TEST_PATHS)

.PHONY: test-long
test-long: $(DEV_STAMP) compiled ## Live 100,000 random steps of teams, decide in 6,000 random worlds and a million times from memory, restart and kill 420 times (over an hour)
	$(PYTHON) -m pytest --hypothesis-profile=long --timeout=0 $(ARGS) \
		tests/authorization/test_random_worlds.py tests/authorization/test_team_machine.py \
		tests/authorization/freshness/test_history.py tests/authorization/freshness/test_server_faults.py

.PHONY: check
check: $(DEV_STAMP) ## Lint, format, types, import contracts, Django checks, migrations, drift of generated pages
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(WITH_SERVICES) $(PYTHON) -m mypy .
	$(VENV)/bin/lint-imports
	$(WITH_SERVICES) $(MANAGE) check --fail-level WARNING
	$(WITH_SERVICES) $(MANAGE) makemigrations --check --dry-run
	$(WITH_SERVICES) $(MANAGE) spectacular --validate --fail-on-warn --file $(VENV)/openapi.yaml && diff -u docs/openapi.yaml $(VENV)/openapi.yaml
	$(WITH_SERVICES) $(MANAGE) settings_reference --check
	$(WITH_SERVICES) $(MANAGE) error_reference --check
	$(WITH_SERVICES) $(MANAGE) authorization_reference --check

.PHONY: fix
fix: $(DEV_STAMP) ## Mend what lint and format can mend by themselves
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

.PHONY: demo
demo: $(RUN_STAMP) ## Take the tour through a running copy (PORT=8000)
	exec $(PYTHON) -m velro.demo

.PHONY: bench
bench: $(DEV_STAMP) compiled ## Measure a copy of its own: jobs, decisions, cost against size, tiers, views, load over HTTP (ARGS="--only growth")
	exec $(PYTHON) -m tests.performance.bench $(ARGS)

.PHONY: faults
faults: $(DEV_STAMP) ## Kill workers, servers and connections in RUNS=100 seeded runs and count what is lost or doubled
	exec $(PYTHON) -m tests.faults --runs $(or $(RUNS),100) $(ARGS)

.PHONY: screenshots
screenshots: $(DEV_STAMP) ## Take the pictures of the admin in docs/screenshots anew, by the tests that click through it
	SCREENSHOTS=docs/screenshots $(PYTHON) -m pytest tests/pages/test_operating.py $(ARGS)

.PHONY: doctor
doctor: $(RUN_STAMP) ## Say what is wrong with this checkout and how to mend it
	exec $(PYTHON) -m velro.embedded doctor

.PHONY: shell
shell: $(RUN_STAMP) ## Open a Django shell on the running copy, or on its data
	exec $(WITH_SERVICES) $(MANAGE) shell

.PHONY: seed-large
seed-large: $(RUN_STAMP) ## Fill the running copy, or its data, with a large world (ARGS="--users 10000 --seed 1")
	$(WITH_SERVICES) $(MANAGE) migrate --no-input --verbosity 0
	exec $(WITH_SERVICES) $(MANAGE) seed_large $(ARGS)

.PHONY: migrate
migrate: $(RUN_STAMP) ## Apply the migrations
	exec $(WITH_SERVICES) $(MANAGE) migrate

.PHONY: schema
schema: $(DEV_STAMP) ## Write docs/openapi.yaml, settings.md, errors.md and the table in authorization.md from the code
	$(WITH_SERVICES) $(MANAGE) spectacular --validate --fail-on-warn --file docs/openapi.yaml
	$(WITH_SERVICES) $(MANAGE) settings_reference
	$(WITH_SERVICES) $(MANAGE) error_reference
	$(WITH_SERVICES) $(MANAGE) authorization_reference

.PHONY: lock
lock: $(TOOLS_STAMP) ## Resolve requirements/*.in into the hashed locks
	$(COMPILE) requirements/main.in --output-file requirements.txt
	$(COMPILE) requirements/dev.in --constraints requirements.txt --output-file requirements/dev.txt
	$(COMPILE) requirements/bootstrap.in --constraints requirements/dev.txt --output-file requirements/bootstrap.txt

.PHONY: install
install: compiled ## Install the locked packages without running anything

# It goes on without a compiler, and says so.
.PHONY: compiled
compiled: $(RUN_STAMP) ## Compile what a web process runs with every decision, unless that was done
	$(PYTHON) -m velro.compiled || true

.PHONY: clean
clean: ## Remove the virtual environment and the caches; .state, with its data, stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	"$(SYSTEM_PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
		echo "velro: Python 3.11 was not found. Install it, or name it: make run SYSTEM_PYTHON=/path/to/python3.11" >&2; exit 1; }
	"$(SYSTEM_PYTHON)" -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); \
		echo "velro: Python has no venv module. Install it (Debian: apt-get install python3.11-venv) and try again." >&2; exit 1; }

$(TOOLS_STAMP): | $(VENV)/bin/python
	echo "Preparing the virtual environment ..."
	$(PYTHON) -m pip install --quiet --quiet --disable-pip-version-check $(addprefix --cert ,$(firstword $(CERTIFICATES))) \
		--require-hashes -r requirements/bootstrap.txt
	rm -rf $(VENV)/compiled
	mkdir -p $(STAMPS) && touch $@

$(RUN_STAMP): | $(TOOLS_STAMP)
	echo "Installing the locked packages ..."
	$(UV) pip install --quiet --python $(PYTHON) --require-hashes -r requirements.txt
	touch $@

$(DEV_STAMP): | $(RUN_STAMP)
	echo "Installing the packages for checks and tests ..."
	$(UV) pip install --quiet --python $(PYTHON) --require-hashes -r requirements/dev.txt
	$(PYTHON) -m tests.support.node >/dev/null
	touch $@
