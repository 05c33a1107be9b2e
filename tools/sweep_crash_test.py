"""A sweep whose workers are killed at random: every job is to be done, and recorded once.

``python tools/sweep_crash_test.py 2000 [--jobs 2] [--every 100] [--seed 0] [--json]``

A job that is killed after its work but before its record is on disk works again, which is counted
and is no fault; one whose record is there must not.
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
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from liaf_ref.experiments.sweep.worker import read_job_record
from sweep_overhead import Config, NoOpExperiment, make_jobs, write_spec
from tqdm import tqdm

from liaf_ref.experiments import sweep
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.registry import EXPERIMENTS
from liaf_ref.experiments.runner import RunFinished
from liaf_ref.training.run_folder import RunFolder
from liaf_ref.training.state import Event

# How far a job has come, and that it began though its record said that it had finished.
STARTED, WORKED, RECORDED, ACKNOWLEDGED, REPEATED = "begun", "worked", "recorded", "told", "again"
PAUSE = 0.002  # s before each mark, so that kills fall between them


class StageMark(NamedTuple):
    """A process had come so far with a job."""

    process: int
    number: int
    stage: str


@dataclass(frozen=True)
class MarkedExperiment(NoOpExperiment):
    """Jobs that do nothing but keep their record, and leave marks of it."""

    def run(
        self, data: None, config: Config, folder: Path | None, source: DataSource | None = None
    ) -> Iterator[Event | RunFinished]:
        assert folder is not None  # noqa: S101 - a sweep's job has one
        record, result = RunFolder(folder, asdict(config)), {"number": config.number}
        marks, found = marks_path(folder.parents[1]), read_job_record(folder) or {}
        write_mark(marks, config.number, REPEATED if found.get("status") == "finished" else STARTED)
        record.start_or_resume(resume=True)
        write_mark(marks, config.number, WORKED)
        record.write_run_json(status="finished", result=result)
        write_mark(marks, config.number, RECORDED)
        write_mark(marks, config.number, ACKNOWLEDGED)
        yield RunFinished(result)


def marks_path(out: Path) -> Path:
    """Where the jobs of a sweep leave their marks: beside its folder."""
    return out.with_suffix(".marks")


def write_mark(path: Path, number: int, stage: str) -> None:
    """Add a line at once, which no kill can tear."""
    time.sleep(PAUSE)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(file, f"{os.getpid()} {number} {stage}\n".encode("ascii"))
    finally:
        os.close(file)


def read_marks(path: Path) -> list[StageMark]:
    """Read all marks, in the order in which they were left."""
    lines = (line.split() for line in path.read_text("ascii").splitlines())
    return [StageMark(int(process), int(number), stage) for process, number, stage in lines]


def count_repeated(marks: Iterable[StageMark], stage: str) -> int:
    """How many jobs came so far more than once."""
    times = Counter(found.number for found in marks if found.stage == stage)
    return sum(count > 1 for count in times.values())


def stages_when_killed(marks: Iterable[StageMark], processes: Iterable[int]) -> Counter[str | None]:
    """How far the jobs of these processes had come when they were killed."""
    stages = {found.process: found.stage for found in marks}
    return Counter(stages.get(process) for process in processes)


class WorkerKiller:
    """Sends SIGKILL to workers of this process, at random moments.

    Parameters
    ----------
    every : float
        Mean number of jobs that end between two kills, so that the sweep gets on.
    seed : int
        Of whom and when.
    """

    def __init__(self, every: float, seed: int) -> None:
        self.mean_jobs_between_kills, self.rng = every, random.Random(seed)  # noqa: S311
        self.killed: list[int] = []

    def on_job_ended(self) -> None:
        """Hear of a job that has ended; within a tenth of a second a worker may be killed."""
        if self.rng.random() < 1 / self.mean_jobs_between_kills:
            threading.Timer(self.rng.uniform(0, 0.1), self._kill).start()

    def _kill(self) -> None:
        if workers := _worker_pids():
            worker = self.rng.choice(workers)
            os.kill(worker, signal.SIGKILL)
            self.killed.append(worker)


def _worker_pids() -> list[int]:
    found = []
    for listed in Path("/proc/self/task").glob("*/children"):
        for child in listed.read_text("ascii").split():
            command = Path("/proc", child, "cmdline")
            if command.exists() and b"LokyProcess" in command.read_bytes():
                found.append(int(child))
    return sorted(found)


class CrashTestResult(NamedTuple):
    """What became of a sweep.

    Attributes
    ----------
    jobs, kills : int
        How many jobs there were, and how often a worker was killed.
    done : int
        Jobs that ended once, with their own result, which their record and the table have too.
    worked_again : int
        Jobs that came to the end of their work more than once: they were killed before their
        record was on disk.
    unheard : int
        Kills of a process whose job was recorded and had not been heard of, as far as is known.
    ran_again : int
        Jobs that began though their record said that they had finished; none may.
    seconds : float
        Time it took.
    """

    jobs: int
    kills: int
    recorded_once: int
    work_repeated: int
    unacknowledged: int
    repeated: int
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether every job is done, and none was run that was recorded."""
        return self.recorded_once == self.jobs and self.repeated == 0

    def __str__(self) -> str:
        return (
            f"{self.recorded_once} of {self.jobs} jobs recorded once, {self.kills} kills: "
            f"{self.work_repeated} jobs worked again, killed before their record was on disk; "
            f"{self.unacknowledged} kills or more after that, before the job was heard of, "
            f"{self.repeated} jobs ran again; {self.seconds:.0f} s"
        )


def run_crash_test(count: int, workers: int, every: float, seed: int, out: Path) -> CrashTestResult:
    """Run a sweep of so many jobs while its workers are killed."""
    path = write_spec(count, out)
    spec = sweep.read_spec(path)
    planned = sweep.plan_jobs(spec, DataSource(), out)
    jobs = make_jobs(planned, spec, out, os.getpid())
    killer, began = WorkerKiller(every, seed), time.perf_counter()
    with sweep.lock_sweep_dir(out, path, spec):
        running = sweep.collect_results(out, planned, sweep.run_local(jobs, workers))
        outcomes = []
        for outcome in tqdm(running, total=count, disable=None):
            outcomes.append(outcome)
            killer.on_job_ended()
    seconds, marks = time.perf_counter() - began, read_marks(marks_path(out))
    return CrashTestResult(
        jobs=count,
        kills=len(killer.killed),
        recorded_once=_count_recorded(jobs, outcomes, out),
        work_repeated=count_repeated(marks, WORKED),
        unacknowledged=stages_when_killed(marks, killer.killed)[RECORDED],
        repeated=len({found.number for found in marks if found.stage == REPEATED}),
        seconds=seconds,
    )


def _count_recorded(
    jobs: Sequence[sweep.Job], outcomes: Sequence[sweep.JobResult], out: Path
) -> int:
    lines = (out / "results.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    table = [(row["job"], row["number"]) for row in rows]
    heard = [(outcome.name, (outcome.result or {}).get("number")) for outcome in outcomes]
    done = 0
    for job in jobs:
        own = job.name, job.config.number
        record = json.loads((job.folder / "run.json").read_text("utf-8"))
        saved = record["status"], record["result"]["number"]
        done += heard.count(own) == table.count(own) == 1 and saved == (
            "finished",
            job.config.number,
        )
    return done


def main(argv: Sequence[str] | None = None) -> int:
    """Run the sweep in a folder of its own, and say whether every job was recorded, and once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("count", type=int, help="jobs, each of which takes a few milliseconds")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (2)")
    parser.add_argument("--every", type=float, default=100, help="mean jobs between kills (100)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    EXPERIMENTS["nothing"] = MarkedExperiment()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        found = run_crash_test(args.count, args.jobs, args.every, args.seed, Path(folder) / "out")
    print(json.dumps(found._asdict()) if args.json else found)
    return 0 if found.passed else 1


if __name__ == "__main__":
    from sweep_crash_test import main

    sys.exit(main())
