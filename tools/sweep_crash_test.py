"""Kill workers of a sweep at random; every job must be done, and recorded once.

``python tools/sweep_crash_test.py 2000 [--jobs 2] [--every 100] [--seed 0] [--json]``

A job that is killed after its work and before its record is on disk works again, which is counted
but is not a fault.  A job whose record is on disk must not work again.
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
from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sweep_overhead import PLUGIN, NoOpExperiment, NumberConfig, read_manifest_of
from tqdm import tqdm

from liaf_ref._core.imports import import_plugin
from liaf_ref.experiments.runner.execute import open_executor
from liaf_ref.experiments.runner.job import JobResult
from liaf_ref.experiments.runner.plan import PlannedJob, plan_jobs
from liaf_ref.experiments.runner.run_manifest import open_folder, run_jobs
from liaf_ref.experiments.training_run import RunFinished
from liaf_ref.training.run_folder import RUN_FILE, read_run_json
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

    name: str = "marked"

    def run(
        self, data: None, config: NumberConfig, folder: Path | None = None, resume: bool = False
    ) -> Generator[Event | RunFinished, None, None]:
        assert folder is not None  # noqa: S101 - a sweep's job has one
        marks, found = marks_path(folder.parents[1]), {}
        if (folder / RUN_FILE).exists():
            found = read_run_json(folder)
        write_mark(marks, config.number, REPEATED if found.get("status") == "finished" else STARTED)
        record, result = self._run_folder(data, config, folder, resume), {"number": config.number}
        assert record is not None  # noqa: S101 - with a folder there is one
        record.start_or_resume(resume)
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
    """The progress of a sweep, whose workers it sends SIGKILL at random moments.

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
        self.ended: list[JobResult] = []

    def start(self, jobs: list[PlannedJob], pending: Collection[str], workers: int) -> None:
        """Begin to count."""
        self.bar = tqdm(total=len(pending), disable=None)

    def end(self, result: JobResult) -> None:
        """Hear of a job that has ended; within a tenth of a second a worker may be killed."""
        self.ended.append(result)
        self.bar.update()
        if self.rng.random() < 1 / self.mean_jobs_between_kills:
            threading.Timer(self.rng.uniform(0, 0.1), self._kill).start()

    def _kill(self) -> None:
        if workers := _worker_pids():
            worker = self.rng.choice(workers)
            os.kill(worker, signal.SIGKILL)
            self.killed.append(worker)


def _worker_pids() -> list[int]:
    """Worker processes among the children of this one, those that are still starting too."""
    found = []
    for listed in Path("/proc/self/task").glob("*/children"):
        for child in listed.read_text("ascii").split():
            command = Path("/proc", child, "cmdline")
            words = command.read_bytes() if command.exists() else b""
            if b"dask worker" in words or b"spawn_main" in words:
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
            f"{self.work_repeated} jobs repeated, killed before their record was on disk; "
            f"{self.unacknowledged} kills or more after that, "
            "before the sweep received the result; "
            f"{self.repeated} recorded jobs ran again; {self.seconds:.0f} s elapsed"
        )


def run_crash_test(count: int, workers: int, every: float, seed: int, out: Path) -> CrashTestResult:
    """Run a sweep of so many jobs while its workers are killed."""
    manifest = read_manifest_of(MarkedExperiment.name, count, out)
    planned = plan_jobs(manifest, out)
    killer, began = WorkerKiller(every, seed), time.perf_counter()
    with open_executor(workers, None, None, tqdm.write) as executor, open_folder(out, manifest):
        run_jobs(manifest, planned, out, executor, killer)
    seconds, marks = time.perf_counter() - began, read_marks(marks_path(out))
    return CrashTestResult(
        jobs=count,
        kills=len(killer.killed),
        recorded_once=_count_recorded(planned, killer.ended, out),
        work_repeated=count_repeated(marks, WORKED),
        unacknowledged=stages_when_killed(marks, killer.killed)[RECORDED],
        repeated=len({found.number for found in marks if found.stage == REPEATED}),
        seconds=seconds,
    )


def _count_recorded(jobs: Sequence[PlannedJob], ended: Sequence[JobResult], out: Path) -> int:
    lines = (out / "results.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    table = Counter((row["job"], row["number"]) for row in rows)
    heard = Counter((result.name, (result.result or {}).get("number")) for result in ended)
    done = 0
    for job in jobs:
        number = job.config.number
        record = read_run_json(out / job.name)
        saved = record["status"], record["result"]["number"]
        once = heard[job.name, number] == table[Path(job.name).name, number] == 1
        done += once and saved == ("finished", number)
    return done


def main(argv: Sequence[str] | None = None) -> int:
    """Run the sweep in a folder of its own, and say whether every job was recorded, and once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("count", type=int, help="number of jobs, each of a few milliseconds")
    parser.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="worker processes (default: 2)"
    )
    parser.add_argument(
        "--every", type=float, default=100, help="mean number of jobs between kills (default: 100)"
    )
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    args = parser.parse_args(argv)
    import_plugin(PLUGIN)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        found = run_crash_test(args.count, args.jobs, args.every, args.seed, Path(folder) / "out")
    print(json.dumps(found._asdict()) if args.json else found)
    return 0 if found.passed else 1


if __name__ == "__main__":
    from sweep_crash_test import main

    sys.exit(main())
