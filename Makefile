# Every target sets itself up from a bare Python 3.11+; uv is used when it is there, plain venv and pip when it is not.

PYTHON ?= python3
FUZZ_SECONDS ?= 1800
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(BIN)/python
UV     := $(shell command -v uv 2>/dev/null)

ifeq ($(UV),)
MAKE_VENV = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")' \
            && $(PYTHON) -m venv $(VENV)
INSTALL   = $(RUN) -m pip install --quiet --disable-pip-version-check
else
MAKE_VENV = $(UV) venv --quiet --allow-existing --python ">=3.11" $(VENV)
INSTALL   = $(UV) pip install --quiet --python $(RUN)
endif

.PHONY: demo test check docs fuzz bench bench-quick conformance format generate clean help

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

demo: $(VENV)/.core  ## a prompt becomes a PNG, through the real client, against the embedded server
	$(BIN)/drawthings generate "a red fox in a snowy forest at sunset" --server embedded --output demo/ --seed 42

test: $(VENV)/.dev  ## the test suite
	$(RUN) -m pytest -n auto --dist loadfile

check: $(VENV)/.dev  ## lint, types, import directions, generated code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(RUN) scripts/generate.py --check
	$(RUN) scripts/unasync.py --check
	$(RUN) scripts/lengths.py

docs: $(VENV)/.dev  ## the documentation site, in docs/_build/html; its pictures are made on the way
	$(BIN)/sphinx-build -q -W --keep-going docs docs/_build/html

fuzz: $(VENV)/.dev  ## compare the native core with the fpzip library, then try to break it (FUZZ_SECONDS=1800)
	$(RUN) tests/differential.py 20000
	$(RUN) scripts/fuzz.py $(FUZZ_SECONDS)

bench: $(VENV)/.dev benches/.peer/.ready  ## our speed beside the best Python peer's, some minutes (BENCH="--markdown FILE")
	-$(RUN) scripts/native.py --bench
	$(RUN) -m benches $(BENCH)
	$(RUN) -m benches.fleet shares dask
	$(RUN) -m benches.gateway

bench-quick: $(VENV)/.dev  ## fails when a step became several times slower, in seconds
	$(RUN) -m benches.quick

conformance: $(VENV)/.dev  ## other people's clients against the gateway; needs Node 20 and npm (CONFORMANCE="agents --markdown FILE")
	$(RUN) conformance/run.py $(CONFORMANCE)

format: $(VENV)/.dev  ## put the code into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: $(VENV)/.dev  ## write the generated code again (needs flatc)
	$(RUN) scripts/generate.py
	$(RUN) scripts/unasync.py

clean:  ## remove everything that was made
	rm -rf $(VENV) benches/.peer benches/.photos benches/.data conformance/node_modules .schemathesis demo dist build docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .import_linter_cache

$(VENV)/.core: pyproject.toml hatch_build.py scripts/native.py $(wildcard native/*)
	$(MAKE_VENV)
	$(INSTALL) -e .
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.core
	$(INSTALL) -e '.[dev]'
	touch $@

# The peer in an environment of its own; and two packages unpacked for the photographs in them, never imported.
benches/.peer/.ready: | $(VENV)/.core
	$(RUN) -m venv --clear benches/.peer
	benches/.peer/bin/python -m pip install --quiet --disable-pip-version-check 'drawthings-py[ffmpeg]==0.4.0'
	benches/.peer/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
		--target benches/.photos 'scikit-image>=0.25' 'scikit-learn>=1.5'
	touch $@
