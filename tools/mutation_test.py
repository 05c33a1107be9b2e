"""Run mutmut on a part of the package, and judge the mutants that survive.

A mutant that no test kills is either a gap in the tests or equivalent to the original.
``tests/equivalent_mutants.toml`` lists the equivalent ones.  Of the kernels no survivor may be
missing in the list, and if all are tried no listed one killed.  Of every other part at least 90 %
of the mutants, or of a sample, must be killed or listed.

``python tools/mutation_test.py --part oracle --sample 200``

Each part is mutated in a copy of the repository, mutants/PART, because mutmut handles one part at
a time, and runs mutants in forks of a process that has imported the tests.  A fork shows no change
in code that runs on import or starts threads, so mutants of the oracle, and of what only worker
processes run, are tested in processes of their own, by the tests that run the changed line, or by
all if none is known.  Mutants of the part check are judged by ``oracle check``, and by no test.
"""

import argparse
import fnmatch
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from coverage import CoverageData
from scipy.stats import binomtest
from subprocesses import ONE_THREAD, ROOT, check_output
from tqdm.contrib.concurrent import thread_map

EQUIVALENT_MUTANTS = ROOT / "tests" / "equivalent_mutants.toml"
# Else forks wait for threads of their parent, compile for 30 s, or (3.14) know one test of a line.
ENVIRONMENT = ONE_THREAD | {"PYTHONDONTWRITEBYTECODE": "", "COVERAGE_CORE": "ctrace"}
KILLED = ("killed", "caught by type check", "timeout")  # of mutmut's statuses
MUTMUT = (sys.executable, "-m", "mutmut")
MUTMUT_TABLE, SELECTION = "[tool.mutmut]\n", "pytest_add_cli_args_test_selection"
ERROR_MESSAGE_TESTS = (
    "tests/validation/test_error_messages.py",
    "--deselect=tests/validation/test_error_messages.py::"  # mutants are callables too
    "test_every_public_callable_is_called_or_internal_for_a_reason",
)
ORACLE_TESTS = ("tests/oracle", "tests/docs/test_pages.py", "tests/test_public_names.py")
QUICK = ["tests/oracle/test_specification.py"]  # for mutmut, which asks for a first pass
# Without wrong backends that are built from mutated source.
NOT_FROM_SOURCE = "not detached and not channels and not (analog and missing)"


class Part(NamedTuple):
    """Patterns of the source files that are mutated, and the tests that should fail.

    They are ``isolated`` in processes of their own.  With ``backends``, by folder, no test judges a
    mutant but the oracle's check of such a backend.
    """

    files: list[str]
    tests: list[str]
    isolated: bool = False
    backends: Mapping[str, str] = {}


class Change(NamedTuple):
    """A mutant by what it does, for mutmut's numbers move with every edit."""

    function: str
    before: str
    after: str

    def only_reshapes(self) -> bool:
        """Whether only a negative size of a reshape differs: any is the one to be worked out."""
        before, after = (re.sub("(?<=[( ])-[12](?=[,)])", "-1", side) for side in self[1:])
        return "reshape(" in before and before == after


PARTS = {
    "kernels": Part(
        ["liaf_ref/kernels/*", "liaf_ref/fast/*"],
        [
            *("tests/kernels", "tests/gradients", "tests/fast", "tests/oracle/test_table.py"),
            "--ignore=tests/gradients/test_gradient_checks.py",  # builds flaws from the source
        ],
    ),
    "training": Part(
        ["liaf_ref/training/*"],
        [
            *("tests/training", "tests/test_public_api.py", *ERROR_MESSAGE_TESTS),
            *("tests/safe_load/test_files.py", "tests/safe_load/test_archives.py"),
            "tests/experiments/test_interrupted_runs.py",
        ],
    ),
    "readers": Part(
        [
            "liaf_ref/data/events/*",
            "liaf_ref/data/babi/reader.py",
            *(f"liaf_ref/_core/{name}.py" for name in ("safe_load", "child")),
        ],
        [
            *("tests/data/events", "tests/data/test_reader.py", "tests/safe_load"),
            *("tests/cli/test_data.py", "tests/training/test_run_folder.py", *ERROR_MESSAGE_TESTS),
        ],
    ),
    "oracle": Part(["liaf_ref/oracle/*"], [*ORACLE_TESTS, *ERROR_MESSAGE_TESTS], isolated=True),
    "check": Part(
        # Variants and their surrogates are no equations of the paper.
        ["liaf_ref/kernels/[!sv]*", "liaf_ref/kernels/s[hp]*", "liaf_ref/oracle/table/*"],
        [],
        isolated=True,
        backends={"kernels": "oracle.kernel_backend:run", "oracle": "liaf_ref.oracle:run"},
    ),
}
CHECK = ("-W", "ignore", "-m", "liaf_ref", "oracle", "check", "--fail-fast", "--backend")


def copy_repository(part: Part, place: Path) -> None:
    """Copy the repository, with .github, to which pages link, and tell mutmut of the part there."""
    shutil.rmtree(place, ignore_errors=True)
    skipped = shutil.ignore_patterns("mutants", "build", ".git", ".[!g]*", "lab", "demo", "dist")
    shutil.copytree(ROOT, place, ignore=skipped)
    project = place / "pyproject.toml"
    tests = QUICK if part.isolated else part.tests
    more = f"only_mutate = {json.dumps(part.files)}\n{SELECTION} = {json.dumps(tests)}\n"
    text = project.read_text("utf-8").replace(MUTMUT_TABLE, MUTMUT_TABLE + more)
    project.write_text(text, "utf-8")


def run_mutants(place: Path, *names: str) -> int:
    """Have mutmut make all mutants, and run those named; its exit code."""
    command, environment = (*MUTMUT, "run", *names), os.environ | ENVIRONMENT
    return subprocess.run(command, cwd=place, env=environment, check=False).returncode  # noqa: S603


def statuses(place: Path) -> dict[str, str]:
    """Status of every mutant of the last run, by mutmut's name."""
    lines = check_output(*MUTMUT, "results", "--all", "true", cwd=place).splitlines()
    return dict(line.strip().split(": ", 1) for line in lines if "__mutmut_" in line)


def file_of(name: str) -> str:
    """The file a mutant is in, relative to the repository."""
    module = name.rsplit("__mutmut_", 1)[0].rsplit(".", 1)[0].replace(".", "/")
    return module + ("/__init__.py" if (ROOT / module).is_dir() else ".py")


def change_of(place: Path, name: str) -> Change:
    """The lines a mutant takes out and puts in."""
    diff = check_output(*MUTMUT, "show", name, cwd=place).splitlines()
    lines = [line for line in diff if line[:3] not in ("---", "+++")]
    sides = ("\n".join(x[1:].strip() for x in lines if x[:1] == sign) for sign in "-+")
    return Change(name.rsplit("__mutmut_", 1)[0], *sides)


def run_python(code: Path, *words: str, seconds: float | None = 900) -> int:
    """Exit code of Python in a copy, also if its time is up; a mutant may hang."""
    paths = {"PYTHONPATH": os.pathsep.join((str(code), str(code / "tests")))}
    environment = os.environ | ENVIRONMENT | paths
    run = partial(subprocess.run, cwd=code, env=environment, timeout=seconds, capture_output=True)
    try:
        return int(run([sys.executable, *words], check=False).returncode)
    except subprocess.TimeoutExpired:
        return 1


def record_lines(place: Path, part: Part) -> None:
    """Run the tests once, and record which of them run which line in their own process."""
    words = ("--cov=liaf_ref", f"--cov-config={os.devnull}", "--cov-context=test", "--cov-report=")
    run_python(place, "-m", "pytest", *words, "-k", NOT_FROM_SOURCE, *part.tests, seconds=None)


def find_tests(place: Path, file: str, line: int) -> list[str]:
    """The tests that run a line, which a statement may have begun before; none if not known."""
    found = CoverageData(str(place / ".coverage"))
    found.read()
    contexts = found.contexts_by_lineno(str(place / file))
    begun = max((known for known in contexts if known <= line), default=0)
    names = {name.rpartition("|")[0] for name in contexts.get(begun, ())}
    return [] if "" in names else sorted(names)


def apply_mutant(place: Path, copy: Path, mutant: str) -> int:
    """Make a copy with a mutant in place of the code; the line that it changes."""
    shutil.copytree(place, copy, ignore=shutil.ignore_patterns("mutants"))
    (copy / "mutants").symlink_to(place / "mutants")
    check_output(*MUTMUT, "apply", mutant, cwd=copy)
    paths = (root / file_of(mutant) for root in (place, copy))
    before, after = (path.read_text("utf-8").splitlines() for path in paths)
    return next(k for k, (x, y) in enumerate(zip(before, after, strict=False), 1) if x != y)


def compare_tests(original: Path, changed: Path, tests: Sequence[str]) -> str:
    """Status of a mutant by the tests; the one that fails with it has to pass without it."""
    with TemporaryDirectory() as cache:
        words = ["-m", "pytest", "-x", "-q", "-k", NOT_FROM_SOURCE, "-o", f"cache_dir={cache}"]
        if not run_python(changed, *words, *tests):
            return "survived"
        kept = Path(cache) / "v/cache/lastfailed"  # a file, or none, if it was not collected
        names = json.loads(kept.read_text("utf-8")) if kept.exists() else []
        again = [name for name in names if "::" in name] or ["--collect-only", *tests]
        failed = run_python(original, *words, *again)
    return "survived: what fails with it fails without it too" if failed else "killed"


def try_mutant(place: Path, part: Part, mutant: str) -> str:
    """Status of a mutant in processes of its own; a survivor is printed at once."""
    with TemporaryDirectory(dir=place.parent) as folder:
        line = apply_mutant(place, copy := Path(folder) / "copy", mutant)
        if part.backends:
            failed = run_python(copy, *CHECK, part.backends[mutant.split(".")[1]], seconds=120)
            status = "killed" if failed else "survived"
        else:
            tests = find_tests(place, file_of(mutant), line) or part.tests
            status = compare_tests(place, copy, tests)
    if status not in KILLED:
        print(f"{mutant}: {status}", flush=True)
    return status


def print_changes(title: str, changes: Iterable[tuple[Change, str]]) -> None:
    """A heading and the changes under it, each with a note."""
    print(f"\n{title}:")
    for (function, before, after), note in changes:
        print(f"  {function}  {note}\n    - {before}\n    + {after}")


def judge(place: Path, tried: Mapping[str, str], all_mutants: int, only: str) -> int:
    """Print the score per file and the survivors that are not listed; 1 if there are too many."""
    groups = tomllib.loads(EQUIVALENT_MUTANTS.read_text("utf-8")).values()
    expected = Counter[Change]()
    for function, line, part, *others in (row for group in groups for row in group):
        expected.update(Change(function, line, line.replace(part, other)) for other in others)
    lost = Counter(file_of(name) for name, status in tried.items() if status not in KILLED)
    for file, n in sorted(Counter(map(file_of, tried)).items()):
        print(f"{n - lost[file]:4} of {n:4} killed  {1 - lost[file] / n:6.1%}  {file}")
    survivors = {name: change_of(place, name) for name, s in tried.items() if s not in KILLED}
    actual = Counter(change for change in survivors.values() if not change.only_reshapes())
    unlisted = actual - expected
    notes = [(what, f"{n}: {tried[n]}") for n, what in survivors.items() if what in unlisted]
    print_changes(f"{unlisted.total()} survive and are not listed as equivalent", notes)
    if place.name == "kernels":  # the list has to be right; of others nine in ten are enough
        stale = Counter({c: n for c, n in expected.items() if fnmatch.fnmatch(c.function, only)})
        stale -= actual + Counter(change_of(place, n) for n, s in tried.items() if s == "timeout")
        print_changes("Listed, but killed or no longer generated", [(x, "") for x in stale])
        return int(bool(unlisted or stale))
    killed = len(tried) - unlisted.total()
    if len(tried) < all_mutants:
        low, high = binomtest(killed, n := len(tried)).proportion_ci(method="wilson")
        print(f"{killed} of {n} (of {all_mutants}) killed: {low:.1%} to {high:.1%} (95 %, Wilson)")
    return int(killed < 0.9 * len(tried))


def main() -> int:
    """Make the mutants of a part, try all or a sample, and judge what survives."""
    parser = argparse.ArgumentParser(description=__doc__)
    option = parser.add_argument
    option("--part", choices=PARTS, default="kernels", help="part to mutate (default: kernels)")
    option("--sample", type=int, metavar="N", help="run a random sample of N mutants")
    option("--seed", type=int, default=0, help="random seed of the sample (default: 0)")
    option("--only", metavar="PATTERN", default="*", help="functions, as liaf_ref.kernels.neuron.*")
    options = parser.parse_args()
    part, place = PARTS[options.part], ROOT / "mutants" / options.part
    copy_repository(part, place)
    some = [options.only]
    if options.sample or part.isolated:
        run_mutants(place, "none")  # ends with "nothing matches": all are made
        names = fnmatch.filter(sorted(statuses(place)), options.only)
        most = options.sample or len(names)
        some = random.Random(options.seed).sample(names, min(most, len(names)))  # noqa: S311
    if not part.isolated and run_mutants(place, *some):
        raise SystemExit("mutmut failed; its messages are above")
    found = statuses(place)
    tried = {name: status for name, status in found.items() if status != "not checked"}
    if not part.isolated:  # mutmut sees no test that runs a function in another process
        some = [name for name, status in tried.items() if status == "no tests"]
    if some and not part.backends:
        record_lines(place, part)
    results = thread_map(partial(try_mutant, place, part), some, max_workers=os.cpu_count())
    tried |= zip(some, results, strict=True)
    if not tried:
        raise SystemExit(f"{options.only}: expected a pattern of functions, got no mutant")
    # A sample says nothing of the mutants that are listed and not in it.
    return judge(place, tried, len(found), "" if options.sample else options.only)


if __name__ == "__main__":
    sys.exit(main())
