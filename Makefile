# `make demo` and `make test` install what they need into .venv first; Python 3.11 to 3.13 is all they expect.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lock screenshots clean

demo: $(VENV)/.installed
	$(BIN)/leitmotif demo

test: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 $(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

# Each stamp is newer than the pins it was made from; a change to the pins installs again.
$(VENV)/.installed: requirements.txt pyproject.toml
	$(PYTHON) -c "import sys; assert (3, 11) <= sys.version_info[:2] <= (3, 13), 'Leitmotif needs Python 3.11 to 3.13: make PYTHON=python3.12'"
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	touch $@

# Pins the whole dependency tree of pyproject.toml and requirements-dev.in for every supported Python (needs uv).
lock:
	uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --no-annotate --no-header pyproject.toml --output-file requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --no-annotate --no-header requirements-dev.in --output-file requirements-dev.txt

# The README's pictures, from the running demo (needs Chromium).
screenshots: $(VENV)/.installed-dev
	$(BIN)/leitmotif demo --no-serve
	$(BIN)/python -m dashboard.screenshots leitmotif-demo docs/images

clean:
	rm -rf $(VENV) leitmotif-demo .pytest_cache .mypy_cache .ruff_cache *.egg-info
