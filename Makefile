# Two commands for a fresh machine with git, Python 3.11+ and make: `make audit` and `make test`.
PYTHON ?= python3
AUDIT_ENVIRONMENT = .venv
TEST_ENVIRONMENT = .venv-test
BENCH_ENVIRONMENT = .bench
TEST_PYTHON = $(TEST_ENVIRONMENT)/bin/python

.PHONY: audit test check bench pins clean

audit: $(AUDIT_ENVIRONMENT)/installed ## install pip-assay into .venv and audit that environment
	@$(AUDIT_ENVIRONMENT)/bin/pip-assay $(AUDIT_ENVIRONMENT) || \
	  { code=$$?; echo "pip-assay ended with exit code $$code; README.md says what that means"; exit $$code; }

test: $(TEST_ENVIRONMENT)/installed ## install what the tests need and run them all
	$(TEST_PYTHON) -m pytest $(PYTEST_OPTIONS)

check: $(TEST_ENVIRONMENT)/installed ## linters, types, import contracts
	$(TEST_ENVIRONMENT)/bin/ruff check .
	$(TEST_ENVIRONMENT)/bin/ruff format --check .
	$(TEST_ENVIRONMENT)/bin/mypy
	$(TEST_ENVIRONMENT)/bin/lint-imports

bench: $(BENCH_ENVIRONMENT)/installed ## measure and compare with the peers: docs/benchmarks.md, docs/compared.md, docs/fix-compared.md
	$(BENCH_ENVIRONMENT)/bin/python -m pip install --quiet --no-deps --force-reinstall .
	$(BENCH_ENVIRONMENT)/bin/python -m bench.compare
	$(BENCH_ENVIRONMENT)/bin/python -m bench.fixing
	$(BENCH_ENVIRONMENT)/bin/python -m bench.run

pins: $(TEST_ENVIRONMENT)/installed ## write the pinned requirements anew
	for name in development bench action; do \
	  $(TEST_ENVIRONMENT)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-annotate requirements/$$name.in --output-file requirements/$$name.txt; done

$(AUDIT_ENVIRONMENT)/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pip-assay needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv --upgrade-deps $(AUDIT_ENVIRONMENT)
	$(AUDIT_ENVIRONMENT)/bin/python -m pip install --quiet --editable .
	touch $@

$(TEST_ENVIRONMENT)/installed: pyproject.toml requirements/development.txt
	$(PYTHON) -m venv $(TEST_ENVIRONMENT)
	$(TEST_PYTHON) -m pip install --quiet --require-hashes --requirement requirements/development.txt
	$(TEST_PYTHON) -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(BENCH_ENVIRONMENT)/installed: pyproject.toml requirements/bench.txt
	$(PYTHON) -m venv $(BENCH_ENVIRONMENT)
	$(BENCH_ENVIRONMENT)/bin/python -m pip install --quiet --require-hashes --requirement requirements/bench.txt
	$(BENCH_ENVIRONMENT)/bin/python -m pip install --quiet .
	touch $@

clean: ## remove everything that make made
	rm -rf $(AUDIT_ENVIRONMENT) $(TEST_ENVIRONMENT) $(BENCH_ENVIRONMENT) build dist
