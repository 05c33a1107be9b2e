"""Frames, network and length of training of the experiments at each scale."""

from functools import partial
from typing import Any, NamedTuple

from liaf_ref.data.events import Preprocessing
from liaf_ref.data.simulator.movement_order import MovementOrderSource
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
ALL = (None, None)


class ScaleSettings(NamedTuple):
    """Frames, network and length of a run."""

    network_config: NetworkConfig
    preprocessing: Preprocessing
    max_per_class: tuple[int | None, int | None]  # for training and test; None for all
    epochs: int
    lr: float
    batch_size: int
    weight_decay: float = 0.0  # L2 in the gradient

    @property
    def duration(self) -> int:
        """Length of a recording in μs."""
        return self.preprocessing.time_window * self.preprocessing.T


def _blocks(*filters: int, first: tuple[int, int] | None = POOL_2X2) -> tuple[ConvBlock, ...]:
    pools = (first, *(POOL_2X2 for _ in filters[1:]))
    return tuple(map(ConvBlock, filters, pools))


DVS128 = partial(Preprocessing, (128, 128))
DIGIT = partial(DVS128, crop=(40, 40))
# The 300 ms of the three saccades of N-MNIST, the middle 32 x 32 pixels.
SACCADES = partial(Preprocessing, (34, 34), crop=(32, 32))
MOVEMENT_DURATION, REPEATS = 20_000, 2  # μs per movement, which is one frame; repetitions
MOVEMENTS = DIGIT(MOVEMENT_DURATION, 4 * REPEATS, downsampling=4)
SMALL_GESTURE = _blocks(8, 16, 16, first=None)
NUM_CLASSES = {"gesture": 11, "order": len(MovementOrderSource.classes)}
ROWS = {
    "n-mnist": (
        (SACCADES(60_000, 5, downsampling=2), _blocks(8, 16), (32,), (60, 10), 8, 2e-3, 16),
        (SACCADES(30_000, 10), _blocks(16, 32, 64), (128,), ALL, 25, 1e-3, 32),
        (SACCADES(15_000, 20), MNIST_DVS.blocks, (512, 128), ALL, 50, 5e-5, 32),
    ),
    "mnist-dvs": (
        (DIGIT(20_000, 5, downsampling=2), _blocks(8, 16), (32,), (40, 10), 10, 2e-3, 16),
        (DIGIT(5_000, 10), _blocks(16, 32), (64,), (25, 40), 25, 1e-3, 16),
        (DIGIT(5_000, 20), MNIST_DVS.blocks, (512, 128), ALL, 50, 5e-5, 32),
    ),
    "cifar10-dvs": (
        (DVS128(10_000, 5, downsampling=8), _blocks(8, 16), (32,), (20, 10), 6, 2e-3, 16),
        (DVS128(5_000, 10, downsampling=4), _blocks(16, 32), (64,), (10, 40), 25, 1e-3, 10),
        (DVS128(5_000, 10), CIFAR10_DVS.blocks, (512,), ALL, 50, 5e-5, 32),
    ),
    "gesture": (
        (DVS128(150_000, 10, downsampling=8), SMALL_GESTURE, (32,), (6, 3), 5, 2e-3, 12),
        (DVS128(25_000, 10, downsampling=8), SMALL_GESTURE, (32,), (23, 24), 20, 2e-3, 12),
        (DVS128(25_000, 60, downsampling=4), GESTURE.blocks, (256,), ALL, 50, 1e-4, 36),
    ),
    "order": (
        (MOVEMENTS, _blocks(8, 16), (32,), (40, 10), 40, 3e-3, 16),
        (MOVEMENTS, _blocks(8, 16), (32,), (60, 40), 40, 3e-3, 16),
    ),
}


def _scale(name: str, frames: Preprocessing, *row: Any) -> ScaleSettings:
    blocks, dense, max_per_class, epochs, lr, batch_size = row
    classes, decay = NUM_CLASSES.get(name, 10), 1e-4 if name == "gesture" else 0.0
    network = NetworkConfig(name, frames.shape[1:], frames.T, blocks, dense, classes)
    return ScaleSettings(network, frames, max_per_class, epochs, lr, batch_size, decay)


SCALE_SETTINGS = {
    name: {scale: _scale(name, *row) for scale, row in zip(SCALES, rows, strict=False)}
    for name, rows in ROWS.items()
}
