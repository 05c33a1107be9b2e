"""What the experiments are made of at each scale: frames, network, length of training."""

from typing import NamedTuple

from liaf_ref.data.events import Preparation
from liaf_ref.data.events import preparation as papers
from liaf_ref.networks.tables import CIFAR10_DVS, GESTURE, HALF, MNIST_DVS, Block, Setting

SCALES = ("smoke", "small", "paper")
CAMERA, N_MNIST_CAMERA = (128, 128), (34, 34)


class Sizes(NamedTuple):
    """Frames, network and length of a run.

    Attributes
    ----------
    setting : Setting
        The network's.
    preparation : Preparation
        How recordings become frames.
    each : tuple of int, or None
        Most recordings of a class, in the training and in the test part; all if None.
    epochs, lr, batch_size, weight_decay
        Passes over the data, first learning rate, recordings a step, L2 in the gradient.
    """

    setting: Setting
    preparation: Preparation
    each: tuple[int, int] | None
    epochs: int
    lr: float
    batch_size: int
    weight_decay: float = 0.0


def _pooled(*filters: int) -> tuple[Block, ...]:
    return tuple(Block(L, HALF) for L in filters)


def _setting(name: str, frames: Preparation, blocks: tuple[Block, ...], *dense: int) -> Setting:
    classes = 11 if name == "gesture" else 10
    return Setting(name, frames.shape[1:], frames.T, blocks, dense, classes)


def _middle(T: int, factor: int) -> Preparation:
    """Frames of N-MNIST: the 300 ms of its three saccades, the middle 32 x 32 pixels."""
    camera, crop = N_MNIST_CAMERA, (32, 32)
    return Preparation(camera, 300_000 // T, T, crop=crop, factor=factor)


def _n_mnist() -> dict[str, Sizes]:
    few, some, all_ = _middle(5, 2), _middle(10, 1), _middle(20, 1)
    smoke = _setting("n-mnist", few, _pooled(8, 16), 32)
    small = _setting("n-mnist", some, _pooled(16, 32, 64), 128)
    paper = _setting("n-mnist", all_, MNIST_DVS.blocks, *MNIST_DVS.dense)
    return {
        "smoke": Sizes(smoke, few, (60, 10), 8, 2e-3, 16),
        "small": Sizes(small, some, None, 25, 1e-3, 32),
        "paper": Sizes(paper, all_, None, 50, 5e-5, 32),
    }


def _mnist_dvs() -> dict[str, Sizes]:
    few = Preparation(CAMERA, 20_000, 5, crop=(40, 40), factor=2)
    some = Preparation(CAMERA, 5_000, 10, crop=(40, 40))
    smoke = _setting("mnist-dvs", few, _pooled(8, 16), 32)
    small = _setting("mnist-dvs", some, _pooled(16, 32), 64)
    return {
        "smoke": Sizes(smoke, few, (40, 10), 10, 2e-3, 16),
        "small": Sizes(small, some, (25, 40), 25, 1e-3, 16),
        "paper": Sizes(MNIST_DVS, papers.MNIST_DVS, None, 50, 5e-5, 32),
    }


def _cifar10_dvs() -> dict[str, Sizes]:
    few = Preparation(CAMERA, 10_000, 5, factor=8)
    some = Preparation(CAMERA, 5_000, 10, factor=4)
    smoke = _setting("cifar10-dvs", few, _pooled(8, 16), 32)
    small = _setting("cifar10-dvs", some, _pooled(16, 32), 64)
    return {
        "smoke": Sizes(smoke, few, (20, 10), 6, 2e-3, 16),
        "small": Sizes(small, some, (10, 40), 25, 1e-3, 10),
        "paper": Sizes(CIFAR10_DVS, papers.CIFAR10_DVS, None, 50, 5e-5, 32),
    }


def _gesture() -> dict[str, Sizes]:
    few = Preparation(CAMERA, 150_000, 10, factor=8)
    some = Preparation(CAMERA, 25_000, 10, factor=8)
    smoke = _setting("gesture", few, (Block(8, None), *_pooled(16, 16)), 32)
    small = _setting("gesture", some, (Block(8, None), *_pooled(16, 16)), 32)
    return {
        "smoke": Sizes(smoke, few, (6, 3), 5, 2e-3, 12, 1e-4),
        "small": Sizes(small, some, (23, 24), 20, 2e-3, 12, 1e-4),
        "paper": Sizes(GESTURE, papers.GESTURE, None, 50, 1e-4, 36, 1e-4),
    }


SIZES = {
    "n-mnist": _n_mnist(),
    "mnist-dvs": _mnist_dvs(),
    "cifar10-dvs": _cifar10_dvs(),
    "gesture": _gesture(),
}
