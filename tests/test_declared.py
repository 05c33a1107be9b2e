"""One declaration: constructor, repr, options, records, and the invalid values that tests try."""

import argparse
import json
import pickle
import tomllib
from dataclasses import KW_ONLY, replace
from typing import Annotated, Any

import numpy as np
import pytest
from layers.test_declarations import VALUES as LAYERS

from liaf_ref import InputError, layers, networks, training
from liaf_ref._core.declared import Declared, add_options, invalid_values, record
from liaf_ref._core.kinds import About, either, flag, many, one_of, real, sizes, text, whole
from liaf_ref.data import events, simulator
from liaf_ref.experiments import BabiConfig, DVSConfig, TrainingConfig
from liaf_ref.experiments.study import StudyConfig
from liaf_ref.report.babi_runs import RunSummary
from liaf_ref.report.dvs_runs import DvsResult


class Cell(Declared, kw_only=True):
    """A value within another."""

    alpha: Annotated[float, real(), About("initial decay")] = 0.3
    levels: Annotated[str | int, either(one_of("binary"), whole(1, 9)), About("levels")] = "binary"
    graded: Annotated[bool, flag, About("graded")] = False
    fused: Annotated[bool | None, flag, About("fused")] = None


class Config(Declared):
    """A configuration, as a command and a file see it."""

    task: Annotated[int, whole(1, 20), About("task of bAbI")]
    name: Annotated[str, one_of("liaf", "gru"), About("temporal layer")]
    _: KW_ONLY
    lr: Annotated[float, real(0, 1, closed="(]"), About("learning rate")] = 0.001
    stop_after: Annotated[float | None, real(0), About("give up after", unit="minutes")] = None
    window: Annotated[tuple[int, ...], sizes(2), About("window")] = (3, 3)
    cell: Cell = Cell()

    def check_together(self) -> None:
        if self.name == "gru" and self.cell != Cell():
            raise self.refuse("cell", "expected none for gru")


class Grid(Declared):
    """What a sweep varies."""

    field: Annotated[str, text]
    values: Annotated[tuple[float, ...], many(real())]


class Sweep(Declared):
    """A specification: values within values."""

    base: Config
    grids: tuple[Grid, ...] = ()


CONFIG = Config(1, "liaf", lr=0.01, cell=Cell(alpha=0.5))
SWEEP = Sweep(CONFIG, (Grid("cell.alpha", (0.1, 0.5)),))
VALUES: list[Declared] = [Cell(), CONFIG, SWEEP, SWEEP.grids[0], events.MNIST_DVS]
VALUES += [training.SGD(0.1), training.Adam(0.1), training.AdamW(0.1), training.TrainingSettings(3)]
VALUES += [training.ReduceLROnPlateau(), training.CosineAnnealingLR(3)]
VALUES += [simulator.Sensor(), simulator.SensorVariation(), simulator.SceneVariation()]
VALUES += [simulator.DigitVariation(), simulator.DigitSource(0, 2_000_000)]
VALUES += [simulator.SceneSource(0, 2_000), simulator.GestureSource(0, 2_000)]
VALUES += [simulator.MovementOrderSource(0, 80_000)]
TRAINING: dict[str, Any] = {"select_epoch": "average", "schedule": "plateau"}
VALUES += [TrainingConfig(**TRAINING), BabiConfig(1, "lif", **TRAINING), StudyConfig()]
VALUES += [BabiConfig(1, "lstm"), DVSConfig("mnist-dvs", "liaf", fold=1, **TRAINING)]
VALUES += [DVSConfig("gesture", "lif", **TRAINING), DVSConfig("cifar10-dvs", "conv2d")]
VALUES += [RunSummary(1, "lif", 0, 1e-3, 60, 60, *(0.5,) * 4, 1, 1, 0.9, 1.5)]
VALUES += [DvsResult(*(0.5,) * 4, 1, 2, 3, 1.5)]


EVERY = [*VALUES, *LAYERS]
KNOWN = globals() | {
    name: getattr(module, name)
    for module in (layers, networks, events, simulator, training)
    for name in dir(module)
}
each_value = pytest.mark.parametrize("value", EVERY, ids=lambda value: type(value).__name__)


@each_value
def test_invalid_values_are_refused(value: Any) -> None:
    """The error names the field and its owner, what is expected and what was given."""
    for name, wrong in invalid_values(type(value)):
        with pytest.raises(InputError, match=rf"^{name} of .*: expected .*, got") as refused:
            replace(value, **{name: wrong})
        assert refused.value.name == name


@each_value
def test_repr_pickle_and_record(value: Any) -> None:
    assert eval(repr(value), KNOWN) == value  # noqa: S307 - our own text
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301
    assert hash(replace(value)) == hash(value)
    if value in VALUES:  # others may hold what no file does
        assert type(value).from_record(json.loads(json.dumps(record(value)))) == value


def test_calls_that_do_not_fit() -> None:
    make: Any = Config
    with pytest.raises(TypeError, match=r"^Config\(\) missing 1 required positional argument"):
        make(1)
    with pytest.raises(TypeError, match=r"^Config\(\) got an unexpected keyword argument 'lrr'"):
        make(1, "liaf", lrr=1)


def test_numpy_scalars_become_python_numbers() -> None:
    make: Any = Config
    made = make(np.int64(1), "liaf", lr=np.float32(0.5), window=(np.uint8(3), np.int64(5)))
    assert [type(x) for x in (made.task, made.lr, *made.window)] == [int, float, int, int]
    assert type(Cell(graded=np.bool_(True)).graded) is bool  # type: ignore[arg-type]


def test_a_record_holds_what_a_file_can_hold() -> None:
    with pytest.raises(InputError, match="that a file can hold"):
        record((np.float32(1),))


TOML = """
[base]
task = 1
name = "liaf"
cell = { alpha = 0.5 }
[[grids]]
field = "cell.alpha"
values = [0.1, 0.5]
"""


@pytest.mark.parametrize(
    ("old", "wrong", "message"),
    [
        ("task = 1", "task = 21", "Sweep.base.task: expected an integer >= 1 and <= 20, got"),
        ("alpha = 0.5", "alpha = 'x'", "Sweep.base.cell.alpha: expected a finite number"),
        ("alpha = 0.5", "alpah = 1", "Sweep.base.cell.alpah: unknown field; did you mean alpha?"),
        ("{ alpha = 0.5 }", "1", "Sweep.base.cell: expected a table of Cell's fields, got 1"),
        ("0.1, 0.5", "0.1, '0'", "Sweep.grids[0].values: expected a tuple, each a finite number"),
        ('name = "liaf"', "", "Sweep.base.name: missing, expected one of liaf, gru"),
        ('name = "liaf"', 'name = "gru"', "Sweep.base.cell: expected none for gru"),
    ],
)
def test_an_error_in_a_file_names_the_field(old: str, wrong: str, message: str) -> None:
    assert Sweep.from_record(tomllib.loads(TOML)).base.cell == Cell(alpha=0.5)
    with pytest.raises(InputError) as error:
        Sweep.from_record(tomllib.loads(TOML.replace(old, wrong)))
    assert str(error.value).startswith(message)


def test_options_of_a_command() -> None:
    parser = argparse.ArgumentParser(prog="run")
    add_options(parser, Config)

    def parse(line: str) -> dict[str, Any]:
        return vars(parser.parse_args(line.split()))

    assert parse("1 liaf") == {"task": 1, "name": "liaf"}  # the class has the defaults
    made = parse("8 liaf --alpha 0.5 --levels 4 --graded --stop-after 3 --lr 1e-2 --window 5x1")
    assert parse("1 liaf --no-fused")["fused"] is False
    given = {"alpha": 0.5, "levels": 4, "graded": True, "stop_after": 3, "lr": 0.01}
    assert made == {"task": 8, "name": "liaf", "window": (5, 1)} | given
    for wrong in ("--stop-after 1_0", "--alpha 1_0", "--lr 0"):
        with pytest.raises(SystemExit):
            parse(f"1 liaf {wrong}")
    for wrong in ("1.0 liaf", "21 liaf"):
        with pytest.raises(SystemExit):
            parse(wrong)
    shown = parser.format_help()
    assert "initial decay (default: 0.3)" in shown
    assert "give up after, in minutes" in shown
