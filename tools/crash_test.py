"""Kill programs that write files at random moments; no file may be torn, lost or changed.

``python tools/crash_test.py --kills 220``

Each piece of work is done once undisturbed.  Then it is killed with SIGKILL, continued or
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

from torn_files import find_torn_files
from tqdm import tqdm
from workloads import WORKLOADS, Workload, prepare, read_outputs

RAM_DISK = Path("/dev/shm")  # noqa: S108 - a disk in memory, where there is one
MAX_KILLS_PER_TRIAL = 8  # kills of one piece of work before it is let go on to its end
EXIT_TIMEOUT = 60  # seconds in which every process of a killed one has ended


class CrashResult(NamedTuple):
    """What came of one piece of work."""

    workload: str
    kind: str
    kills: int
    trials: int
    files_read: int
    faults: list[str]


def start_process(run: Callable[[Path], int], inputs: Path, folder: Path) -> int:
    """Start work in a process of its own and a group of its own, with its output kept."""
    folder.mkdir(parents=True, exist_ok=True)
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        os.setsid()
        os.chdir(folder)
        output = os.open(folder.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        code = run(inputs)
        threading._shutdown()  # type: ignore[attr-defined]  # as an interpreter does that ends
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def poll_exit_code(process: int) -> int | None:
    """Exit code of a process, negative for a signal; None while it runs."""
    found, status = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def watch_files(process: int, folder: Path, deadline: float) -> tuple[int | None, int, list[str]]:
    """Read the files of work for as long as it runs, no longer than until a moment."""
    code, read, faults = poll_exit_code(process), 0, []
    while code is None and time.monotonic() < deadline:
        count, found = find_torn_files(folder)
        read += count
        faults += found
        time.sleep(max(0.0, min(0.01, deadline - time.monotonic())))
        code = poll_exit_code(process)
    return code, read, faults


def has_survivors(group: int) -> bool:
    """Whether a process of a group does not end by itself."""
    deadline = time.monotonic() + EXIT_TIMEOUT
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.05)
    os.killpg(group, signal.SIGKILL)
    return True


def kill_process(process: int) -> int | None:
    """Kill a process; None, or its exit code if it has ended by itself just before."""
    os.kill(process, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return None if code == -signal.SIGKILL else code


def exit_problems(code: int | None, folder: Path) -> list[str]:
    """What is wrong with work that has ended by itself: its exit code, with what it said."""
    if code == 0:
        return []
    log = folder.with_suffix(".log").read_text(errors="replace")
    return [f"{folder.name}: ended with exit code {code}: {log[-300:]}"]


def run_to_end(run: Callable[[Path], int], inputs: Path, folder: Path) -> tuple[float, list[str]]:
    """Let work go on to its end; its seconds, and what was wrong with it."""
    began = time.monotonic()
    process = start_process(run, inputs, folder)
    code, _, faults = watch_files(process, folder, began + 600)
    seconds = time.monotonic() - began
    return seconds, faults + exit_problems(code, folder)


def crash_repeatedly(
    name: str, workload: Workload, kills: int, rng: random.Random, inputs: Path, base: Path
) -> Iterator[int | CrashResult]:
    """Kill a piece of work so often; yields 1 for every kill, and the count in the end."""
    seconds, faults = run_to_end(workload.start, inputs, base / "whole")
    whole = read_outputs(base / "whole")
    done = trials = read = 0
    while done < kills and not faults:
        trials += 1
        place, run = base / f"trial-{trials}", workload.start
        for _ in range(min(MAX_KILLS_PER_TRIAL, kills - done)):
            process = start_process(run, inputs, place)
            moment = time.monotonic() + rng.uniform(0, seconds)
            code, count, found = watch_files(process, place, moment)
            read, faults, run = read + count, faults + found, workload.resume
            code = kill_process(process) if code is None else code
            if code is not None:  # it was quicker
                faults += exit_problems(code, place)
                break
            done += 1
            yield 1
            count, found = find_torn_files(place)
            read, faults = read + count, faults + found
            faults += (
                [f"{name}: a child process did not end within {EXIT_TIMEOUT} s"]
                if has_survivors(process)
                else []
            )
        faults += run_to_end(run, inputs, place)[1]
        faults += changed_files(whole, read_outputs(place), place)
        shutil.rmtree(place) if not faults else None
    yield CrashResult(name, workload.kind, done, trials, read, faults)


def changed_files(expected: dict[str, Any], actual: dict[str, Any], folder: Path) -> list[str]:
    """Names of the files that are not those of the undisturbed work."""
    names = sorted(expected.keys() | actual.keys())
    wrong = [name for name in names if expected.get(name) != actual.get(name)]
    return [f"{folder}: differs in {', '.join(wrong)}"] if wrong else []


def kills_per_workload(workloads: list[str], kills: int) -> dict[str, int]:
    """How often each is killed."""
    each, more = divmod(kills, len(workloads))
    return {name: each + (number < more) for number, name in enumerate(workloads)}


def run_crash_tests(args: argparse.Namespace, base: Path) -> list[CrashResult]:
    """Disturb every piece of work."""
    inputs, counts = base / "inputs", []
    inputs.mkdir()
    prepare(inputs, args.workloads or WORKLOADS)
    names = args.workloads or list(WORKLOADS)
    shown = not args.json or sys.stderr.isatty()
    tqdm.monitor_interval = (
        0  # no thread: a child forked while it held tqdm's lock would wait for ever
    )
    with tqdm(total=args.kills, unit="kill", disable=not shown, mininterval=5) as bar:
        for name, kills in kills_per_workload(names, args.kills).items():
            bar.set_description(name)
            rng = random.Random(f"{args.seed} {name}")  # noqa: S311 - not for secrets
            place = base / name.replace(" ", "-")
            for event in crash_repeatedly(name, WORKLOADS[name], kills, rng, inputs, place):
                if isinstance(event, CrashResult):
                    counts.append(event)
                else:
                    bar.update(event)
    return counts


def main() -> int:
    """Kill workloads, compare their files with an undisturbed run, and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    listed = f"programs to kill, among: {', '.join(WORKLOADS)} (default: all)"
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=listed)
    parser.add_argument(
        "--kills", type=int, default=220, help="total number of kills (default: 220)"
    )
    seed = "random seed of the kill times (default: 0)"
    parser.add_argument("--seed", type=int, default=0, help=seed)
    disk = "folder to work in (default: /dev/shm if it exists, else the temporary folder)"
    parser.add_argument("--workdir", type=Path, metavar="DIR", help=disk)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    args = parser.parse_args()
    unknown = [name for name in args.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"WORKLOAD: expected one of {', '.join(WORKLOADS)}, got {unknown[0]}")
    began = time.monotonic()
    where = args.workdir or (RAM_DISK if RAM_DISK.is_dir() else None)
    base = Path(tempfile.mkdtemp(prefix="liaf-faults-", dir=where))
    counts = run_crash_tests(args, base)
    faults = [fault for count in counts for fault in count.faults]
    if faults:
        print(f"the failing folders are kept in {base}", file=sys.stderr)
    else:
        shutil.rmtree(base)
    facts = {"kills": sum(count.kills for count in counts), "seed": args.seed}
    facts |= {"seconds": round(time.monotonic() - began)}
    if args.json:
        print(json.dumps(facts | {"workloads": [count._asdict() for count in counts]}, indent=2))
    else:
        print("| workload | kind | kills | finished | files read | faults |")
        print("|---|---|---:|---:|---:|---:|")
        for c in counts:
            print(
                f"| {c.workload} | {c.kind} | {c.kills} | {c.trials} | {c.files_read:,} "
                f"| {len(c.faults)} |"
            )
        print("\n".join([f"{facts['kills']} kills, {facts['seconds']} s elapsed", *faults]))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
