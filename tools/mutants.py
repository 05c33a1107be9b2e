"""Run mutmut on a part of the package, and judge what survives.

A mutant that no test notices is either a gap in the tests or no change of
meaning.  Of the kernels the second kind is listed with its reason; this script
fails on a survivor that is not listed, and on a listed one that no longer
survives.  Of the other parts nine in ten have to be killed.

Each part is broken in a copy of the repository, mutants/PART, since mutmut
knows one part alone.  A part of which all would take a day can be judged by a
sample, drawn by a seed; its share then comes with a 95 % interval.

mutmut tries mutants in forks of a process that has imported the tests.  What is
computed on import or kept there, and what starts threads, a fork cannot show: a
mutant of the oracle that survives meets the tests of its folder again, in a
process of its own.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from scipy.stats import binomtest
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "equivalent_mutants.toml"
LEAST = 0.9  # killed, of a part without a list
TEXTS = "tests/refusals/test_refusals.py::test_a_door_says_what_the_table_has"
# Left out of the oracle's: what takes minutes for each mutant that survives, or starts
# frameworks' threads; and what reads the source, which mutmut has rewritten.
SKIPPED = [
    f"--ignore=tests/oracle/{name}.py"
    for name in (
        "test_check_wrong",
        "test_plugin",
        "adapters/test_full_backends",
        "test_exact_independence",
    )
]
CHECK = ["test_check*.py", "test_plugin.py", "test_said.py"]
FROM_SOURCE = "not detached and not channels"  # wrong backends made of source that is mutated
AGAIN = {
    f"liaf_ref/oracle/{code}": tests
    for code, tests in {
        "adapters/": ["adapters"],
        "bound/": ["test_bound*.py", "test_golden.py"],
        "cases/": ["test_cases*.py", "test_golden.py"],
        "compare/": ["adapters", "test_compare*.py"],
        "conventions/": ["test_conventions.py", *CHECK],
        "exact/": ["test_exact_[!i]*.py", "test_golden.py"],
        "golden/": ["test_golden*.py", "test_said.py"],
        "gradchecker/": ["test_gradcheck.py", "test_said.py"],
        "reference/": ["test_exact_[!i]*.py", "test_golden.py", *CHECK],
        "": CHECK,
    }.items()
}
# Mutants run in forks; one that comes to a library whose threads its parent has started waits
# for them for ever.
ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
KILLED = ("killed", "caught by type check", "timeout")
TABLE, SELECTION = "[tool.mutmut]\n", "pytest_add_cli_args_test_selection"


class Part(NamedTuple):
    """What is broken, and the tests that are to notice.

    Attributes
    ----------
    files : list of str
        What is broken.
    tests : list of str
        What is run in forks.
    again : mapping of str to list of str
        What a survivor meets in a process of its own, by how its file's path begins.
    """

    files: list[str]
    tests: list[str]
    again: Mapping[str, list[str]] = MappingProxyType({})


PARTS = {
    "kernels": Part(
        ["liaf_ref/kernels/*", "liaf_ref/fast/*"],
        ["tests/kernels", "tests/gradients", "tests/fast"],
    ),
    "training": Part(
        ["liaf_ref/training/*"],
        ["tests/training", "tests/experiments/test_explain.py", TEXTS],
    ),
    "readers": Part(
        ["liaf_ref/data/events/*", "liaf_ref/data/babi/reader.py", "liaf_ref/reading/*"],
        ["tests/data/events", "tests/data/test_reader.py", "tests/reading", TEXTS],
    ),
    "oracle": Part(
        ["liaf_ref/oracle/*"],
        ["tests/oracle", "tests/cli/test_gradcheck.py", TEXTS, *SKIPPED],
        AGAIN,
    ),
}


class Change(NamedTuple):
    """A mutant by what it does, for mutmut's numbers move with every edit."""

    function: str
    before: str
    after: str


def mutmut(place: Path, *arguments: str) -> str:
    """Run mutmut in a copy and return what it prints."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    run = subprocess.run(command, cwd=place, check=True, text=True, stdout=subprocess.PIPE)  # noqa: S603
    return run.stdout


def copy(part: Part, place: Path) -> None:
    """Copy the repository, and tell mutmut of the part there."""
    shutil.rmtree(place, ignore_errors=True)
    skipped = shutil.ignore_patterns("mutants", "build", ".*", "lab", "demo", "dist", "fuzz")
    shutil.copytree(ROOT, place, ignore=skipped)
    told = place / "pyproject.toml"
    more = f"only_mutate = {json.dumps(part.files)}\n{SELECTION} = {json.dumps(part.tests)}\n"
    more += 'also_copy = ["docs"]\n'  # pages that tests hold to the code
    text = told.read_text("utf-8").replace(TABLE, TABLE + more)
    told.write_text(text, "utf-8")


def statuses(place: Path) -> dict[str, str]:
    """Status of every mutant of the last run, by mutmut's name."""
    lines = mutmut(place, "results", "--all", "true").splitlines()
    return dict(line.strip().split(": ", 1) for line in lines if "__mutmut_" in line)


def function_of(name: str) -> str:
    """The function a mutant is in: its name without its number."""
    return name.rsplit("__mutmut_", 1)[0]


def file_of(name: str) -> str:
    """The file a mutant is in, relative to the repository."""
    return function_of(name).rsplit(".", 1)[0].replace(".", "/") + ".py"


def change(place: Path, name: str) -> Change:
    """The lines a mutant takes out and puts in."""
    diff = mutmut(place, "show", name).splitlines()
    sides = {
        sign: "\n".join(
            line[1:].strip() for line in diff if line[:1] == sign and line[:3] != 3 * sign
        )
        for sign in "-+"
    }
    return Change(function_of(name), sides["-"], sides["+"])


def listed(path: Path) -> Counter[Change]:
    """The mutants declared equivalent; every group of them has to give a reason."""
    groups = tomllib.loads(path.read_text("utf-8"))["equivalent"]
    for group in groups:
        if not group["reason"].strip():
            raise SystemExit(f"{path}: a group without a reason: {group['mutants']}")
    return Counter(Change(**mutant) for group in groups for mutant in group["mutants"])


def print_scores(found: dict[str, str]) -> None:
    """Killed of all, file by file and in total."""
    total = Counter(file_of(name) for name in found)
    killed = Counter(file_of(name) for name, status in found.items() if status in KILLED)
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


def run(place: Path, jobs: int, names: Iterable[str] = ()) -> int:
    """Have mutmut run, all mutants or those named; its exit code."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(jobs), *names]
    environment = os.environ | ENVIRONMENT
    return subprocess.run(command, cwd=place, env=environment, check=False).returncode  # noqa: S603


def tests_of(name: str, part: Part) -> list[str]:
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
    left = {name: tests_of(name, part) for name, s in found.items() if s not in KILLED}
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


def draw(place: Path, jobs: int, count: int, seed: int) -> list[str]:
    """Have all mutants made and none run, and draw some of them."""
    run(place, jobs, ["none"])  # ends with "nothing matches", when all are made
    names = sorted(statuses(place))
    return random.Random(seed).sample(names, min(count, len(names)))  # noqa: S311


def judge(place: Path, found: dict[str, str], expected: Counter[Change]) -> int:
    """Hold the survivors to the list of those that change nothing; 1 if it is another."""
    survivors = [(change(place, name), name) for name, s in found.items() if s not in KILLED]
    actual = Counter(what for what, _ in survivors)
    unlisted, stale = actual - expected, expected - actual
    if unlisted:
        notes = [(what, f"{name}: {found[name]}") for what, name in survivors if what in unlisted]
        print_changes(f"{unlisted.total()} not killed and not listed", notes)
    if stale:
        notes = [(what, "killed, or gone") for what in stale]
        print_changes(f"{stale.total()} listed that do not survive", notes)
    print(f"{len(survivors)} survive, {(actual & expected).total()} of them listed as equivalent")
    return 1 if unlisted or stale else 0


def main() -> int:
    """Run, print the score per file, compare with the list or with nine in ten."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=PARTS, default="kernels", help="default: kernels")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (all cores)")
    parser.add_argument(
        "--list", type=Path, default=LIST, metavar="TOML", help="the equivalent mutants of kernels"
    )
    parser.add_argument(
        "--report", action="store_true", help="judge the last run instead of running again"
    )
    parser.add_argument(
        "--sample", type=int, metavar="N", help="run N mutants drawn from all instead of all"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the sample (0)")
    options = parser.parse_args()
    if options.sample is not None and options.part == "kernels":
        parser.error("--sample: expected another part; of the kernels each mutant has its place")

    place = ROOT / "mutants" / options.part
    expected = listed(options.list)
    if not options.report:
        copy(PARTS[options.part], place)
        some = draw(place, options.jobs, options.sample, options.seed) if options.sample else []
        if run(place, options.jobs, some):
            raise SystemExit("mutmut failed; what it said is above")
    found = statuses(place)
    tried = {name: status for name, status in found.items() if status != "not checked"}
    if not tried:
        raise SystemExit("mutmut reports no mutants; has it run?")
    tried = try_again(place, PARTS[options.part], tried, options.jobs)
    print_scores(tried)
    if options.part == "kernels":
        return judge(place, tried, expected)
    left = [(change(place, name), name) for name, s in tried.items() if s not in KILLED]
    print_changes(f"{len(left)} not killed", left)
    killed = len(tried) - len(left)
    if len(tried) < len(found):
        low, high = binomtest(killed, len(tried)).proportion_ci(method="wilson")
        print(f"a sample of {len(found)}: between {low:.1%} and {high:.1%} (95 %, Wilson)")
    return int(killed < LEAST * len(tried))


if __name__ == "__main__":
    sys.exit(main())
