"""Run mutmut on a part of the package, and judge the mutants that survive.

A mutant that no test kills is either a gap in the tests or equivalent to the
original.  The equivalent mutants of the kernels are listed with a reason; this
script fails on a survivor that is not listed, and on a listed mutant that no
longer survives.  Of every other part at least 90 % of the mutants must be killed.

``python tools/mutation_test.py --part oracle --sample 200``

Each part is mutated in a copy of the repository, mutants/PART, because mutmut
handles one part at a time.  A part with too many mutants can be judged by a random
sample (--sample); the killed fraction is then printed with a 95 % interval.

mutmut runs mutants in forks of a process that has imported the tests.  A fork
shows no change in code that runs on import or starts threads, so each mutant of
the oracle is tested in a separate process.  The test that fails with it is then run
without it, and has to pass.

The part check has mutants of the kernels and of the text of the equations.  No test judges
them, but whether a case fails that ``oracle check`` runs by default.
"""

import argparse
import fnmatch
import json
import os
import random
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from scipy.stats import binomtest
from subprocesses import ROOT
from tqdm import tqdm

EQUIVALENT_MUTANTS = ROOT / "tests" / "equivalent_mutants.toml"
MIN_KILLED_FRACTION = 0.9  # killed, of a part without a list
RESULTS_FILE = "alone.json"  # in the part's copy
TIMEOUT_SECONDS = 900  # the tests take some minutes at most, so that a mutant never ends
# Mutants run in forks; one that comes to a library whose threads its parent has started waits
# for them for ever.
ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
# Half a minute to compile mutated source: once, not in each process.
ENVIRONMENT["PYTHONDONTWRITEBYTECODE"] = ""
KILLED = ("killed", "caught by type check", "timeout")  # of mutmut's statuses
MUTMUT_TABLE, SELECTION = "[tool.mutmut]\n", "pytest_add_cli_args_test_selection"
ERROR_MESSAGE_TESTS = "tests/validation/test_error_messages.py"
# Test files of the oracle that a mutant meets first, where they have another name than its chapter.
FIRST_TESTS = {"checker": "check", "draw": "random", "shrinking": "shrink", "table": "golden"}
# Wrong backends that are built from mutated source.
NOT_FROM_SOURCE = "not detached and not channels and not (analog and missing)"


class Part(NamedTuple):
    """Patterns of the source files that are mutated, and the tests that should fail.

    Mutants of an isolated part run in processes of their own; ``tests`` are of mutmut's first pass.
    With ``backends``, by folder, no test judges a mutant but the oracle's check of such a backend.
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


PARTS = {
    "kernels": Part(
        ["liaf_ref/kernels/*", "liaf_ref/fast/*"],
        ["tests/kernels", "tests/gradients", "tests/fast", "tests/oracle/test_table.py"],
    ),
    "training": Part(
        ["liaf_ref/training/*"],
        [
            "tests/training",
            "tests/test_public_api.py",
            "tests/experiments/test_interrupted_runs.py",
            ERROR_MESSAGE_TESTS,
            # In a fork it would wait for the lock of a progress bar that mutmut holds.
            "--deselect=tests/test_public_api.py::test_train_shows_progress_where_asked",
        ],
    ),
    "readers": Part(
        [
            "liaf_ref/data/events/*",
            "liaf_ref/data/babi/reader.py",
            *(f"liaf_ref/_core/{name}.py" for name in ("safe_load", "child")),
        ],
        ["tests/data/events", "tests/data/test_reader.py", "tests/safe_load", ERROR_MESSAGE_TESTS],
    ),
    "oracle": Part(["liaf_ref/oracle/*"], ["tests/oracle/test_deviations.py"], isolated=True),
    "check": Part(
        # Variants and their surrogates are no equations of the paper.
        ["liaf_ref/kernels/[!sv]*", "liaf_ref/kernels/s[hp]*", "liaf_ref/oracle/table/*"],
        ["tests/oracle/test_table.py"],
        isolated=True,
        backends={"kernels": "oracle.kernel_backend:run", "oracle": "liaf_ref.oracle:run"},
    ),
}
CHECK = """
import sys
from liaf_ref._core.imports import load_callable
from liaf_ref.oracle.checker.verdict import judge
from liaf_ref.oracle.golden.store import published_cases
run = load_callable(sys.argv[1], "backend")
sys.exit(any(judge(run, golden, "float32").status == "failed" for golden in published_cases()))
"""


def run_mutmut(workspace: Path, *arguments: str) -> str:
    """Run mutmut in a copy and return what it prints."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    run = subprocess.run(command, cwd=workspace, check=True, text=True, stdout=subprocess.PIPE)  # noqa: S603
    return run.stdout


def copy_repository(part: Part, workspace: Path) -> None:
    """Copy the repository, and tell mutmut of the part there."""
    shutil.rmtree(workspace, ignore_errors=True)
    skipped = shutil.ignore_patterns("mutants", "build", ".*", "lab", "demo", "dist")
    shutil.copytree(ROOT, workspace, ignore=skipped)
    message = workspace / "pyproject.toml"
    more = f"only_mutate = {json.dumps(part.files)}\n{SELECTION} = {json.dumps(part.tests)}\n"
    more += 'also_copy = ["docs", "tools"]\n'  # tests hold pages to the code, and use tools
    text = message.read_text("utf-8").replace(MUTMUT_TABLE, MUTMUT_TABLE + more)
    message.write_text(text, "utf-8")


def statuses(workspace: Path) -> dict[str, str]:
    """Status of every mutant of the last run, by mutmut's name."""
    lines = run_mutmut(workspace, "results", "--all", "true").splitlines()
    return dict(line.strip().split(": ", 1) for line in lines if "__mutmut_" in line)


def function_of(name: str) -> str:
    """The function a mutant is in: its name without its number."""
    return name.rsplit("__mutmut_", 1)[0]


def file_of(name: str) -> str:
    """The file a mutant is in, relative to the repository."""
    return function_of(name).rsplit(".", 1)[0].replace(".", "/") + ".py"


def change_of(workspace: Path, name: str) -> Change:
    """The lines a mutant takes out and puts in."""
    diff = run_mutmut(workspace, "show", name).splitlines()
    sides = {
        sign: "\n".join(
            line[1:].strip() for line in diff if line[:1] == sign and line[:3] != 3 * sign
        )
        for sign in "-+"
    }
    return Change(function_of(name), sides["-"], sides["+"])


def run_mutants(workspace: Path, jobs: int, names: Iterable[str] = ()) -> int:
    """Have mutmut run, all mutants or those named; its exit code."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(jobs), *names]
    environment = os.environ | ENVIRONMENT
    return subprocess.run(command, cwd=workspace, env=environment, check=False).returncode  # noqa: S603


def sample_mutants(workspace: Path, options: argparse.Namespace) -> list[str]:
    """Have all mutants made and none run, and draw some of them."""
    run_mutants(workspace, options.jobs, ["none"])  # ends with "nothing matches": all are made
    names = fnmatch.filter(sorted(statuses(workspace)), options.only)
    return random.Random(options.seed).sample(names, min(options.sample, len(names)))  # noqa: S311


def first_tests(code: Path, mutant: str) -> list[str]:
    """The test files that are named like the chapter of the oracle that a mutant is in."""
    chapter = file_of(mutant).split("/")[2].removesuffix(".py")
    pattern = f"test_{FIRST_TESTS.get(chapter, chapter)}*.py"
    return [str(path) for path in sorted((code / "tests" / "oracle").rglob(pattern))]


def run_tests(workspace: Path, tests: Sequence[str], *options: str, mutant: str = "") -> int:
    """Exit code of pytest on some tests, in a process with a mutant or without one."""
    code = workspace / "mutants"
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-k", NOT_FROM_SOURCE, *tests, *options]
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


def run_check(workspace: Path, mutant: str, backends: Mapping[str, str]) -> str:
    """Status of a mutant by the cases that are checked by default, until one fails."""
    code = workspace / "mutants"
    command = [sys.executable, "-W", "ignore", "-c", CHECK, backends[file_of(mutant).split("/")[1]]]
    paths = {"PYTHONPATH": os.pathsep.join((str(code), str(code / "tests")))}
    environment = os.environ | ENVIRONMENT | paths | {"MUTANT_UNDER_TEST": mutant}
    try:
        found = subprocess.run(  # noqa: S603
            command, cwd=code, env=environment, capture_output=True, check=False, timeout=120
        )
    except subprocess.TimeoutExpired:
        return "timeout"
    return "killed" if found.returncode else "survived"


def try_mutant(workspace: Path, mutant: str) -> str:
    """Status of a mutant; the test that fails with it has to pass without it."""
    tests = [*first_tests(workspace / "mutants", mutant), "tests/oracle"]
    with TemporaryDirectory() as cache:
        in_cache = ("-o", f"cache_dir={cache}")
        try:
            failed = run_tests(workspace, tests, *in_cache, mutant=mutant)
        except subprocess.TimeoutExpired:
            return "timeout"
        if not failed:
            return "survived"
        # pytest keeps the failed test in its cache; where none is kept, no test was collected.
        kept = (Path(cache) / "v/cache/lastfailed").exists()
        again = ("--last-failed", "--last-failed-no-failures=none") if kept else ("--collect-only",)
        failed = run_tests(workspace, tests, *in_cache, *again)
    return "survived: what fails with it fails without it too" if failed else "killed"


def run_isolated(workspace: Path, part: Part, names: Sequence[str], jobs: int) -> None:
    """Try some mutants; what each came to is written down at once, for the report."""
    found: dict[str, str] = {}
    judged = partial(run_check, backends=part.backends) if part.backends else try_mutant
    with ThreadPoolExecutor(jobs) as pool:
        tried = {pool.submit(judged, workspace, name): name for name in names}
        for done in tqdm(as_completed(tried), "mutants", len(tried)):
            found[tried[done]] = done.result()
            (workspace / RESULTS_FILE).write_text(json.dumps(found, indent=1), "utf-8")


def load_results(workspace: Path) -> dict[str, str]:
    """What the last run found."""
    found: dict[str, str] = json.loads((workspace / RESULTS_FILE).read_text("utf-8"))
    return found


def load_equivalent(path: Path) -> Counter[Change]:
    """The mutants declared equivalent, each behind its reason."""
    groups = tomllib.loads(path.read_text("utf-8")).values()
    return Counter(Change(**mutant) for group in groups for mutant in group)


def print_scores(status_by_mutant: dict[str, str]) -> None:
    """Killed of all, file by file and in total."""
    total = Counter(file_of(name) for name in status_by_mutant)
    killed = Counter(file_of(name) for name, status in status_by_mutant.items() if status in KILLED)
    width = max(map(len, total), default=0)
    for file in sorted(total):
        share = killed[file] / total[file]
        print(f"{file:{width}}  {killed[file]:4} of {total[file]:4} killed  {share:6.1%}")
    everything = sum(killed.values()), sum(total.values())
    print(f"{'all':{width}}  {everything[0]:4} of {everything[1]:4} killed")


def print_changes(title: str, changes: Iterable[tuple[Change, str]]) -> None:
    """A heading and the changes under it, each with a note."""
    print(f"\n{title}:")
    for (function, before, after), note in changes:
        print(f"  {function}  {note}\n    - {before}\n    + {after}")


def compare_with_list(
    workspace: Path, status_by_mutant: dict[str, str], expected: Counter[Change]
) -> int:
    """Hold the survivors to the list of those that change nothing; 1 if it is another."""
    survivors = [
        (change_of(workspace, name), name)
        for name, s in status_by_mutant.items()
        if s not in KILLED
    ]
    actual = Counter(what for what, _ in survivors)
    unlisted, stale = actual - expected, expected - actual
    if stale:  # a test that took too long has not noticed it
        slow = [name for name, status in status_by_mutant.items() if status == "timeout"]
        stale -= Counter(change_of(workspace, name) for name in slow)
    if unlisted:
        notes = [
            (what, f"{name}: {status_by_mutant[name]}")
            for what, name in survivors
            if what in unlisted
        ]
        print_changes(f"{unlisted.total()} survive and are not listed", notes)
    if stale:
        notes = [(what, "killed, or no longer generated") for what in stale]
        print_changes(f"{stale.total()} are listed and do not survive", notes)
    print(f"{len(survivors)} survive, {(actual & expected).total()} of them listed as equivalent")
    return 1 if unlisted or stale else 0


def parse_arguments() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--part", choices=PARTS, default="kernels", help="part to mutate (default: kernels)"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count(), help="processes (default: all cores)"
    )
    parser.add_argument(
        "--list",
        type=Path,
        default=EQUIVALENT_MUTANTS,
        metavar="TOML",
        help="list of the kernels' equivalent mutants (default: tests/equivalent_mutants.toml)",
    )
    parser.add_argument(
        "--report", action="store_true", help="judge the results of the last run; run nothing"
    )
    parser.add_argument("--sample", type=int, metavar="N", help="run a random sample of N mutants")
    seed = "random seed of the sample (default: 0)"
    parser.add_argument("--seed", type=int, default=0, help=seed)
    only = "run only mutants of these functions, a pattern such as liaf_ref.kernels.neuron.*"
    parser.add_argument("--only", metavar="PATTERN", default="*", help=only)
    options = parser.parse_args()
    if options.sample is not None and options.part == "kernels":
        parser.error(
            "--sample: expected a part other than kernels, of which all mutants are judged"
        )
    if PARTS[options.part].isolated and not (options.sample or options.report):
        parser.error(f"--sample: expected for {options.part}, whose mutants would take days")
    return options


def main() -> int:
    """Run, print the score per file, compare with the list or with nine in ten."""
    options = parse_arguments()
    part, place = PARTS[options.part], ROOT / "mutants" / options.part
    expected = load_equivalent(options.list)
    named = {
        change: n
        for change, n in expected.items()
        if fnmatch.fnmatch(change.function, options.only)
    }
    if not options.report:
        copy_repository(part, place)
        some = sample_mutants(place, options) if options.sample else [options.only]
        if part.isolated:
            run_isolated(place, part, some, options.jobs)
        elif run_mutants(place, options.jobs, some):
            raise SystemExit("mutmut failed; its messages are above")
    found = statuses(place)
    tried = {name: status for name, status in found.items() if status != "not checked"}
    if part.isolated:
        tried = load_results(place)
    if not tried:
        raise SystemExit("mutmut reports no mutants; run without --report first")
    print_scores(tried)
    if options.part == "kernels":
        return compare_with_list(place, tried, Counter(named))
    left = [
        (change_of(place, name), f"{name}: {status}")
        for name, status in tried.items()
        if status not in KILLED and change_of(place, name) not in expected
    ]
    print_changes(f"{len(left)} survive and are not listed as equivalent", left)
    killed = len(tried) - len(left)
    if len(tried) < len(found):
        low, high = binomtest(killed, len(tried)).proportion_ci(method="wilson")
        print(
            f"sample of {len(tried)} of {len(found)} mutants: between {low:.1%} and {high:.1%} "
            "killed (95 % interval, Wilson)"
        )
    return int(killed < MIN_KILLED_FRACTION * len(tried))


if __name__ == "__main__":
    sys.exit(main())
