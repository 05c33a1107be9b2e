"""Frames, network and length of training of the experiments at each scale."""

import re
from dataclasses import replace
from typing import NamedTuple

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import short_repr, short_text
from liaf_ref._core.validation import check_int
from liaf_ref.data.events import Preprocessing
from liaf_ref.data.events import preprocessing as papers
from liaf_ref.data.simulator import DigitVariation, SceneVariation, SensorVariation, SimulatedSplits
from liaf_ref.data.simulator.movement_order import MovementOrderSource, simulate_movement_order
from liaf_ref.networks.vision import (
    CIFAR10_DVS,
    GESTURE,
    MNIST_DVS,
    POOL_2X2,
    ConvBlock,
    NetworkConfig,
)

DEFAULT_FOLDS = 5
SCALES = ("smoke", "small", "paper")
DVS128_SENSOR_SIZE, N_MNIST_SENSOR_SIZE = (128, 128), (34, 34)


class ScaleSettings(NamedTuple):
    """Frames, network and length of a run."""

    network_config: NetworkConfig
    preprocessing: Preprocessing
    # Recordings per class for training and test; None: all.
    max_per_class: tuple[int | None, int | None] | None
    epochs: int
    lr: float
    batch_size: int
    weight_decay: float = 0.0  # L2 in the gradient
    scenes: SceneVariation = SceneVariation()  # of simulated drawings
    digits: DigitVariation = DigitVariation()
    sensor: SensorVariation = SensorVariation()  # of the simulated camera


def with_filters(settings: ScaleSettings, filters: str, where: str) -> ScaleSettings:
    """Replace the convolution blocks by blocks of so many filters, such as ``"8,16,32"``."""
    if not isinstance(filters, str) or not re.fullmatch(r"[1-9]\d{0,3}(,[1-9]\d{0,3})*", filters):
        reason = f"expected numbers of filters such as 8,16,32, got {short_repr(filters)}"
        raise InputError.for_argument("filters", where, reason)
    own = settings.network_config
    counts, blocks, sides = [int(count) for count in filters.split(",")], [], own.shape[:2]
    for k, count in enumerate(counts):
        pool = own.blocks[min(k, len(own.blocks) - 1)].pool
        blocks.append(ConvBlock(count, pool))
        sides = tuple(side // part for side, part in zip(sides, pool or (1, 1), strict=True))
        if 0 in sides:
            size = " x ".join(map(str, own.shape[:2]))
            reason = f"expected at most {k} blocks, as pooling leaves nothing of frames of {size}"
            raise InputError.for_argument("filters", where, f"{reason}, got {len(counts)}")
    return settings._replace(network_config=replace(own, blocks=tuple(blocks)))


def rebin_frames(settings: ScaleSettings, frames: int, where: str) -> ScaleSettings:
    """Divide the same span of time into another number of frames."""
    T = frames
    span = settings.preprocessing.time_window * settings.preprocessing.T
    if span % T:
        reason = f"expected a divisor of {span}, the length of a recording in μs, got {T}"
        raise InputError.for_argument("frames", where, reason)
    return settings._replace(
        preprocessing=replace(settings.preprocessing, time_window=span // T, T=T),
        network_config=replace(settings.network_config, steps=T),
    )


def check_fold(fold: int | None, folds: int | None, where: str) -> None:
    """Refuse an invalid fold, and a number of folds without a fold."""
    if folds is not None:
        check_int("folds", folds, where, 2, 1000)
        if fold is None:
            raise InputError.for_argument(
                "folds",
                where,
                f"expected `fold` too, the fold to test on, got folds {short_text(folds)} alone",
            )
    if fold is not None:
        check_int("fold", fold, where, 1, folds or DEFAULT_FOLDS)


def _pooled_blocks(*filters: int) -> tuple[ConvBlock, ...]:
    return tuple(ConvBlock(L, POOL_2X2) for L in filters)


def _network_config(
    name: str, frames: Preprocessing, blocks: tuple[ConvBlock, ...], *dense: int
) -> NetworkConfig:
    classes = 11 if name == "gesture" else 10
    return NetworkConfig(name, frames.shape[1:], frames.T, blocks, dense, classes)


def _n_mnist_preprocessing(T: int, factor: int) -> Preprocessing:
    """Frames of N-MNIST: the 300 ms of its three saccades, the middle 32 x 32 pixels."""
    camera, crop = N_MNIST_SENSOR_SIZE, (32, 32)
    return Preprocessing(camera, 300_000 // T, T, crop=crop, downsampling=factor)


def _n_mnist() -> dict[str, ScaleSettings]:
    few, some, all_ = (
        _n_mnist_preprocessing(5, 2),
        _n_mnist_preprocessing(10, 1),
        _n_mnist_preprocessing(20, 1),
    )
    smoke = _network_config("n-mnist", few, _pooled_blocks(8, 16), 32)
    small = _network_config("n-mnist", some, _pooled_blocks(16, 32, 64), 128)
    paper = _network_config("n-mnist", all_, MNIST_DVS.blocks, *MNIST_DVS.dense_units)
    return {
        "smoke": ScaleSettings(smoke, few, (60, 10), 8, 2e-3, 16),
        "small": ScaleSettings(small, some, None, 25, 1e-3, 32),
        "paper": ScaleSettings(paper, all_, None, 50, 5e-5, 32),
    }


def _mnist_dvs() -> dict[str, ScaleSettings]:
    few = Preprocessing(DVS128_SENSOR_SIZE, 20_000, 5, crop=(40, 40), downsampling=2)
    some = Preprocessing(DVS128_SENSOR_SIZE, 5_000, 10, crop=(40, 40))
    smoke = _network_config("mnist-dvs", few, _pooled_blocks(8, 16), 32)
    small = _network_config("mnist-dvs", some, _pooled_blocks(16, 32), 64)
    return {
        "smoke": ScaleSettings(smoke, few, (40, 10), 10, 2e-3, 16),
        "small": ScaleSettings(small, some, (25, 40), 25, 1e-3, 16),
        "paper": ScaleSettings(MNIST_DVS, papers.MNIST_DVS, None, 50, 5e-5, 32),
    }


def _cifar10_dvs() -> dict[str, ScaleSettings]:
    few = Preprocessing(DVS128_SENSOR_SIZE, 10_000, 5, downsampling=8)
    some = Preprocessing(DVS128_SENSOR_SIZE, 5_000, 10, downsampling=4)
    smoke = _network_config("cifar10-dvs", few, _pooled_blocks(8, 16), 32)
    small = _network_config("cifar10-dvs", some, _pooled_blocks(16, 32), 64)
    return {
        "smoke": ScaleSettings(smoke, few, (20, 10), 6, 2e-3, 16),
        "small": ScaleSettings(small, some, (10, 40), 25, 1e-3, 10),
        "paper": ScaleSettings(CIFAR10_DVS, papers.CIFAR10_DVS, None, 50, 5e-5, 32),
    }


def _gesture() -> dict[str, ScaleSettings]:
    few = Preprocessing(DVS128_SENSOR_SIZE, 150_000, 10, downsampling=8)
    some = Preprocessing(DVS128_SENSOR_SIZE, 25_000, 10, downsampling=8)
    smoke = _network_config("gesture", few, (ConvBlock(8, None), *_pooled_blocks(16, 16)), 32)
    small = _network_config("gesture", some, (ConvBlock(8, None), *_pooled_blocks(16, 16)), 32)
    return {
        "smoke": ScaleSettings(smoke, few, (6, 3), 5, 2e-3, 12, 1e-4),
        "small": ScaleSettings(small, some, (23, 24), 20, 2e-3, 12, 1e-4),
        "paper": ScaleSettings(GESTURE, papers.GESTURE, None, 50, 1e-4, 36, 1e-4),
    }


SCALE_SETTINGS = {
    "n-mnist": _n_mnist(),
    "mnist-dvs": _mnist_dvs(),
    "cifar10-dvs": _cifar10_dvs(),
    "gesture": _gesture(),
}


MOVEMENT_DURATION, REPEATS = 20_000, 2  # μs per movement, which is one frame; repetitions
# With a dropout rate of one half, LIAF and LIF learn nothing. Training makes no progress at first;
# the learning rate must not be reduced during that time.
MOVEMENT_OVERRIDES = {"dropout": 0.2, "patience": 1000}
MOVEMENT_FRAMES = Preprocessing(
    DVS128_SENSOR_SIZE, MOVEMENT_DURATION, 4 * REPEATS, crop=(40, 40), downsampling=4
)


def _movement_network(frames: Preprocessing, filters: tuple[int, ...], dense: int) -> NetworkConfig:
    blocks = tuple(ConvBlock(L, POOL_2X2) for L in filters)
    return NetworkConfig(
        "order", frames.shape[1:], frames.T, blocks, (dense,), len(MovementOrderSource.classes)
    )


MOVEMENT_SCALES = {
    "smoke": ScaleSettings(
        _movement_network(MOVEMENT_FRAMES, (8, 16), 32), MOVEMENT_FRAMES, (40, 10), 40, 3e-3, 16
    ),
    "small": ScaleSettings(
        _movement_network(MOVEMENT_FRAMES, (8, 16), 32), MOVEMENT_FRAMES, (60, 40), 40, 3e-3, 16
    ),
}


def simulate_movements(seed: int, settings: ScaleSettings) -> SimulatedSplits:
    """Make the recordings of a scale; see :func:`simulate_movement_order`."""
    train, test = settings.max_per_class or (None, None)
    assert train is not None and test is not None  # noqa: S101, PT018 - of both scales
    return simulate_movement_order(seed, (train, test), MOVEMENT_DURATION, REPEATS)
