"""A sweep whose workers are killed at random: every job is to be done, once.

``python tools/sweep_kills.py 2000 [--jobs 2] [--every 100] [--seed 0] [--json]``
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sweep_costs import Nothing, jobs_of, write
from tqdm import tqdm

from liaf_ref import sweep
from liaf_ref.experiments.given import Source
from liaf_ref.experiments.registry import EXPERIMENTS


class Killer:
    """Sends SIGKILL to workers of this process, at random moments.

    Parameters
    ----------
    every : float
        Mean number of jobs that end between two kills, so that the sweep gets on.
    seed : int
        Of whom and when.
    """

    def __init__(self, every: float, seed: int) -> None:
        self.every, self.draw, self.kills = every, random.Random(seed), 0  # noqa: S311

    def ended(self) -> None:
        """Hear of a job that has ended; within a tenth of a second a worker may be killed."""
        if self.draw.random() < 1 / self.every:
            threading.Timer(self.draw.uniform(0, 0.1), self._kill).start()

    def _kill(self) -> None:
        if workers := _workers():
            os.kill(self.draw.choice(workers), signal.SIGKILL)
            self.kills += 1


def _workers() -> list[int]:
    found = []
    for listed in Path("/proc/self/task").glob("*/children"):
        for child in listed.read_text("ascii").split():
            command = Path("/proc", child, "cmdline")
            if command.exists() and b"LokyProcess" in command.read_bytes():
                found.append(int(child))
    return sorted(found)


class Found(NamedTuple):
    """What became of a sweep.

    Attributes
    ----------
    jobs, kills : int
        How many jobs there were, and how often a worker was killed.
    done : int
        Jobs that ended once, with their own result, which their record and the table have too.
    seconds : float
        Time it took.
    """

    jobs: int
    kills: int
    done: int
    seconds: float


def measure(count: int, workers: int, every: float, seed: int, out: Path) -> Found:
    """Run a sweep of so many jobs while its workers are killed."""
    path = write(count, out)
    spec = sweep.read(path)
    planned = sweep.plan(spec, Source(), out)
    jobs = jobs_of(planned, spec, out, os.getpid())
    killer, began = Killer(every, seed), time.perf_counter()
    with sweep.claimed(out, path, spec):
        running = sweep.kept(out, planned, sweep.here(jobs, workers))
        outcomes = []
        for outcome in tqdm(running, total=count, disable=None):
            outcomes.append(outcome)
            killer.ended()
    return Found(count, killer.kills, _done(jobs, outcomes, out), time.perf_counter() - began)


def _done(jobs: Sequence[sweep.Job], outcomes: Sequence[sweep.Outcome], out: Path) -> int:
    lines = (out / "results.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    table = [(row["job"], row["number"]) for row in rows]
    heard = [(outcome.name, (outcome.result or {}).get("number")) for outcome in outcomes]
    done = 0
    for job in jobs:
        own = job.name, job.config.number
        record = json.loads((job.folder / "run.json").read_text("utf-8"))
        kept = record["status"], record["result"]["number"]
        done += heard.count(own) == table.count(own) == 1 and kept == (
            "finished",
            job.config.number,
        )
    return done


def main(argv: Sequence[str] | None = None) -> int:
    """Run the sweep in a folder of its own, and say whether every job was done once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("count", type=int, help="jobs, each of which takes a few milliseconds")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (2)")
    parser.add_argument("--every", type=float, default=100, help="mean jobs between kills (100)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    EXPERIMENTS["nothing"] = Nothing()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        found = measure(args.count, args.jobs, args.every, args.seed, Path(folder) / "out")
    if args.json:
        print(json.dumps(found._asdict()))
    else:
        print(f"{found.done} of {found.jobs} jobs done once, {found.kills} kills, ", end="")
        print(f"{found.seconds:.0f} s")
    return 0 if found.done == found.jobs else 1


if __name__ == "__main__":
    from sweep_kills import main  # so that workers find the experiment in a module

    sys.exit(main())
