# Every target creates the virtual environment it needs; nothing outside this folder is changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
# What installs packages; faster, where there is uv: make INSTALL='uv pip install --python .venv'
INSTALL ?= $(BIN)/python -m pip install
export OPENBLAS_NUM_THREADS ?= 1
# Further options of bench, docs-check, lab and record.
ARGS ?=
# Random seed of test orders and of samples of mutants.
SEED ?= 0

.PHONY: help demo notebooks handout slides report docs docs-check lab test coverage shuffled peers frameworks upstream results record drawn size lint types review hooks mutants fuzz bench dist release-check matrix clean
.DEFAULT_GOAL := help

help:  ## list the targets (the default)
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 15

demo: $(VENV)/.core  ## train all five networks on a generated bAbI task; leaves a table and a figure in demo/
	@rm -rf demo
	$(BIN)/liaf-ref run babi --generated --tasks 4 --cells liaf,lif,rnn,lstm,gru --epochs 20 --out demo

# The Agg backend does not display figures: a figure that depends on the backend fails the check.
# One notebook at a time: kernels that two processes start together can be given the same port (jupyter_client issue 487).
BOOKS := build/notebooks
notebooks: $(VENV)/.notebooks  ## build the notebooks, run each before and after its exercises are answered, and check figures and answers
	@rm -rf $(BOOKS)
	$(BIN)/python tools/notebooks.py build --out $(BOOKS)
	cd $(BOOKS)/run && MPLBACKEND=Agg $(abspath $(BIN))/pytest -q -c /dev/null -p no:cacheprovider \
		--nbmake --nbmake-timeout=60 --overwrite
	$(BIN)/python tools/notebooks.py check --out $(BOOKS)

handout: $(VENV)/.notebooks  ## write the notebooks to fill in, without solutions, in build/handout
	@rm -rf build/handout
	$(BIN)/python tools/notebooks.py handout --out build/handout

$(BOOKS)/solutions:
	$(MAKE) notebooks

slides: $(VENV)/.slides $(BOOKS)/solutions  ## make slides of the notebooks as they ran last, in build/slides; run them if they never did
	$(BIN)/python tools/slides.py

report: $(VENV)/.report  ## write the report of the stored runs, every table and figure of the paper, in build/report
	@rm -rf build/report
	$(BIN)/liaf-ref report docs/results/table03.csv docs/results/runs/decide-digits.csv docs/results/runs/decide-gestures.csv \
		docs/results/runs/decide-n-mnist.csv docs/results/runs/decide-scenes.csv --remarks docs/results/remarks.toml --out build/report

docs: $(VENV)/.docs report slides  ## build the documentation site in build/docs, check its links, and print where the site is
	$(BIN)/python tools/website.py
	$(BIN)/lychee --offline --include-fragments --no-progress --index-files index.html --root-dir $(CURDIR)/build/docs \
		--exclude-path 'build/docs/(lite|_static|slides)/' --exclude 'symbols\.pdf$$' build/docs

docs-check: docs  ## load every page of the built documentation in Chromium, move its live figures, and run a notebook
	$(BIN)/python tools/website.py --check $(ARGS)

lab: $(VENV)/.notebooks  ## install JupyterLab in .venv and open notebook 1 in a browser; your work is kept in lab/
	$(BIN)/python tools/notebooks.py lab --out lab
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) lab/01-one-neuron.ipynb $(ARGS)

test: $(VENV)/.dev  ## run the tests
	$(BIN)/pytest -n auto --dist worksteal --junitxml build/tests.xml -o junit_family=xunit1

COVERED ?= 95
coverage: $(VENV)/.thorough  ## run the tests; at least COVERED % of the lines and branches of the package must run
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered --cov-fail-under=$(COVERED)

RUNS ?= 20
shuffled: $(VENV)/.thorough  ## run the tests RUNS times in random orders, starting from SEED
	@for seed in $$(seq $(SEED) $$(($(SEED) + $(RUNS) - 1))); do \
		MPLBACKEND=Agg $(BIN)/pytest -n auto -p randomly --randomly-seed=$$seed || failed="$$failed $$seed"; \
	done; [ -z "$$failed" ] || { echo "tests failed with seed$$failed"; exit 1; }

peers: $(VENV)/.peers  ## install the frameworks that the adapters support, so that make test runs their tests

frameworks: $(VENV)/.peers  ## measure the neurons of these frameworks, and write the tables of docs/verify/frameworks.md
	PYTHONPATH=tools $(BIN)/python -m frameworks

upstream: $(VENV)/.upstream  ## run the reports of docs/verify/upstream.md with the newest packages, and say which still hold
	-$(BIN)/pytest -q -rA -c /dev/null -p no:cacheprovider --continue-on-collection-errors docs/verify/upstream
	-ANY_VERSION=1 $(BIN)/pytest -q -rA tests/oracle/test_frameworks.py -k a_report_holds

results: $(VENV)/.report  ## draw the figures of docs/results from the stored runs, and write the table of the README
	PYTHONPATH=tools $(BIN)/python -m results

SWEEP ?=
TABLES ?=
record: $(VENV)/.core  ## store the runs of the sweep in SWEEP, its folder, as docs/results/runs/TABLES.csv
	$(BIN)/python tools/record_runs.py '$(SWEEP)' '$(TABLES)' $(ARGS)

drawn: $(VENV)/.core  ## draw the 500 random cases of the package again, after a change of the draws or of an answer
	$(BIN)/liaf-ref oracle export build/drawn --random 500 --seed 0 --formats safetensors
	cd build/drawn && $(abspath $(BIN))/python -m zipfile --create $(CURDIR)/liaf_ref/oracle/data/drawn-1.zip *

size: $(VENV)/.pip  ## print how large each folder is, beside a ceiling that only falls; fails above it
	$(BIN)/python tools/size.py --check

lint: $(VENV)/.dev size  ## check style, formatting, spelling, size and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/codespell

types: $(VENV)/.dev  ## check types with mypy --strict
	$(BIN)/mypy

review: $(VENV)/.dev $(VENV)/.review  ## check the workflows for security, the project by the checklist of Scientific Python, and a user's script with mypy and pyright
	$(BIN)/zizmor --offline --quiet .github action.yml
	$(BIN)/repo-review .
	$(BIN)/mypy --strict --config-file= tests/user_script.py
	$(BIN)/pyright tests/user_script.py

hooks: $(VENV)/.dev  ## run the static checks before each commit, by pre-commit
	$(BIN)/pre-commit install

PART ?= kernels
mutants: $(VENV)/.mutants  ## mutation-test PART (kernels, training, readers, oracle, or check: whether oracle check notices); ONLY=PATTERN: some functions; SAMPLE=N: a random sample of N mutants, drawn with SEED
	$(BIN)/python tools/mutation_test.py --part $(PART) $(if $(ONLY),--only '$(ONLY)') $(if $(SAMPLE),--sample $(SAMPLE) --seed $(SEED))

N ?= 10000
fuzz: $(VENV)/.dev  ## fuzz each file reader with N damaged files, drawn with SEED (10,000: half an hour); ONLY='READER or READER'
	FUZZ_COUNT=$(N) FUZZ_SEED=$(SEED) $(BIN)/pytest -n auto --durations 0 tests/fuzzing -k 'damaged and ($(or $(ONLY),damaged))'

bench: $(VENV)/.bench  ## measure speed against PyTorch, torch.compile and JAX (installs torch and jax); ARGS: cases and options
	$(BIN)/python tools/benchmark.py $(ARGS)

dist: $(VENV)/.dist  ## build wheel and sdist in dist/, check their contents, and install them without a compiler
	$(BIN)/python tools/check_release.py --dist

TAG ?=
release-check: $(VENV)/.dist  ## rehearse a release: make dist, compare versions and addresses, run make demo's command from the wheel, and each target alone; TAG=vX.Y.Z: of a real one
	$(BIN)/python tools/check_release.py $(if $(TAG),--tag $(TAG))

# X-floor has the lowest versions that pyproject.toml admits and Python X has a wheel of, of what the package and its
# extras need; but of onnx, whose reference evaluator the tests need in a later one.
EXTRAS := digits,events,interop,report,sweep,testing
NAMES ?= 3.11-floor 3.11 3.12-floor 3.12 3.13-floor 3.13 3.14-floor 3.14
matrix: $(VENV)/.matrix  ## run the tests with Python 3.11 to 3.14, and with the oldest and newest dependencies; NAMES: only these environments
	@for name in $(NAMES); do \
		place=build/matrix/$$name; case $$name in *-floor) versions=lowest-direct;; *) versions=highest;; esac; \
		rm -rf $$place && $(BIN)/uv venv --quiet --python $${name%-floor} $$place && \
		$(BIN)/uv pip install --quiet --python $$place --group thorough && \
		$(BIN)/uv pip install --quiet --python $$place --resolution $$versions --reinstall --only-binary :all: --no-binary liaf-ref \
			'.[$(EXTRAS)]' && \
		MPLBACKEND=Agg $$place/bin/pytest -n auto -p randomly -p no:cacheprovider || failed="$$failed $$name"; \
	done; [ -z "$$failed" ] || { echo "tests failed with$$failed"; exit 1; }

clean:  ## remove everything that targets write, except lab/, which holds your work
	rm -rf $(VENV) demo mutants build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*

# Prints the packages of a dependency group of pyproject.toml, or those that liaf_ref itself needs.
LIST_PACKAGES = $(BIN)/python -c 'import sys, tomllib; file = tomllib.load(open("pyproject.toml", "rb")); \
	of = lambda group: [name for package in file["dependency-groups"][group] \
		for name in ([package] if isinstance(package, str) else of(package["include-group"]))]; \
	names = of(sys.argv[1]) if sys.argv[1:] else ["liaf_ref", *file["project"]["dependencies"]]; \
	print("Installing into $(VENV), with their dependencies:", ", ".join(names))'

$(VENV)/.pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "liaf_ref needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	@echo 'Creating the virtual environment $(VENV); packages are downloaded from PyPI.'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.core: $(VENV)/.pip pyproject.toml
	@$(LIST_PACKAGES)
	$(INSTALL) --quiet --editable .
	@touch $@

$(VENV)/.%: $(VENV)/.core
	@$(LIST_PACKAGES) $*
	$(INSTALL) --quiet --group $*
	@touch $@
