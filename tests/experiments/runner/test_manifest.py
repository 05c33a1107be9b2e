"""A manifest says what a folder holds, a specification its jobs, a plan what is left to do."""

import contextlib
import hashlib
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.runner.fake_experiment import SHA, FakeExperiment
from liaf_ref._core.errors import FormatError, InputError, RunError
from liaf_ref._core.provenance import library_versions
from liaf_ref.experiments import babi
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.registry import EXPERIMENTS
from liaf_ref.experiments.runner import run_manifest as result_tables
from liaf_ref.experiments.runner.jobs import Job, plan_jobs, work_order
from liaf_ref.experiments.runner.manifest import RUN, SWEEP, Manifest, read_manifest, write_manifest
from liaf_ref.experiments.runner.spec import Document, SweepSpec, expand_grid, job_name, read_spec


def manifest_of(numbers: list[int], **more: Any) -> Manifest:
    document, experiment = Document("fake", grid={"number": numbers, **more}), FakeExperiment()
    return Manifest(SWEEP, experiment, DataSource(), expand_grid(experiment, document))


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


WHOLE: dict[str, Any] = {"kind": "run", "experiment": "babi", "study": None, "plugins": []}
WHOLE |= {"workers": 1, "data": {}, "common": {"task": 1}, "runs": {"a": {"cell": "gru"}}}
WRONG: dict[str, dict[str, Any]] = {
    "kind: expected one of run, sweep, study, got str 'x'": {"kind": "x"},
    "experiment of liaf-ref run: expected one of babi, ": {"experiment": "x"},
    "the name of a study if and only if kind is study": {"study": "coding"},
    "study of liaf-ref run: expected one of degradation, ": {"kind": "study", "study": "x"},
    "workers: expected an integer >= 1, or None, got 0": {"workers": 0},
    "plugins: expected a tuple, each a string, got 3": {"plugins": 3},
    "got none; if you trust them, pass --plugin b.py": {"plugins": ["b.py"]},
    "data: expected a table of DataSource's fields, got 3": {"data": 3},
    "data.folder: expected a path, or None, got 3": {"data": {"folder": 3}},
    "runs: expected the configurations of runs, got none": {"runs": {}},
    "folder names, got '../x'": {"runs": {"../x": {"cell": "gru"}}},
    "folder names, got 'jobs/..'": {"runs": {"jobs/..": {"cell": "gru"}}},
    "folder names, got '/x'": {"runs": {"/x": {"cell": "gru"}}},
    "folder names, got '..'": {"runs": {"..": {"cell": "gru"}}},
    "folder names, got 'a/b'": {"runs": {"a/b": {"cell": "gru"}}},
    "folder names, got ''": {"runs": {"": {"cell": "gru"}}},
    r"folder names, got 'a\x00b'": {"runs": {"a\0b": {"cell": "gru"}}},
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


def test_too_long_a_manifest_is_not_written(tmp_path: Path) -> None:
    one = manifest_of([0])
    long = one._replace(configs=dict(zip(["a" * 2**24], one.configs.values(), strict=True)))
    with pytest.raises(RunError, match=r"fewer jobs, got 1, .* the limit is 16777216 bytes"):
        write_manifest(tmp_path, long)
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
    # A title says what tells a job from the others.
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


SWEEPS = Path(__file__).parents[3] / "docs" / "sweeps"
CELLS = ("rnn", "lstm", "gru", "lif", "liaf")


def spec_of(folder: Path, text: str) -> SweepSpec:
    path = folder / "s.toml"
    path.write_text(text, "utf-8")
    return read_spec(path)


def test_a_grid_is_every_combination_in_the_files_order(tmp_path: Path) -> None:
    common, grid = "epochs = 3\nlr = 1", 'seed = [5, 4]\ntask = 2\ncell = ["liaf", "lif"]'
    text = f'experiment = "babi"\n[common]\n{common}\n[grid]\n{grid}\n'
    spec = spec_of(tmp_path, f'{text}[[also]]\ntask = 8\ncell = "gru"\nepochs = 9\n')
    one: dict[str, Any] = {"task": 2, "epochs": 3, "lr": 1.0}
    expected = [babi.BabiConfig(seed=s, cell=c, **one) for s in (5, 4) for c in ("liaf", "lif")]
    expected.append(babi.BabiConfig(task=8, cell="gru", epochs=9, lr=1.0))
    assert list(spec.configs.values()) == expected
    assert [job_name("babi", config) for config in expected] == list(spec.configs)


def test_the_names_of_today_are_those_of_tomorrow() -> None:
    """A folder of jobs is found again by the next version, or the change is noticed here."""
    text = (
        b'["babi", {"batch_size": 32, "cell": "liaf", "epochs": 60, "lr": 0.001, "optimizer": '
        b'"adam", "padding": "unmasked", "seed": 0, "select_epoch": "best", "task": 1, '
        b'"track_test": false, "validation_fraction": 0.1, "weight_decay": 0.0}]'
    )
    name = job_name("babi", babi.BabiConfig(task=1, cell="liaf"))
    assert name == hashlib.sha256(text).hexdigest()[:16] == "17a4c5ef48d87967"


def test_a_job_that_is_stated_twice_is_run_once(tmp_path: Path) -> None:
    group = 'task = [1, 2]\ncell = "liaf"\n'
    text = f'experiment = "babi"\n[grid]\n{group}[[also]]\n{group}seed = [0, 1]\n'
    assert len(spec_of(tmp_path, text).configs) == 4


@pytest.mark.parametrize("path", sorted(SWEEPS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_sweep_of_the_documentation_can_be_read(path: Path) -> None:
    assert read_spec(path).configs


def test_table_iii_in_its_equivalent_condition() -> None:
    configs = [c for c in read_spec(SWEEPS / "table03.toml").configs.values() if c.epochs == 60]
    asked = Counter((config.task, config.cell, config.seed) for config in configs)
    assert asked >= Counter((t, c, s) for t in range(1, 21) for c in CELLS for s in range(3))
    assert {(config.lr, config.track_test) for config in configs} == {(1e-3, True)}


GRID = 'experiment = "babi"\n[grid]\ntask = 1\ncell = "liaf"\n'
KNOWN = "babi, mnist-dvs, cifar10-dvs, gesture, n-mnist, rivals, order"
WRONG_SPEC = {
    "\nexperiment = babi": "s.toml:2: expected TOML, got an error: Invalid value",
    "": "sweep.experiment: missing",
    'experiment = "qa"': f"expected one of {KNOWN}, fake, got str 'qa'",
    "seeds = 1": "sweep.seeds: unknown field; expected experiment, common, grid, also",
    'experiment = "babi"': "expected 1 to 100,000 jobs in [grid] and all [[also]], got 0",
    'experiment = "babi"\ngrid = 1': "sweep.grid: expected a table, or None, got 1",
    'experiment = "babi"\nalso = 1': "sweep.also: expected a tuple, each a table, got 1",
    'experiment = "babi"\n[grid]\ntask = 1': "grid.cell: expected a value",
    GRID + "seeds = [1]": "grid.config: expected fields of babi (task, cell, epochs, lr",
    GRID + "seed = []": "expected 1 to 100,000 jobs in [grid] and all [[also]], got 0",
    GRID + "seed = [[1]]": "grid.seed: expected an integer",
    GRID + "seed = [0, -1]": "grid.seed: expected an integer >= 0 and <= 1000000000000000000",
    GRID + "[common]\nlr = 'x'": "common.lr: expected",
    f"{GRID}seed = {[*range(400)]}\nepochs = {[*range(1, 400)]}": "expected 1 to 100,000 jobs",
}


@pytest.mark.parametrize("text", WRONG_SPEC, ids=lambda text: text.replace("\n", "; ")[-40:])
def test_what_is_wrong_is_stated_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises((FormatError, InputError)) as caught:
        spec_of(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "s.toml"))
    assert WRONG_SPEC[text] in str(caught.value)
