"""A mutant in a process of its own, for what a fork cannot show: imports, caches, threads."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path

from tqdm import tqdm

from mutation.copied import ENVIRONMENT, file_of
from mutation.parts import Met, Part

RESULT = "alone.json"  # in the part's copy
LONGEST = 900  # seconds; the tests take two minutes at most, so that a mutant never ends


def met_by(name: str, part: Part) -> Met:
    """The tests that a mutant meets."""
    return next(met for start, met in part.alone.items() if file_of(name).startswith(start))


def notices(place: Path, met: Met, name: str = "") -> bool:
    """Whether tests fail, in a process of their own, with a mutant or without one."""
    code = place / "mutants"
    files = [str(path) for file in met.files for path in sorted((code / "tests/oracle").glob(file))]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    command += ["-k", met.of] if met.of else []
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": str(code)}
    if name:
        environment["MUTANT_UNDER_TEST"] = name
    run = partial(subprocess.run, command, cwd=code, env=environment, capture_output=True)
    try:
        done = run(text=True, check=False, timeout=LONGEST if name else None)
    except subprocess.TimeoutExpired:
        return True
    if done.returncode and not name:
        raise SystemExit(f"with no mutant, {' '.join(met.files)} fail:\n{done.stdout[-2000:]}")
    return done.returncode != 0


def try_alone(place: Path, part: Part, names: Sequence[str], jobs: int) -> None:
    """Try some mutants; what each came to is written down at once, for the report."""
    met = {name: met_by(name, part) for name in names}
    found: dict[str, str] = {}
    with ThreadPoolExecutor(jobs) as pool:
        clean = list(dict.fromkeys(met.values()))
        for _ in tqdm(pool.map(lambda m: notices(place, m), clean), "no mutant", len(clean)):
            pass
        tried = {pool.submit(notices, place, met[name], name): name for name in names}
        for done in tqdm(as_completed(tried), "mutants", len(tried)):
            found[tried[done]] = "killed" if done.result() else "survived"
            (place / RESULT).write_text(json.dumps(found, indent=1), "utf-8")


def last(place: Path) -> dict[str, str]:
    """What the last run found."""
    found: dict[str, str] = json.loads((place / RESULT).read_text("utf-8"))
    return found
