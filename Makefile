# Two commands matter: `make demo` (a class graded end to end) and `make test` (everything checked).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# JupyterLab wants to be asked before it runs as root, as in most containers.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
# Terminals in JupyterLab know `glasslab`, `grader` and `nbgrader` by it.
WITH_PROGRAMS := PATH="$(CURDIR)/$(BIN):$$PATH"
# Small matrices: more threads only get in each other's way.
export OMP_NUM_THREADS ?= 1

.PHONY: help demo test lint course self-study site formgrader setup walls test-programs data verify-data clean

help:
	@echo "make demo    set up, then grade a sample class end to end behind walls (instructors)"
	@echo "make course  set up, then open JupyterLab on the course (learners)"
	@echo "make self-study   set up, then write the units with solutions to open, into self-study/"
	@echo "make site    set up, then write those as a website, into site/"
	@echo "make formgrader   nbgrader's pages, to grade explanations by hand (instructors)"
	@echo "make test    set up, then run every check and test"
	@echo "make setup   what the others begin with: an environment in .venv, and the walls' programs"
	@echo "make data    train the public models again; make verify-data checks the stored ones"

demo: setup
	$(BIN)/grader demo

# A whole file at a time, for fixtures' sake; two files side by side, the longest first.
test: setup lint test-programs
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

# Markdown opens as a page, not as source, so that the course starts on its map; and no news.
LAB_SETTINGS := {"@jupyterlab/docmanager-extension:plugin": \
	{"defaultViewers": {"markdown": "Markdown Preview"}}, \
	"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}

course: $(VENV)/.learner
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@echo '$(LAB_SETTINGS)' > $(VENV)/share/jupyter/lab/settings/overrides.json
	cd course && $(WITH_PROGRAMS) ../$(BIN)/jupyter lab $(AS_ROOT) --LabApp.default_url=/lab/workspaces/glasslab/tree/README.md

# Nothing is graded there, so it needs no walls.
self-study: $(VENV)/.instructor
	$(BIN)/grader release --edition self-study

site: $(VENV)/.instructor
	$(BIN)/grader site

formgrader: setup
	$(WITH_PROGRAMS) $(BIN)/jupyter lab $(AS_ROOT) --LabApp.default_url=/formgrader

data: setup
	$(BIN)/python data/regenerate.py

verify-data: setup
	$(BIN)/python data/regenerate.py --verify

setup: $(VENV)/.instructor walls

$(VENV)/.learner: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "Glass Lab needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@echo "Installing (a few minutes the first time) ..."
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.instructor: $(VENV)/.learner
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@mkdir -p $(VENV)/etc/jupyter/jupyter_server_config.d
	cp grader/jupyter/jupyter_server_config.d/*.json $(VENV)/etc/jupyter/jupyter_server_config.d
	touch $@

APT := apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -qq --no-install-recommends

# Learners' code runs behind bubblewrap and a libseccomp filter; both are system packages.
walls:
	@if ! command -v bwrap >/dev/null || ! PATH="$$PATH:/sbin:/usr/sbin" ldconfig -p | grep -q libseccomp.so.2; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			$(APT) bubblewrap libseccomp2 >/dev/null; \
		else \
			echo "Grading needs bubblewrap and libseccomp; install them, for instance: sudo apt-get install bubblewrap libseccomp2"; \
			exit 1; \
		fi; \
	fi

# Tests open hostile pages in a real browser, and grade into a real PostgreSQL of their own.
# Debian keeps the server's programs off PATH.
test-programs:
	@if ! { command -v chromium || command -v google-chrome; } >/dev/null \
		|| ! PATH="$$PATH:$$(echo /usr/lib/postgresql/*/bin | tr ' ' :)" command -v initdb >/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			$(APT) chromium postgresql >/dev/null; \
		else \
			echo "The tests need Chromium and PostgreSQL's server; install them, for instance: sudo apt-get install chromium postgresql"; \
			exit 1; \
		fi; \
	fi

clean:
	rm -rf $(VENV) build dist classroom/demo
