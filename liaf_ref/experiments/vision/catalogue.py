"""The experiments of Sections VI-B and VI-C: networks, scales, where recordings come from."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from liaf_ref.data.events.sets import (
    load_cifar10_dvs,
    load_gesture,
    load_mnist_dvs,
    load_n_mnist,
)
from liaf_ref.data.events.sets.gesture import user_of
from liaf_ref.data.events.sets.recordings import DataSet, Recording
from liaf_ref.data.simulator import (
    SimulatedSet,
    simulate_cifar10_dvs,
    simulate_gesture,
    simulate_mnist_dvs,
)
from liaf_ref.data.simulator.sets import Simulated
from liaf_ref.data.simulator.sources import trial
from liaf_ref.door import check_choice
from liaf_ref.experiments.vision import order
from liaf_ref.experiments.vision.sizes import SIZES, Sizes
from liaf_ref.experiments.vision.variants import Makeup
from liaf_ref.networks import VisionNetwork, fig6, table_viii
from liaf_ref.networks.cells import SPIKING
from liaf_ref.networks.fig6 import CELLS
from liaf_ref.networks.gesture import CELLS as GESTURE_CELLS
from liaf_ref.networks.variant import FIG6, TABLE_VIII, Variant

PEOPLE, TESTED = 23, 6  # who make a gesture once in each light, for training and for the test


class Experiment(NamedTuple):
    """A data set and the networks trained on it.

    Attributes
    ----------
    title, section : str
        The data set's name, and where the paper has it.
    network : callable
        Builds a network of a cell and a setting.
    cells : tuple of str
        What it can be built of.
    load : callable
        Finds the recordings of a folder: of a seed, and whether a part is enough; None where
        there is nothing but the simulation.
    simulate : callable or None
        Makes recordings of a seed and sizes; None where there is no simulation.
    scales : dict of str to Sizes
        ``smoke``, ``small`` and, of the paper's, ``paper``.
    neurons : Variant
        What the neurons are in the paper.
    first : tuple of str
        Cells to run where none is named.
    without : mapping of str to str
        What of a configuration it has no use for, and why.
    rates : mapping of str to float
        First learning rates of cells at scale ``paper`` that are not the scale's.
    own : mapping of str to object
        What of a configuration is not that of the scale and the paper.
    group : callable or None
        The group of a recording: those of one are never apart in learning and validation.
    unit : str
        What a group is, in the plural; each recording is its own where ``group`` is None.
    record : mapping of str to str
        What run.json says besides the configuration; a run that says otherwise is another.
    data : str or None
        The experiment that has the same recordings, if there is one.
    """

    title: str
    section: str
    network: Callable[[str, Sizes, Makeup], VisionNetwork]
    cells: tuple[str, ...]
    load: Callable[[Path, int, bool], DataSet] | None
    simulate: Callable[[int, Sizes], SimulatedSet] | None
    scales: dict[str, Sizes]
    neurons: Variant = FIG6
    first: tuple[str, ...] = SPIKING
    without: Mapping[str, str] = MappingProxyType({})
    rates: Mapping[str, float] = MappingProxyType({})
    own: Mapping[str, Any] = MappingProxyType({})
    group: Callable[[Any], int] | None = None
    unit: str = "recordings"
    record: Mapping[str, str] = MappingProxyType({})
    data: str | None = None


def _fig6(cell: str, sizes: Sizes, makeup: Makeup) -> VisionNetwork:
    variant, spike, dropout = makeup
    return fig6(sizes.setting, cell, spike=spike, variant=variant, dropout=dropout)


def _table_viii(cell: str, sizes: Sizes, makeup: Makeup) -> VisionNetwork:
    variant, spike, _ = makeup
    return table_viii(cell, setting=sizes.setting, spike=spike, variant=variant)


def _span(sizes: Sizes) -> int:
    return sizes.preparation.window * sizes.preparation.T


def _wanted(sizes: Sizes, most: int) -> tuple[int, float]:
    """Recordings of each class in both parts, and the share of the test part."""
    train, test = sizes.each or (round(0.8 * most), most - round(0.8 * most))
    return train + test, test / (train + test)


def _digits(seed: int, sizes: Sizes) -> SimulatedSet:
    each, share = _wanted(sizes, 174)
    return simulate_mnist_dvs(8, seed, each, share, _span(sizes))


def _scenes(seed: int, sizes: Sizes) -> SimulatedSet:
    each, share = _wanted(sizes, 1000)
    return simulate_cifar10_dvs(seed, each, share, _span(sizes))


def _gestures(seed: int, sizes: Sizes) -> SimulatedSet:
    train, test = sizes.each or (5 * PEOPLE, 0)
    repeats = max(-(-train // PEOPLE), -(-test // TESTED))
    return simulate_gesture(seed, repeats, _span(sizes))


def _person(item: Recording | Simulated) -> int:
    """Who gestures, published or simulated."""
    return trial(item.number)[0] if isinstance(item, Simulated) else user_of(item.path)


def _mnist_dvs(folder: Path, seed: int, partial: bool) -> DataSet:
    return load_mnist_dvs(folder, seed=seed, partial=partial)


def _cifar10_dvs(folder: Path, seed: int, partial: bool) -> DataSet:
    return load_cifar10_dvs(folder, seed=seed, partial=partial)


EXPERIMENTS = {
    "mnist-dvs": Experiment(
        "MNIST-DVS",
        "Section VI-B, Fig. 6",
        _fig6,
        CELLS,
        _mnist_dvs,
        _digits,
        SIZES["mnist-dvs"],
    ),
    "cifar10-dvs": Experiment(
        "CIFAR10-DVS",
        "Section VI-B, Fig. 6",
        _fig6,
        CELLS,
        _cifar10_dvs,
        _scenes,
        SIZES["cifar10-dvs"],
    ),
    "gesture": Experiment(
        "DVS128 Gesture",
        "Section VI-C, Table VIII",
        _table_viii,
        tuple(GESTURE_CELLS),
        lambda folder, seed, partial: load_gesture(folder, partial),
        _gestures,
        SIZES["gesture"],
        TABLE_VIII,
        without={
            "fold": "its two parts have no person in common",
            "block_order": "a block of Table VIII has one order only",
            "dropout": "Table VIII has none",
        },
        group=_person,
        unit="people",
        record=MappingProxyType({"validation_by": "person"}),
    ),
    "n-mnist": Experiment(
        "N-MNIST",
        "Fig. 6 on genuine recordings that anybody may use",
        _fig6,
        CELLS,
        lambda folder, seed, partial: load_n_mnist(folder, partial),
        None,
        SIZES["n-mnist"],
    ),
    "rivals": Experiment(
        "CIFAR10-DVS, all networks",
        "Section VI-B5, Table VII and Fig. 8",
        _fig6,
        CELLS,
        _cifar10_dvs,
        _scenes,
        SIZES["cifar10-dvs"],
        first=("conv2d", "conv3d", "convlstm", "liaf", "lif"),
        rates={"conv2d": 5e-4},
        data="cifar10-dvs",
    ),
    "order": Experiment(
        "Order of movements",
        "a control of Fig. 6: the order of the frames alone carries the class",
        _fig6,
        CELLS,
        None,
        order.simulate,
        order.SIZES,
        first=("conv2d", "conv3d", "convlstm", "liaf", "lif"),
        without={
            "fold": "its two parts have no set of frames in common",
            "frames": "a frame is one movement",
        },
        own=order.OWN,
        group=lambda item: item.number,
        unit="sets of movements",
    ),
}


def experiment(name: str) -> Experiment:
    """Look an experiment up.

    Parameters
    ----------
    name : str
        One of :data:`EXPERIMENTS`.

    Returns
    -------
    Experiment
        As described there.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    return EXPERIMENTS[check_choice("experiment", name, EXPERIMENTS, "Section VI")]


def sizes(name: str, scale: str) -> Sizes:
    """Look an experiment up at a scale.

    Parameters
    ----------
    name : str
        One of :data:`EXPERIMENTS`.
    scale : str
        ``smoke`` takes seconds, ``small`` minutes; ``paper`` is the paper's own.

    Returns
    -------
    Sizes
        N-MNIST is none of the paper's data sets; there ``paper`` is Table V's network for
        MNIST-DVS, with that section's settings.

    Raises
    ------
    InputError
        If there is no such experiment or scale.
    """
    scales = experiment(name).scales
    return scales[check_choice("scale", scale, scales, name)]
