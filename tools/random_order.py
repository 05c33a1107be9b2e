"""Run all tests repeatedly, each time in another random order, and name those that fail.

``python tools/random_order.py --runs 3``

This finds tests that depend on another test or that fail only sometimes.  The seed determines
the order of a run; ``pytest -p randomly --randomly-seed=SEED -n auto`` repeats it.  Exits with 1
if any test failed in any run.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from subprocesses import run_tests_in_order

ROW = "| {:>4} | {:>6} | {:>7} | {:>6} | {:>6} |"
NONE_FAILED, SOME_FAILED = 0, 1  # pytest's exit codes of a run that came to its end


class OrderResult(NamedTuple):
    """What came of one order: how many passed and were skipped, and which failed."""

    passed: int
    skipped: int
    failed: list[str]


def read_report(path: Path) -> OrderResult:
    """Read pytest's report."""
    found: Counter[str] = Counter()
    failed = []
    for case in ElementTree.parse(path).getroot().iter("testcase"):  # noqa: S314 - our own
        tags = {child.tag for child in case}
        if tags & {"failure", "error"}:
            failed.append(f"{case.get('classname')}::{case.get('name')}")
        else:
            found["skipped" if "skipped" in tags else "passed"] += 1
    return OrderResult(found["passed"], found["skipped"], failed)


def run_order(seed: int, tests: list[str], folder: Path) -> OrderResult:
    """Run the tests in the order of a seed."""
    report = folder / "tests.xml"
    done = run_tests_in_order(sys.executable, seed, "--junitxml", str(report), *tests)
    if done.returncode not in {NONE_FAILED, SOME_FAILED}:
        raise SystemExit(
            f"pytest ended with exit code {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return read_report(report)


def main() -> int:
    """Run, and print a line for each order and the tests that failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--runs", type=int, default=20, help="number of random orders (default: 20)"
    )
    parser.add_argument("--seed", type=int, default=0, help="first random seed (default: 0)")
    parser.add_argument("tests", nargs="*", help="test files or folders (default: all)")
    options = parser.parse_args()

    failed: dict[str, list[int]] = {}
    print(ROW.format("seed", "passed", "skipped", "failed", "s"), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seed, options.seed + options.runs):
            began = time.perf_counter()
            found = run_order(seed, options.tests, Path(folder))
            took = f"{time.perf_counter() - began:.0f}"
            print(
                ROW.format(seed, found.passed, found.skipped, len(found.failed), took), flush=True
            )
            for name in found.failed:
                print(name, flush=True)
                failed.setdefault(name, []).append(seed)
    for name, seeds in failed.items():
        print(f"{name}: failed with seed {', '.join(map(str, seeds))}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
