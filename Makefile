# make demo | test | check | docs | setup | bench | clean      PYTHON=python3.13 picks another interpreter, with a .venv of its own
.DEFAULT_GOAL := help
.PHONY: help setup demo test check docs bench proof audit-quality clean

VENV := .venv$(if $(PYTHON),-$(notdir $(PYTHON)))
RUN  := $(VENV)/bin/python -m
TESTS ?= kit/tests backend/tests
PROOFS := $(addprefix bench/,mutants.py suites.py isolation.py chaos.py soak.py)

help:
	@echo "make demo    see the golden path run on real services"
	@echo "make test    run every test        (TESTS=kit/tests/unit ARGS='-k name' narrow it)"
	@echo "make check   lint, types, architecture, README examples"
	@echo "make docs    the documentation as a site, in site/"
	@echo "make setup   only install what demo and test need"
	@echo "make bench   measure every claim   (prints one JSON object per line)"
	@echo "make proof   mutants, suites, isolation, chaos and soak, an hour of them"
	@echo "make audit-quality   count what the audit's rules find and leave alone"
	@echo "make clean   remove what the others made"
	@echo
	@echo "PYTHON=python3.13 uses another interpreter, in an environment of its own."

setup:
	@sh .ci/setup '$(VENV)' test '$(PYTHON)'

demo:
	@sh .ci/setup '$(VENV)' demo '$(PYTHON)'
	@$(RUN) goldenpath demo $(ARGS)

test:
	@sh .ci/setup '$(VENV)' test '$(PYTHON)'
	@$(RUN) pytest $(TESTS) $(ARGS)

check:
	@sh .ci/setup '$(VENV)' test '$(PYTHON)'
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy kit/src backend/src
	@$(RUN) pytest -q kit/tests/repository

docs:
	@sh .ci/setup '$(VENV)' docs '$(PYTHON)'
	@NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict --quiet
	@echo "docs: site/index.html"

# Apart from the others: the peers bring pytest plugins of their own.
bench proof: VENV := .venv-bench$(if $(PYTHON),-$(notdir $(PYTHON)))
bench:
	@sh .ci/setup '$(VENV)' bench '$(PYTHON)'
	@for file in $(filter-out $(PROOFS),$(wildcard bench/[a-z]*.py)); do echo "== $$file" >&2; $(VENV)/bin/python "$$file" --json || exit 1; done

# Long: each of them takes ten minutes and more.
proof:
	@sh .ci/setup '$(VENV)' bench '$(PYTHON)'
	@for file in $(PROOFS); do echo "== $$file" >&2; $(VENV)/bin/python "$$file" --json || exit 1; done

audit-quality:
	@sh .ci/setup '$(VENV)' test '$(PYTHON)'
	@$(VENV)/bin/python bench/audit_quality.py

clean:
	@rm -rf .venv .venv-* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist site
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
