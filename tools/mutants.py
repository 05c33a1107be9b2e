"""Run mutmut and hold its survivors to the list of those that cannot be killed.

A mutant that no test notices is either a gap in the tests or no change of
meaning.  The second kind is listed with its reason; this script fails on a
survivor that is not listed, and on a listed one that no longer survives.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "equivalent_mutants.toml"
# Mutants run in forks; one that comes to a library whose threads its parent has started waits
# for them for ever.
ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
KILLED = ("killed", "caught by type check")


class Change(NamedTuple):
    """A mutant by what it does, for mutmut's numbers move with every edit."""

    function: str
    before: str
    after: str


def mutmut(*arguments: str) -> str:
    """Run mutmut in the repository and return what it prints."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    run = subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE)  # noqa: S603
    return run.stdout


def statuses() -> dict[str, str]:
    """Status of every mutant of the last run, by mutmut's name."""
    lines = mutmut("results", "--all", "true").splitlines()
    return dict(line.strip().split(": ", 1) for line in lines if "__mutmut_" in line)


def function_of(name: str) -> str:
    """The function a mutant is in: its name without its number."""
    return name.rsplit("__mutmut_", 1)[0]


def file_of(name: str) -> str:
    """The file a mutant is in, relative to the repository."""
    return function_of(name).rsplit(".", 1)[0].replace(".", "/") + ".py"


def change(name: str) -> Change:
    """The lines a mutant takes out and puts in."""
    diff = mutmut("show", name).splitlines()
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


def main() -> int:
    """Run, print the score per file, compare with the list."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (all cores)")
    parser.add_argument(
        "--list", type=Path, default=LIST, metavar="TOML", help="the equivalent mutants"
    )
    parser.add_argument(
        "--report", action="store_true", help="judge the last run instead of running again"
    )
    options = parser.parse_args()

    expected = listed(options.list)
    if not options.report:
        shutil.rmtree(ROOT / "mutants", ignore_errors=True)
        command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(options.jobs)]
        subprocess.run(command, cwd=ROOT, env=os.environ | ENVIRONMENT, check=True)  # noqa: S603

    found = statuses()
    if not found:
        raise SystemExit("mutmut reports no mutants; has it run?")
    print_scores(found)
    survivors = [(change(name), name) for name, s in found.items() if s not in KILLED]
    actual = Counter(what for what, _ in survivors)
    unlisted, stale = actual - expected, expected - actual
    if unlisted:
        notes = [(what, f"{name}: {found[name]}") for what, name in survivors if what in unlisted]
        print_changes(f"{unlisted.total()} not killed and not in {options.list.name}", notes)
    if stale:
        notes = [(what, "killed, or gone") for what in stale]
        print_changes(f"{stale.total()} in {options.list.name} that do not survive", notes)
    print(f"{len(survivors)} survive, {(actual & expected).total()} of them listed as equivalent")
    return 1 if unlisted or stale else 0


if __name__ == "__main__":
    sys.exit(main())
