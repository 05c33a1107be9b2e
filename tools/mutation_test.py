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
"""

import argparse
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mutation.changed_functions import changed_functions
from mutation.isolated import load_results, run_isolated
from mutation.parts import PARTS
from mutation.workspace import (
    KILLED,
    ROOT,
    Change,
    change_of,
    copy_repository,
    file_of,
    run_mutants,
    sample_mutants,
    statuses,
)
from scipy.stats import binomtest

EQUIVALENT_MUTANTS = ROOT / "tests" / "equivalent_mutants.toml"
MIN_KILLED_FRACTION = 0.9  # killed, of a part without a list


def load_equivalent(path: Path) -> Counter[Change]:
    """The mutants declared equivalent; every group of them has to give a reason."""
    groups = tomllib.loads(path.read_text("utf-8"))["equivalent"]
    for group in groups:
        if not group["reason"].strip():
            raise SystemExit(
                f"{path}: expected a reason for each group, got none: {group['mutants']}"
            )
    return Counter(Change(**mutant) for group in groups for mutant in group["mutants"])


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
    parser.add_argument(
        "--since", metavar="COMMIT", help="run only mutants of functions changed since COMMIT"
    )
    options = parser.parse_args()
    if options.sample is not None and options.part == "kernels":
        parser.error(
            "--sample: expected a part other than kernels, of which all mutants are judged"
        )
    if options.sample and options.since:
        parser.error("--since: expected no --sample; give one of them")
    if options.part == "oracle" and not (options.sample or options.report):
        parser.error("--sample: expected for the part oracle, whose mutants would take days")
    return options


def main() -> int:
    """Run, print the score per file, compare with the list or with nine in ten."""
    options = parse_arguments()
    part, place = PARTS[options.part], ROOT / "mutants" / options.part
    expected = load_equivalent(options.list)
    functions = changed_functions(part, options.since) if options.since else set()
    if options.since:
        if not functions:
            print(f"no function of {options.part} has changed since {options.since}")
            return 0
        expected = Counter({what: n for what, n in expected.items() if what.function in functions})
    if not options.report:
        copy_repository(part, place)
        some = [f"{function}__mutmut_*" for function in sorted(functions)]
        if options.sample:
            some = sample_mutants(place, options.jobs, options.sample, options.seed)
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
        return compare_with_list(place, tried, expected)
    left = [
        (change_of(place, name), f"{name}: {status}")
        for name, status in tried.items()
        if status not in KILLED
    ]
    print_changes(f"{len(left)} survive", left)
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
