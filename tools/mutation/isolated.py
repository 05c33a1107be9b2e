"""A mutant in a process of its own, for what a fork cannot show: imports, caches, threads."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path

from tqdm import tqdm

from mutation.parts import Part, TestSelection
from mutation.workspace import ENVIRONMENT, file_of

RESULTS_FILE = "alone.json"  # in the part's copy
TIMEOUT_SECONDS = 900  # seconds; the tests take two minutes at most, so that a mutant never ends


def tests_for(name: str, part: Part) -> TestSelection:
    """The tests that a mutant meets."""
    return next(met for start, met in part.isolated.items() if file_of(name).startswith(start))


def has_failures(workspace: Path, selection: TestSelection, name: str = "") -> bool:
    """Whether tests fail, in a process of their own, with a mutant or without one."""
    code = workspace / "mutants"
    files = [
        str(path) for file in selection.files for path in sorted((code / "tests/oracle").glob(file))
    ]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    command += ["-k", selection.keyword] if selection.keyword else []
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": str(code)}
    if name:
        environment["MUTANT_UNDER_TEST"] = name
    run = partial(subprocess.run, command, cwd=code, env=environment, capture_output=True)
    try:
        done = run(text=True, check=False, timeout=TIMEOUT_SECONDS if name else None)
    except subprocess.TimeoutExpired:
        return True
    if done.returncode and not name:
        raise SystemExit(
            f"expected the tests {' '.join(selection.files)} to pass without a mutant, "
            "got failures:\n"
            f"{done.stdout[-2000:]}"
        )
    return done.returncode != 0


def merge_by_keyword(selections: Iterable[TestSelection]) -> list[TestSelection]:
    """One selection for each keyword, so that files in several of them are run once."""
    files: dict[str, dict[str, None]] = {}
    for met in selections:
        files.setdefault(met.keyword, {}).update(dict.fromkeys(met.files))
    return [TestSelection(tuple(names), keyword) for keyword, names in files.items()]


def run_isolated(workspace: Path, part: Part, names: Sequence[str], jobs: int) -> None:
    """Try some mutants; what each came to is written down at once, for the report."""
    met = {name: tests_for(name, part) for name in names}
    found: dict[str, str] = {}
    with ThreadPoolExecutor(jobs) as pool:
        clean = merge_by_keyword(met.values())
        for _ in tqdm(
            pool.map(lambda m: has_failures(workspace, m), clean), "no mutant", len(clean)
        ):
            pass
        tried = {pool.submit(has_failures, workspace, met[name], name): name for name in names}
        for done in tqdm(as_completed(tried), "mutants", len(tried)):
            found[tried[done]] = "killed" if done.result() else "survived"
            (workspace / RESULTS_FILE).write_text(json.dumps(found, indent=1), "utf-8")


def load_results(workspace: Path) -> dict[str, str]:
    """What the last run found."""
    found: dict[str, str] = json.loads((workspace / RESULTS_FILE).read_text("utf-8"))
    return found
