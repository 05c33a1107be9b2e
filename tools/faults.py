"""Kill work that writes files, at random moments, and see that nothing is torn, lost or changed.

``python tools/faults.py --kills 220``

Each piece of work is done once undisturbed.  Then it is killed with SIGKILL, gone on with or
done again, up to eight times, and finished; what it has written is compared with what the
undisturbed one has, byte by byte but for times.  All the while its files are read.
"""

import argparse
import atexit
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from torn import torn
from tqdm import tqdm
from works import WORKS, Work, prepare, told

SHARED = Path("/dev/shm")  # noqa: S108 - a disk in memory, where there is one
ATTEMPTS = 8  # kills of one piece of work before it is let go on to its end
ALONE = 60  # seconds in which every process of a killed one has ended


class Count(NamedTuple):
    """What came of one piece of work."""

    work: str
    kind: str
    kills: int
    trials: int
    read: int
    faults: list[str]


def child(run: Callable[[Path], int], inputs: Path, place: Path) -> int:
    """Start work in a process of its own and a group of its own, with its output kept."""
    place.mkdir(parents=True, exist_ok=True)
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        os.setsid()
        os.chdir(place)
        output = os.open(place.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        code = run(inputs)
        threading._shutdown()  # type: ignore[attr-defined]  # as an interpreter does that ends
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def ended(process: int) -> int | None:
    """Exit code of a process, negative for a signal; None while it runs."""
    found, status = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def watched(process: int, place: Path, until: float) -> tuple[int | None, int, list[str]]:
    """Read the files of work for as long as it runs, no longer than until a moment."""
    code, read, faults = ended(process), 0, []
    while code is None and time.monotonic() < until:
        count, found = torn(place)
        read += count
        faults += found
        time.sleep(max(0.0, min(0.01, until - time.monotonic())))
        code = ended(process)
    return code, read, faults


def left(group: int) -> bool:
    """Whether a process of a group does not end by itself."""
    deadline = time.monotonic() + ALONE
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.05)
    os.killpg(group, signal.SIGKILL)
    return True


def killed(process: int) -> int | None:
    """Kill a process; None, or its exit code if it has ended by itself just before."""
    os.kill(process, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return None if code == -signal.SIGKILL else code


def failure(code: int | None, place: Path) -> list[str]:
    """What is wrong with work that has ended by itself: its exit code, with what it said."""
    if code == 0:
        return []
    log = place.with_suffix(".log").read_text(errors="replace")
    return [f"{place.name}: ended with {code}: {log[-300:]}"]


def finish(run: Callable[[Path], int], inputs: Path, place: Path) -> tuple[float, list[str]]:
    """Let work go on to its end; its seconds, and what was wrong with it."""
    began = time.monotonic()
    process = child(run, inputs, place)
    code, _, faults = watched(process, place, began + 600)
    seconds = time.monotonic() - began
    return seconds, faults + failure(code, place)


def disturb(
    name: str, work: Work, kills: int, chance: random.Random, inputs: Path, base: Path
) -> Iterator[int | Count]:
    """Kill a piece of work so often; yields 1 for every kill, and the count in the end."""
    seconds, faults = finish(work.begin, inputs, base / "whole")
    whole = told(base / "whole")
    done = trials = read = 0
    while done < kills and not faults:
        trials += 1
        place, run = base / f"trial-{trials}", work.begin
        for _ in range(min(ATTEMPTS, kills - done)):
            process = child(run, inputs, place)
            moment = time.monotonic() + chance.uniform(0, seconds)
            code, count, found = watched(process, place, moment)
            read, faults, run = read + count, faults + found, work.again
            code = killed(process) if code is None else code
            if code is not None:  # it was quicker
                faults += failure(code, place)
                break
            done += 1
            yield 1
            count, found = torn(place)
            read, faults = read + count, faults + found
            faults += [f"{name}: a process did not end"] if left(process) else []
        faults += finish(run, inputs, place)[1]
        faults += differences(whole, told(place), place)
        shutil.rmtree(place) if not faults else None
    yield Count(name, work.kind, done, trials, read, faults)


def differences(whole: dict[str, Any], came: dict[str, Any], place: Path) -> list[str]:
    """Names of the files that are not those of the undisturbed work."""
    names = sorted(whole.keys() | came.keys())
    wrong = [name for name in names if whole.get(name) != came.get(name)]
    return [f"{place}: differs in {', '.join(wrong)}"] if wrong else []


def shares(works: list[str], kills: int) -> dict[str, int]:
    """How often each is killed."""
    each, more = divmod(kills, len(works))
    return {name: each + (number < more) for number, name in enumerate(works)}


def run_all(args: argparse.Namespace, base: Path) -> list[Count]:
    """Disturb every piece of work."""
    inputs, counts = base / "inputs", []
    inputs.mkdir()
    prepare(inputs, args.works or WORKS)
    shown = not args.json or sys.stderr.isatty()
    with tqdm(total=args.kills, unit="kill", disable=not shown, mininterval=5) as bar:
        for name, kills in shares(args.works or list(WORKS), args.kills).items():
            bar.set_description(name)
            chance = random.Random(f"{args.seed} {name}")  # noqa: S311 - not for secrets
            place = base / name.replace(" ", "-")
            for event in disturb(name, WORKS[name], kills, chance, inputs, place):
                if isinstance(event, Count):
                    counts.append(event)
                else:
                    bar.update(event)
    return counts


def main() -> int:
    """Kill, compare, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("works", nargs="*", metavar="WORK", help=", ".join(WORKS))
    parser.add_argument("--kills", type=int, default=220, help="in all (default: 220)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    disk = "folder to work in (default: a disk in memory, if there is one)"
    parser.add_argument("--where", type=Path, metavar="DIR", help=disk)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    args = parser.parse_args()
    unknown = [name for name in args.works if name not in WORKS]
    if unknown:
        parser.error(f"expected works out of {', '.join(WORKS)}, got {unknown[0]}")
    began = time.monotonic()
    where = args.where or (SHARED if SHARED.is_dir() else None)
    base = Path(tempfile.mkdtemp(prefix="liaf-faults-", dir=where))
    counts = run_all(args, base)
    faults = [fault for count in counts for fault in count.faults]
    if faults:
        print(f"what is wrong is kept in {base}", file=sys.stderr)
    else:
        shutil.rmtree(base)
    facts = {"kills": sum(count.kills for count in counts), "seed": args.seed}
    facts |= {"seconds": round(time.monotonic() - began)}
    if args.json:
        print(json.dumps(facts | {"works": [count._asdict() for count in counts]}, indent=2))
    else:
        print("| work | kind | kills | finished | files read | faults |")
        print("|---|---|---:|---:|---:|---:|")
        for c in counts:
            print(
                f"| {c.work} | {c.kind} | {c.kills} | {c.trials} | {c.read:,} | {len(c.faults)} |"
            )
        print("\n".join([f"{facts['kills']} kills, {facts['seconds']} s", *faults]))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
