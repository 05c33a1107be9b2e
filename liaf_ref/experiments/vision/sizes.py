"""What an experiment is made of at each scale: frames, network, share of the recordings."""

from typing import NamedTuple

from liaf_ref.data.events import Preparation
from liaf_ref.door import check_choice
from liaf_ref.networks.fig6 import LAYERS
from liaf_ref.networks.tables import HALF, MNIST_DVS, Block, Setting

CELLS = tuple(LAYERS)
N_MNIST_SIZE = (34, 34)


class Sizes(NamedTuple):
    """Frames, network and length of a run.

    Attributes
    ----------
    setting : Setting
        The network's.
    preparation : Preparation
        How recordings become frames.
    each : int or None
        Recordings taken of each class, of the training and of the test part; all if None.
    epochs, lr, batch_size
        Passes over the data, learning rate, recordings a step.
    """

    setting: Setting
    preparation: Preparation
    each: tuple[int, int] | None
    epochs: int
    lr: float
    batch_size: int


def _n_mnist(T: int, factor: int, blocks: tuple[Block, ...], dense: tuple[int, ...]) -> Setting:
    side = 32 // factor
    return Setting("n-mnist", (side, side, 2), T, blocks, dense, 10)


def _frames(T: int, factor: int) -> Preparation:
    """All 300 ms of the three saccades, in ``T`` frames of the middle 32 x 32 pixels."""
    crop = 32, 32
    return Preparation(N_MNIST_SIZE, 300_000 // T, T, crop=crop, factor=factor, dtype="uint16")


EXPERIMENTS: dict[str, dict[str, Sizes]] = {
    "n-mnist": {
        "smoke": Sizes(
            _n_mnist(5, 2, (Block(8, HALF), Block(16, HALF)), (32,)),
            _frames(5, 2),
            (60, 10),
            25,
            2e-3,
            16,
        ),
        "small": Sizes(
            _n_mnist(10, 1, (Block(16, HALF), Block(32, HALF), Block(64, HALF)), (128,)),
            _frames(10, 1),
            None,
            25,
            1e-3,
            32,
        ),
        "paper": Sizes(
            _n_mnist(20, 1, MNIST_DVS.blocks, MNIST_DVS.dense), _frames(20, 1), None, 50, 5e-5, 32
        ),
    },
}
SCALES = ("smoke", "small", "paper")


def sizes(experiment: str, scale: str) -> Sizes:
    """Look up an experiment at a scale.

    Parameters
    ----------
    experiment : str
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
    scales = EXPERIMENTS[check_choice("experiment", experiment, EXPERIMENTS, "Section VI")]
    return scales[check_choice("scale", scale, scales, experiment)]
