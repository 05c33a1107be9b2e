"""A mutant in a process of its own, for what a fork cannot show: imports, caches, threads."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from mutation.parts import Part, TestSelection
from mutation.workspace import ENVIRONMENT, file_of

RESULTS_FILE = "alone.json"  # in the part's copy
TIMEOUT_SECONDS = 900  # seconds; the tests take two minutes at most, so that a mutant never ends


def tests_for(name: str, part: Part) -> TestSelection:
    """The tests that a mutant meets."""
    # mutmut's name of a package's __init__.py is that of the package.
    code = f"{file_of(name).removesuffix('.py')}/"
    return next(met for start, met in part.isolated.items() if code.startswith(start))


def run_tests(workspace: Path, selection: TestSelection, *options: str, mutant: str = "") -> int:
    """Exit code of pytest on a selection of tests, in a process with a mutant or without one."""
    code = workspace / "mutants"
    files = [
        str(path) for file in selection.files for path in sorted((code / "tests/oracle").glob(file))
    ]
    command = [sys.executable, "-m", "pytest", "-x", "-q", *files, *options]
    command += ["-k", selection.keyword] if selection.keyword else []
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": str(code)}
    if mutant:
        environment["MUTANT_UNDER_TEST"] = mutant
    return subprocess.run(  # noqa: S603
        command,
        cwd=code,
        env=environment,
        capture_output=True,
        check=False,
        timeout=TIMEOUT_SECONDS if mutant else None,
    ).returncode


def try_mutant(workspace: Path, selection: TestSelection, mutant: str) -> str:
    """Status of a mutant; the test that fails with it has to pass without it."""
    with TemporaryDirectory() as cache:
        in_cache = ("-o", f"cache_dir={cache}")
        try:
            failed = run_tests(workspace, selection, *in_cache, mutant=mutant)
        except subprocess.TimeoutExpired:
            return "timeout"
        if not failed:
            return "survived"
        # pytest keeps the failed test in its cache; where none is kept, no test was collected.
        kept = (Path(cache) / "v/cache/lastfailed").exists()
        again = ("--last-failed", "--last-failed-no-failures=none") if kept else ("--collect-only",)
        failed = run_tests(workspace, selection, *in_cache, *again)
    return "survived: what fails with it fails without it too" if failed else "killed"


def run_isolated(workspace: Path, part: Part, names: Sequence[str], jobs: int) -> None:
    """Try some mutants; what each came to is written down at once, for the report."""
    found: dict[str, str] = {}
    with ThreadPoolExecutor(jobs) as pool:
        tried = {
            pool.submit(try_mutant, workspace, tests_for(name, part), name): name for name in names
        }
        for done in tqdm(as_completed(tried), "mutants", len(tried)):
            found[tried[done]] = done.result()
            (workspace / RESULTS_FILE).write_text(json.dumps(found, indent=1), "utf-8")


def load_results(workspace: Path) -> dict[str, str]:
    """What the last run found."""
    found: dict[str, str] = json.loads((workspace / RESULTS_FILE).read_text("utf-8"))
    return found
