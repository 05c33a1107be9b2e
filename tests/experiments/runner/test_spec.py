"""A specification says its jobs, or where it is wrong."""

import hashlib
import tomllib
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from liaf_ref._core.errors import FormatError, InputError, LiafError
from liaf_ref.experiments import babi, dvs
from liaf_ref.experiments.registry import EXPERIMENTS
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


def test_a_name_depends_on_every_value_and_on_nothing_else(tmp_path: Path) -> None:
    config = babi.BabiConfig(task=1, cell="liaf")
    others: dict[str, Any] = {
        "task": 2,
        "cell": "lif",
        "epochs": 61,
        "lr": 2e-3,
        "seed": 1,
        "data_seed": 1,
        "batch_size": 16,
        "optimizer": "adamw",
        "weight_decay": 1e-2,
        "clip": 1.0,
        "validation_fraction": 0.2,
        "select_epoch": "final",
        "average_epochs": 3,
        "schedule": "cosine",
        "patience": 3,
        "padding": "masked",
        "alpha": 0.5,
        "beta": 0.5,
        "mu": 0.25,
        "v_th": 0.6,
        "v_reset": 0.5,
        "recurrent_initializer": "glorot_uniform",
        "recurrent_activation": "hard_sigmoid",
        "forget_bias": 0.0,
        "embedding_initializer": "normal",
        "gradient": "detached",
        "adam_eps": 1e-7,
        "track_test": True,
        "stop_after": 5,
    }
    assert set(others) == set(EXPERIMENTS["babi"].config_fields)
    given: dict[str, Any] = {"task": 1, "cell": "liaf"}
    needed = {
        "average_epochs": {"select_epoch": "average"},
        "patience": {"schedule": "plateau"},
        "recurrent_initializer": {"cell": "rnn"},
        "recurrent_activation": {"cell": "gru"},
        "forget_bias": {"cell": "lstm"},
    }
    names = {
        job_name("babi", babi.BabiConfig(**given | needed.get(key, {}) | {key: value}))
        for key, value in others.items()
    }
    assert len(names | {job_name("babi", config), job_name("other", config)}) == len(others) + 2
    written = 'experiment = "babi"\n[grid]\n'
    forwards = spec_of(tmp_path, written + 'task = 1\ncell = "liaf"\nclip = 1\n')
    backwards = spec_of(tmp_path, written + 'clip = 1.0\nseed = 0\ncell = "liaf"\ntask = 1\n')
    assert list(forwards.configs) == list(backwards.configs)


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


def test_recordings_take_what_their_scale_says(tmp_path: Path) -> None:
    text = 'experiment = "n-mnist"\n[grid]\ncell = ["liaf", "convlstm"]\nscale = "smoke"\nlr = 1\n'
    configs = list(spec_of(tmp_path, text).configs.values())
    assert [config.patience for config in configs] == [5, 2]
    assert {config.lr for config in configs} == {1.0}
    assert {config.epochs for config in configs} == {dvs.scale_settings("n-mnist", "smoke").epochs}


@pytest.mark.parametrize("path", sorted(SWEEPS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_sweep_of_the_documentation_can_be_read(path: Path) -> None:
    assert read_spec(path).configs


def test_table_iii_in_its_equivalent_condition() -> None:
    configs = [c for c in read_spec(SWEEPS / "table03.toml").configs.values() if c.epochs == 60]
    asked = Counter((config.task, config.cell, config.seed) for config in configs)
    assert asked >= Counter((t, c, s) for t in range(1, 21) for c in CELLS for s in range(3))
    assert {(config.lr, config.track_test) for config in configs} == {(1e-3, True)}


def test_table_iii_fine_tuned() -> None:
    configs = [c for c in read_spec(SWEEPS / "table03.toml").configs.values() if c.epochs != 60]
    text = resources.files("liaf_ref.experiments").joinpath("paper.toml").read_text("utf-8")
    printed = tomllib.loads(text)["table03_finetuned"]
    tuned = {
        (int(title.split()[0][2:]), cell)
        for cell in ("lif", "liaf")
        for title, value in zip(printed["columns"], printed[cell], strict=True)
        if value != "-"
    }
    asked = Counter((config.task, config.cell, config.seed) for config in configs)
    assert asked == Counter((task, cell, s) for task, cell in tuned for s in range(3))
    for config in configs:
        epochs = 200 if config.task == 8 else 500
        assert (config.lr, config.epochs, config.track_test) == (5e-4, epochs, True)


GRID = 'experiment = "babi"\n[grid]\ntask = 1\ncell = "liaf"\n'
KNOWN = "babi, mnist-dvs, cifar10-dvs, gesture, n-mnist, rivals, order"
WRONG = {
    "\nexperiment = babi": ("s.toml:2: expected TOML, got an error: Invalid value", FormatError),
    "": (
        f"experiment: expected one of {KNOWN}, fake, got None",
        FormatError,
    ),
    'experiment = "qa"': (
        f"experiment: expected one of {KNOWN}, fake, got 'qa'",
        FormatError,
    ),
    "seeds = 1": (
        "seeds: expected one of experiment, common, grid, also, got an unknown key",
        FormatError,
    ),
    'experiment = "babi"': (
        "expected a table [grid] or [[also]] with the values to run",
        FormatError,
    ),
    'experiment = "babi"\ngrid = 1': ("grid: expected a table, got 1", FormatError),
    'experiment = "babi"\nalso = 1': (
        "also: expected tables that start with [[also]]",
        FormatError,
    ),
    'experiment = "babi"\n[grid]\ntask = 1': (
        "with task = 1: cell of run babi: expected a value, as babi has no default for it",
        InputError,
    ),
    GRID + "seeds = [1]": ("grid.seeds: expected one of task, cell, epochs, lr", FormatError),
    GRID + "[common]\nseeds = 1": ("common.seeds: expected one of task, cell", FormatError),
    GRID + "seed = []": ("grid.seed: expected a value or a list of them, got none", FormatError),
    GRID + "seed = [[1]]": (
        "grid.seed: expected a value or a list of them, got list [1]",
        FormatError,
    ),
    GRID + "seed = {a = 1}": (
        "grid.seed: expected a value or a list of them, got dict {'a': 1}",
        FormatError,
    ),
    GRID + "seed = [3, 1, 3]": ("grid.seed: expected each value once, got 3 again", FormatError),
    GRID + "seed = [0, -1]": (
        "grid.seed: expected an integer >= 0 and <= 1000000000000000000, got -1",
        InputError,
    ),
    GRID + "[common]\nlr = 'x'": ("common.lr: expected", InputError),
    GRID + f"seed = {list(range(400))}\nepochs = {list(range(1, 400))}": (
        "expected at most 100,000 jobs, got 159,600",
        FormatError,
    ),
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text.replace("\n", "; ")[-40:])
def test_what_is_wrong_is_stated_with_its_place(tmp_path: Path, text: str) -> None:
    message, kind = WRONG[text]
    with pytest.raises(kind) as caught:
        spec_of(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "s.toml"))
    assert message in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(LiafError, match=r"expected a sweep specification \(TOML\), "):
            read_spec(path)
    (tmp_path / "latin.toml").write_bytes(b"\xff")
    with pytest.raises(FormatError, match=r"expected a sweep specification \(TOML\), "):
        read_spec(tmp_path / "latin.toml")
    with pytest.raises(InputError, match="expected a path"):
        read_spec(3)  # type: ignore[arg-type]
