"""A mutant in a process of its own, for what a fork cannot show: imports, caches, threads."""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tqdm import tqdm

from mutation.copied import ENVIRONMENT, KILLED, file_of
from mutation.parts import FROM_SOURCE, Part


def met_again(name: str, part: Part) -> list[str]:
    """The tests that a survivor meets again; none if its part has none."""
    file = file_of(name)
    return next((tests for start, tests in part.again.items() if file.startswith(start)), [])


def notices(place: Path, tests: Sequence[str], name: str = "") -> bool:
    """Whether tests fail, in a process of their own, with a mutant or without one."""
    code = place / "mutants"
    paths = [str(path) for test in tests for path in sorted((code / "tests/oracle").glob(test))]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *paths]
    if "test_check*.py" in tests:
        command += ["-k", FROM_SOURCE]
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": str(code)}
    if name:
        environment["MUTANT_UNDER_TEST"] = name
    done = subprocess.run(command, cwd=code, env=environment, capture_output=True, check=False)  # noqa: S603
    if done.returncode not in {0, 1} and not name:
        raise SystemExit(f"pytest ended with {done.returncode}:\n{done.stdout.decode()}")
    return done.returncode != 0


def try_again(place: Path, part: Part, found: dict[str, str], jobs: int) -> dict[str, str]:
    """The statuses, after each survivor has met its tests in a process of its own."""
    left = {name: met_again(name, part) for name, s in found.items() if s not in KILLED}
    left = {name: tests for name, tests in left.items() if tests}
    sets = list({tuple(tests) for tests in left.values()})
    with ThreadPoolExecutor(jobs) as pool:
        clean = pool.map(lambda tests: notices(place, tests), sets)
        for tests, failed in zip(sets, tqdm(clean, "without mutant", len(sets)), strict=True):
            if failed:
                raise SystemExit(f"these fail with no mutant: {' '.join(tests)}")
        noticed = pool.map(lambda name: notices(place, left[name], name), left)
        tried = zip(left, tqdm(noticed, "survivors again", len(left)), strict=True)
        return found | {name: "killed" for name, killed in tried if killed}
