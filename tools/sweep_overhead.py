"""What a sweep costs beside its jobs: jobs that do nothing but keep their record.

``python tools/sweep_overhead.py 1000 10000 [--jobs N | --dask ADDRESS]``
"""

import argparse
import os
import tempfile
import time
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from liaf_ref.experiments import sweep
from liaf_ref.experiments.data_source import DataSource, JobEstimate
from liaf_ref.experiments.registry import EXPERIMENTS
from liaf_ref.experiments.runner import RunFinished
from liaf_ref.training.run_folder import RunFolder
from liaf_ref.training.state import Event


@dataclass(frozen=True)
class Config:
    """A number."""

    number: int


@dataclass(frozen=True)
class NoOpExperiment:
    """As :class:`liaf_ref.experiments.registry.Experiment`; no training."""

    name: str = "nothing"
    config_fields: tuple[str, ...] = ("number",)
    required_fields: tuple[str, ...] = ("number",)
    source_fields: tuple[str, ...] = ()

    def make_config(self, values: Mapping[str, Any]) -> Config:
        return Config(**values)

    def data_key(self, config: Config, source: DataSource) -> Hashable:
        return None

    def load(self, config: Config, source: DataSource) -> None:
        return None

    def data_sha256(self, data: None) -> str:
        return ""

    def estimate_jobs(self, configs: list[Config], source: DataSource) -> Iterator[JobEstimate]:
        return (JobEstimate("nothing", 1.0, None) for _ in configs)

    def check(self, data: None, config: Config, folder: Path) -> None:
        return None

    def run(
        self, data: None, config: Config, folder: Path | None, source: DataSource | None = None
    ) -> Iterator[Event | RunFinished]:
        assert folder is not None  # noqa: S101 - a sweep's job has one
        record, result = RunFolder(folder, asdict(config)), {"number": config.number}
        record.start_or_resume(resume=True)
        record.write_run_json(status="finished", result=result)
        yield RunFinished(result)


def write_spec(count: int, out: Path) -> Path:
    """Write the specification of a sweep of so many jobs, beside the folder it is to have."""
    path = out.with_suffix(".toml")
    path.write_text(f'experiment = "nothing"\n[grid]\nnumber = {list(range(count))}\n', "utf-8")
    return path


def make_jobs(
    planned: Iterable[sweep.PlannedJob], spec: sweep.SweepSpec, out: Path, parent_pid: int | None
) -> list[sweep.Job]:
    """What workers are sent of it."""
    return [
        sweep.Job(
            name=job.name,
            experiment=spec.experiment,
            config=job.config,
            source=DataSource(),
            folder=sweep.job_dir(out, job.name),
            parent_pid=parent_pid,
            data_sha256=None,
            restart=False,
        )
        for job in planned
    ]


def measure_overhead(count: int, jobs: int, address: str | None, out: Path) -> Iterable[float]:
    """Seconds to read, to plan, to run a sweep of so many jobs, and to plan it again."""
    path = write_spec(count, out)
    began = time.perf_counter()
    spec = sweep.read_spec(path)
    yield time.perf_counter() - began
    for _ in range(2):
        began = time.perf_counter()
        planned = sweep.plan_jobs(spec, DataSource(), out)
        yield time.perf_counter() - began
        began = time.perf_counter()
        unfinished = (job for job in sweep.longest_first(planned) if job.state != "finished")
        todo = make_jobs(unfinished, spec, out, None if address else os.getpid())
        remaining = sweep.EtaEstimator((job.estimate for job in planned), jobs)
        with sweep.lock_sweep_dir(out, path, spec):
            outcomes = sweep.run_local(todo, jobs)
            if address:
                outcomes = sweep.run_on_dask(todo, sweep.connect(address))
            for _ in sweep.collect_results(out, planned, outcomes):
                remaining.seconds_left()
        if todo:
            yield time.perf_counter() - began


def main() -> None:
    """Measure each number of jobs in a folder of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", type=int, nargs="+")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--dask")
    args = parser.parse_args()
    EXPERIMENTS["nothing"] = NoOpExperiment()
    print("  jobs   read   plan      run   plan again   ms a job in all")
    for count in args.counts:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            out = Path(folder) / "out"
            read, plan, run, again = measure_overhead(count, args.jobs, args.dask, out)
            all_of_it = 1000 * (read + plan + run) / count
            print(f"{count:6}{read:7.2f}{plan:7.2f}{run:9.1f}{again:13.2f}{all_of_it:18.2f}")


if __name__ == "__main__":
    from sweep_overhead import main

    main()
