# The portal's commands. Everything runs from .venv, made from the pinned lock; nothing is installed outside this directory.
# Variables: PORT=8010 (address of the portal), DATA_DIR=… (default .data), DEMO_DATA=… (published portfolios), ARGS=… (for pytest)

BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo run test check bench exams audit messages openapi install format clean
.DEFAULT_GOAL := demo

demo: install ## the portal with the demo portfolios and a login for each role
	@$(BIN)/python manage.py portal --demo

run: install ## the portal with your own data
	@$(BIN)/python manage.py portal

test: install ## the whole suite on two processes, against servers of its own; with ARGS=tests/… a part of it
ifdef ARGS
	@$(BIN)/python -m pytest -q $(ARGS)
else
	@$(BIN)/python -m pytest -q -n 2 --no-loadscope-reorder -m "not alone" # in order: what empties the tables, seeds included, comes last in each process
	@$(BIN)/python -m pytest -q -m alone
endif

check: install ## style, types, walls between the layers, settings, migrations, templates, translations
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py check --fail-level WARNING
	@$(BIN)/python -m tests.production_environment $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py translations --check

bench: install ## speed and memory against the budgets (docs/performance.md); takes minutes
	@$(BIN)/python -m benchmarks $(ARGS)

exams: install ## the long runs: faults, load, fuzzing; takes minutes
	@$(BIN)/python -m pytest -q -o addopts="--import-mode=importlib --strict-markers" -o timeout=0 tests/exams $(ARGS)

audit: install ## known vulnerabilities of the pinned packages; needs the network
	@$(BIN)/uvx pip-audit --require-hashes --disable-pip -r requirements.txt

openapi: install ## renew tests/contracts/openapi.json after a change of the API that is meant; review the difference
	@$(BIN)/python manage.py openapi > tests/contracts/openapi.json
	@git --no-pager diff --stat tests/contracts/openapi.json

messages: install ## collect the texts to translate
	@$(BIN)/python manage.py translations

format: install ## fold the code, mend what can be mended by itself
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

install: $(STAMP)

$(STAMP): requirements-dev.txt
	@python=; for name in python3.13 python3.12 python3.11 python3 python3.14; do \
	  if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; done; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or newer is needed and was not found. On Debian or Ubuntu: sudo apt install python3 python3-venv" >&2; exit 1; fi; \
	if ! $$python -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "$$python has no venv module. On Debian or Ubuntu: sudo apt install python3-venv" >&2; exit 1; fi; \
	if [ ! -x $(BIN)/python ]; then echo "Making .venv with $$python …"; $$python -m venv .venv || exit 1; fi; \
	echo "Installing the pinned packages …"; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt || { \
	  echo "The packages could not be installed: see the message above (no network? a proxy to set?)." >&2; exit 1; }
	@touch $(STAMP)

clean: ## remove what can be made again; .data/ and .venv/ stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results
