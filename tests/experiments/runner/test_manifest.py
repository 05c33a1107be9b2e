"""A manifest says what a folder holds, and the plan what is left to do of it."""

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.runner.fake_experiment import SHA, FakeExperiment
from liaf_ref._core.errors import FormatError, RunError
from liaf_ref._core.provenance import library_versions
from liaf_ref.experiments import babi
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.registry import EXPERIMENTS
from liaf_ref.experiments.runner import run_manifest as result_tables
from liaf_ref.experiments.runner.jobs import Job, plan_jobs, work_order
from liaf_ref.experiments.runner.manifest import RUN, SWEEP, Manifest, read_manifest, write_manifest
from liaf_ref.experiments.runner.spec import expand_grid


def manifest_of(numbers: list[int], **more: Any) -> Manifest:
    document = {"grid": {"number": numbers, **more}}
    spec = expand_grid(Path("s.toml"), FakeExperiment(), document)
    return Manifest(SWEEP, spec.experiment, DataSource(), spec.configs)


def planned(numbers: list[int], **more: Any) -> list[Job]:
    return plan_jobs(manifest_of(numbers, **more), None)


def test_a_manifest_is_read_back(tmp_path: Path) -> None:
    configs = {f"qa{task}-gru": babi.BabiConfig(task, "gru", lr=0.1) for task in (3, 1)}
    source = DataSource(tmp_path, "en-10k", cache=tmp_path)
    manifest = Manifest(RUN, EXPERIMENTS["babi"], source, configs, None, 2, ("/a/plugin.py",))
    write_manifest(tmp_path, manifest)
    found = read_manifest(tmp_path, ["elsewhere/plugin.py"])
    assert found == manifest._replace(source=replace(source, cache=None))
    assert list(found.configs) == list(configs)
    document = json.loads((tmp_path / "manifest.json").read_text())
    assert document["runs"] == {"qa3-gru": {"task": 3}, "qa1-gru": {"task": 1}}


WHOLE: dict[str, Any] = {
    "kind": "run",
    "experiment": "babi",
    "study": None,
    "plugins": [],
    "workers": 1,
    "data": {},
    "common": {"task": 1},
    "runs": {"a": {"cell": "gru"}},
}
WRONG: dict[str, dict[str, Any]] = {
    "kind: expected one of run, sweep, study, got str 'x'": {"kind": "x"},
    "experiment: expected one of babi, ": {"experiment": "x"},
    "the name of a study if and only if kind is study": {"study": "coding"},
    "study: expected one of degradation, ": {"kind": "study", "study": "x"},
    "workers: expected an integer >= 1, or None, got 0": {"workers": 0},
    "plugins: expected a tuple, each a string, got 3": {"plugins": 3},
    "got none; if you trust them, pass --plugin b.py": {"plugins": ["b.py"]},
    "data: expected a table of DataSource's fields, got 3": {"data": 3},
    "data.folder: expected a path, or None, got 3": {"data": {"folder": 3}},
    "runs: expected the configurations of runs, got none": {"runs": {}},
    "folder names, got '../x'": {"runs": {"../x": {"cell": "gru"}}},
    "folder names, got 'jobs/..'": {"runs": {"jobs/..": {"cell": "gru"}}},
    "folder names, got '/x'": {"runs": {"/x": {"cell": "gru"}}},
    "a of the runs: expected a table, got 3": {"runs": {"a": 3}},
    "), got 'b'": {"runs": {"a": {"cell": "gru", "b": 1}}},
    "cell of run babi: expected a value": {"runs": {"a": {}}},
    "task of BabiConfig: expected an integer >= 1": {"runs": {"a": {"cell": "gru", "task": 99}}},
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_no_manifest_is_refused(tmp_path: Path, message: str) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(WHOLE))
    assert list(read_manifest(tmp_path).configs) == ["a"]
    (tmp_path / "manifest.json").write_text(json.dumps(WHOLE | WRONG[message]))
    with pytest.raises(FormatError) as caught:
        read_manifest(tmp_path, ())
    assert str(caught.value).startswith(str(tmp_path / "manifest.json"))
    assert message in str(caught.value)


def test_a_manifest_that_could_not_be_read_back_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liaf_ref.experiments.runner.manifest.MAX_JSON_BYTES", 1000)
    with pytest.raises(RunError, match=r"fewer jobs, got 99, .* the limit is 1000 bytes"):
        write_manifest(tmp_path, manifest_of(list(range(99))))
    assert not list(tmp_path.iterdir())


def test_the_table_is_whole_when_a_sweep_is_broken_off(tmp_path: Path) -> None:
    jobs = planned(list(range(100)))
    ended = (job._replace(result={"test_accuracy": 0.5, "seconds": 9}) for job in jobs[::-1])
    going = result_tables.with_tables(tmp_path, {job.name: job for job in jobs}, ended)
    for _ in range(43):
        next(going)
    going.close()
    rows = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [row["number"] for row in rows] == list(range(57, 100))


def test_the_longest_begin_and_those_with_the_same_data_follow_one_another() -> None:
    manifest = manifest_of([1, 2, 3], weight=[1.0, 5.0])  # odd and even numbers have other data
    jobs = work_order(manifest, plan_jobs(manifest, None))
    order = [(job.config.weight, job.config.number) for job in jobs]
    assert order == [(5.0, 1), (5.0, 3), (1.0, 1), (1.0, 3), (5.0, 2), (1.0, 2)]


def test_a_title_says_what_tells_a_job_from_the_others() -> None:
    assert [job.title for job in planned([1, 2], weight=3)] == ["number=1", "number=2"]
    (alone,) = planned([1])
    assert alone.title == alone.name


def test_results_of_other_machines_are_announced_before_the_next_ones(tmp_path: Path) -> None:
    manifest = manifest_of([1, 2])
    folder = tmp_path / next(iter(manifest.configs))
    record = {"config": manifest.configs[folder.name].record() | {"data_sha256": SHA}}
    folder.mkdir()
    for versions, message in (
        (library_versions(), ""),
        (library_versions() | {"blas": "openblas X", "code": "0"}, "code 0 there and .* blas .* X"),
    ):
        (folder / "run.json").write_text(json.dumps(record | {"versions": versions}))
        with pytest.warns(match=message) if message else contextlib.nullcontext():
            assert [job.state for job in plan_jobs(manifest, tmp_path)] == ["started", "new"]
