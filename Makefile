PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.PHONY: run install install-dev test test-data test-long lint data screenshot bench-generation

run: install
	@$(BIN)/python app.py

install: $(VENV)/installed

install-dev: $(VENV)/installed-dev

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --disable-pip-version-check -q -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt requirements-oracles.txt $(VENV)/installed
	$(BIN)/pip install --disable-pip-version-check -q -r requirements-dev.txt
	$(BIN)/pip install --disable-pip-version-check -q --no-deps --no-build-isolation -r requirements-oracles.txt
	@touch $@

test: install-dev
	$(BIN)/python -m pytest -m "not data and not long"

test-data: install-dev
	$(BIN)/python -m pytest -m data -rP

test-long: install-dev
	$(BIN)/python -m pytest -m "long and not data" -rP

# The built-in data sets, from ../shared/data/clothes into data/ (not committed), and what is inside them.
data: install-dev
	$(BIN)/python -m training data build recipes/clothes.yaml
	$(BIN)/python -m training data build recipes/clothes_multi.yaml
	$(BIN)/python -m training data eda data/clothes
	$(BIN)/python -m training data eda data/clothes_multi

# Seconds of writing with OpenVINO against plain transformers, full-size shapes, random weights (docs/generation.md).
bench-generation: install
	$(BIN)/python -m models.runtime.bench

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

screenshot: install-dev
	$(BIN)/python docs/screenshot.py
