"""A specification says its jobs, or where it is wrong."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref.experiments import babi
from liaf_ref.experiments.runner.spec import SweepSpec, job_name, read_spec

SWEEPS = Path(__file__).parents[3] / "docs" / "sweeps"
CELLS = ("rnn", "lstm", "gru", "lif", "liaf")


def spec_of(folder: Path, text: str) -> SweepSpec:
    path = folder / "s.toml"
    path.write_text(text, "utf-8")
    return read_spec(path)


def test_a_grid_is_every_combination_in_the_files_order(tmp_path: Path) -> None:
    spec = spec_of(
        tmp_path,
        """
        experiment = "babi"
        [common]
        epochs = 3
        lr = 1
        [grid]
        seed = [5, 4]
        task = 2
        cell = ["liaf", "lif"]
        [[also]]
        task = 8
        cell = "gru"
        epochs = 9
        """,
    )
    one: dict[str, Any] = {"task": 2, "epochs": 3, "lr": 1.0}
    expected = [babi.BabiConfig(seed=s, cell=c, **one) for s in (5, 4) for c in ("liaf", "lif")]
    expected.append(babi.BabiConfig(task=8, cell="gru", epochs=9, lr=1.0))
    assert list(spec.configs.values()) == expected
    assert [job_name("babi", config) for config in expected] == list(spec.configs)


def test_the_names_of_today_are_those_of_tomorrow() -> None:
    """A folder of jobs is found again by the next version, or the change is noticed here."""
    text = (
        b'["babi", {"batch_size": 32, "cell": "liaf", "epochs": 60, "lr": 0.001, '
        b'"optimizer": "adam", "padding": "unmasked", "seed": 0, "select_epoch": "best", '
        b'"task": 1, "track_test": false, '
        b'"validation_fraction": 0.1, "weight_decay": 0.0}]'
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
WRONG = {
    "\nexperiment = babi": "s.toml:2: expected TOML, got an error: Invalid value",
    "": f"experiment: expected one of {KNOWN}, fake, got None",
    'experiment = "qa"': f"experiment: expected one of {KNOWN}, fake, got 'qa'",
    "seeds = 1": "seeds: expected one of experiment, common, grid, also, got an unknown key",
    'experiment = "babi"': "expected a table [grid] or [[also]] with the values to run",
    'experiment = "babi"\ngrid = 1': "grid: expected a table, got 1",
    'experiment = "babi"\nalso = 1': "also: expected tables that start with [[also]]",
    'experiment = "babi"\n[grid]\ntask = 1': "with task = 1: cell of run babi: expected a value",
    GRID + "seeds = [1]": "grid.seeds: expected one of task, cell, epochs, lr",
    GRID + "seed = []": "grid.seed: expected a value or a list of them, got none",
    GRID + "seed = [[1]]": "grid.seed: expected a value or a list of them, got list [1]",
    GRID + "seed = [3, 1, 3]": "grid.seed: expected each value once, got 3 again",
    GRID + "seed = [0, -1]": "grid.seed: expected an integer >= 0 and <= 1000000000000000000",
    GRID + "[common]\nlr = 'x'": "common.lr: expected",
    GRID + f"seed = {list(range(400))}\nepochs = {list(range(1, 400))}": "at most 100,000 jobs",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text.replace("\n", "; ")[-40:])
def test_what_is_wrong_is_stated_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises((FormatError, InputError)) as caught:
        spec_of(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "s.toml"))
    assert WRONG[text] in str(caught.value)
