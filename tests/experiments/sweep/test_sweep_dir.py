"""What a sweep keeps grows with the number of its jobs, and no faster."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.sweep.fake_experiment import FakeExperiment
from liaf_ref.experiments.data_source import DataSource, JobEstimate
from liaf_ref.experiments.sweep import (
    EtaEstimator,
    JobResult,
    PlannedJob,
    collect_results,
    longest_first,
    plan_jobs,
    results,
)
from liaf_ref.experiments.sweep.spec import SweepSpec, expand_grid


def spec_of(numbers: list[int], **more: Any) -> SweepSpec:
    return expand_grid(Path("s.toml"), FakeExperiment(), {"grid": {"number": numbers, **more}})


def finished(jobs: list[PlannedJob]) -> Iterator[JobResult]:
    return (JobResult(job.name, {"test_accuracy": 0.5, "seconds": 9}, None) for job in jobs)


@pytest.mark.parametrize("count", [10, 1000, 3000])
def test_all_tables_written_are_a_dozen_times_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    written: list[int] = []
    whole = results.write_tables

    def write(out: Path, rows: Any) -> None:
        rows = list(rows)
        written.append(len(rows))
        whole(out, rows)

    monkeypatch.setattr(results, "write_tables", write)
    jobs = plan_jobs(spec_of(list(range(count))), DataSource(), None)
    assert len(list(collect_results(tmp_path, jobs, finished(jobs)))) == count
    assert written[-1] == count
    assert sum(written) <= 13 * count


def test_jobs_are_estimated_once_for_all_jobs_that_share_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[int] = []

    def estimate(
        _: FakeExperiment, configs: list[Any], source: DataSource
    ) -> Iterator[JobEstimate]:
        seen.append(len(configs))
        return (JobEstimate("kind", config.number, None) for config in configs)

    monkeypatch.setattr(FakeExperiment, "estimate_jobs", estimate)
    jobs = plan_jobs(spec_of([3, 4, 5, 9]), DataSource(), None)
    assert seen == [3, 1]
    assert [job.estimate.cost for job in jobs] == [3, 4, 5, 9]


def test_the_longest_begin_and_equal_ones_keep_their_order() -> None:
    spec = spec_of([1, 2], weight=[1.0, 5.0])
    order = [(job.config.weight, job.config.number) for job in longest_first(_planned(spec))]
    assert order == [(5.0, 1), (5.0, 2), (1.0, 1), (1.0, 2)]


def _planned(spec: SweepSpec) -> list[PlannedJob]:
    return plan_jobs(spec, DataSource(), None)


def test_a_title_says_what_tells_a_job_from_the_others() -> None:
    assert [job.title for job in _planned(spec_of([1, 2], weight=3))] == ["number=1", "number=2"]
    (alone,) = _planned(spec_of([1]))
    assert alone.title == "number=1 behavior=end weight=1.0"


def test_the_table_is_whole_when_a_sweep_is_broken_off(tmp_path: Path) -> None:
    jobs = _planned(spec_of(list(range(100))))
    going = collect_results(tmp_path, jobs, finished(jobs[::-1]))
    for _ in range(43):
        next(going)
    going.close()
    rows = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [row["number"] for row in rows] == list(range(57, 100))


def test_what_is_left_goes_by_what_its_kind_has_taken() -> None:
    slow, fast, new = (
        JobEstimate("slow", 2, None),
        JobEstimate("fast", 10, None),
        JobEstimate("new", 3, None),
    )
    remaining = EtaEstimator([slow, slow, fast, fast, new], workers=2)
    assert remaining.seconds_left() is None
    remaining.add_duration(slow, 40.0)
    remaining.remove_job(slow)
    assert (
        remaining.seconds_left() == (2 + 10 + 10 + 3) * 20 / 2
    )  # all as the one kind that is known
    remaining.add_duration(fast, 20.0)
    remaining.remove_job(fast)
    assert remaining.seconds_left() == (2 * 20 + 10 * 2 + 3 * (40 + 20) / (2 + 10)) / 2
    for estimate in (slow, fast, new):
        remaining.remove_job(estimate)
    assert remaining.seconds_left() == 0
