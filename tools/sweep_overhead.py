"""Measure the overhead of a sweep with jobs that only write their record.

``python tools/sweep_overhead.py 1000 10000 [--jobs N | --dask ADDRESS]``
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liaf_ref._core.imports import import_plugin
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.experiment import Experiment
from liaf_ref.experiments.runner.execute import open_executor
from liaf_ref.experiments.runner.job import JobResult
from liaf_ref.experiments.runner.manifest import JOBS_DIR, SWEEP, Manifest
from liaf_ref.experiments.runner.plan import PlannedJob, plan_jobs
from liaf_ref.experiments.runner.run_manifest import open_folder, run_jobs
from liaf_ref.experiments.runner.spec import read_spec
from liaf_ref.experiments.training_config import TrainingConfig, option
from liaf_ref.experiments.training_run import RunFinished, Splits
from liaf_ref.networks import Network
from liaf_ref.training.state import Event

PLUGIN = Path(__file__).resolve().with_name("sweep_plugin.py")  # registers the experiment


@dataclass(frozen=True)
class NumberConfig(TrainingConfig):
    """A number."""

    number: int = option(0, help="number of the job")


@dataclass(frozen=True)
class NoOpExperiment(Experiment[NumberConfig, None]):
    """Jobs without data and training."""

    name: str = "no-op"
    title: str = "no training"
    config_class: type[NumberConfig] = NumberConfig

    def load(self, config: NumberConfig, source: DataSource) -> None:
        return None

    def data_sha256(self, data: None) -> str:
        return "no data"

    def split(self, data: None, config: NumberConfig) -> Splits[Any]:
        raise NotImplementedError("no data")

    def build_network(self, data: None, config: NumberConfig) -> Network:
        raise NotImplementedError("no network")

    def check(
        self, data: None, config: NumberConfig, folder: Path | None = None, resume: bool = False
    ) -> None:
        return None

    def run(
        self, data: None, config: NumberConfig, folder: Path | None = None, resume: bool = False
    ) -> Generator[Event | RunFinished, None, None]:
        record, result = self._run_folder(data, config, folder, resume), {"number": config.number}
        assert record is not None  # noqa: S101 - a sweep's job has a folder
        record.start_or_resume(resume)
        record.write_run_json(status="finished", result=result)
        yield RunFinished(result)


class NoProgress:
    """Shows nothing."""

    def start(self, jobs: list[PlannedJob], pending: Collection[str], workers: int) -> None: ...

    def end(self, result: JobResult) -> None: ...


def read_manifest_of(experiment: str, count: int, out: Path) -> Manifest:
    """Write the specification of a sweep of so many jobs beside its folder, and read it."""
    path = out.with_suffix(".toml")
    numbers = list(range(count))
    path.write_text(f'experiment = "{experiment}"\n[grid]\nnumber = {numbers}\n', "utf-8")
    spec = read_spec(path)
    configs = {f"{JOBS_DIR}/{name}": config for name, config in spec.configs.items()}
    return Manifest(SWEEP, spec.experiment, DataSource(), configs, plugins=(str(PLUGIN),))


def measure_overhead(count: int, jobs: int, address: str | None, out: Path) -> Iterator[float]:
    """Seconds to read, to plan, to run a sweep of so many jobs, and to plan it again."""
    began = time.perf_counter()
    manifest = read_manifest_of("no-op", count, out)
    yield time.perf_counter() - began
    began = time.perf_counter()
    planned = plan_jobs(manifest, out)
    yield time.perf_counter() - began
    began = time.perf_counter()
    with open_executor(jobs, address, None, _print_notice) as executor, open_folder(out, manifest):
        results = run_jobs(manifest, planned, out, executor, NoProgress())
    yield time.perf_counter() - began
    if errors := [result.error for result in results.values() if result.error]:
        raise RuntimeError(errors[0])
    began = time.perf_counter()
    plan_jobs(manifest, out)
    yield time.perf_counter() - began


def _print_notice(text: str) -> None:
    print(text, file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure each number of jobs in a folder of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("counts", type=int, nargs="+", metavar="COUNT", help="number of jobs")
    jobs = "worker processes (default: 2)"
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help=jobs)
    parser.add_argument("--dask", metavar="ADDRESS", help="Dask scheduler to run the jobs on")
    args = parser.parse_args(argv)
    import_plugin(PLUGIN)
    print("seconds elapsed:\n  jobs   read   plan      run   plan again   ms per job in all")
    for count in args.counts:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            out = Path(folder) / "out"
            read, plan, run, again = measure_overhead(count, args.jobs, args.dask, out)
            all_of_it = 1000 * (read + plan + run) / count
            print(f"{count:6}{read:7.2f}{plan:7.2f}{run:9.1f}{again:13.2f}{all_of_it:18.2f}")


if __name__ == "__main__":
    main()
