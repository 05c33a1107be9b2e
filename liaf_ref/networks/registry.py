"""The paper's networks by name, in the paper's sizes."""

from collections.abc import Callable, Mapping
from functools import partial

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_choice
from liaf_ref.layers import Sequential
from liaf_ref.networks import vision
from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.base import Network
from liaf_ref.networks.cells import CELL_FACTORIES

QA1_VOCAB_SIZE = 22  # of QA1, whose network Table IV has


def _build_babi(cell: str, *, container: Callable[..., Sequential]) -> BabiNetwork:
    if container is not Sequential:
        reason = "expected a network without branches, got one with two"
        raise InputError.for_argument("container", "Fig. 5", reason)
    return BabiNetwork(QA1_VOCAB_SIZE, cell)


def _babi_networks() -> dict[str, Callable[..., Network]]:
    """Fig. 5 with each cell that is registered by now."""
    return {f"babi-{cell}": partial(_build_babi, cell) for cell in CELL_FACTORIES}


NETWORKS: Mapping[str, Callable[..., Network]] = (
    _babi_networks()
    | {
        f"{sizes.name}-{cell}": partial(vision.dvs_network, sizes, cell)
        for sizes in (vision.MNIST_DVS, vision.CIFAR10_DVS)
        for cell in vision.FIG6_CELLS
    }
    | {f"gesture-{cell}": partial(vision.gesture_network, cell) for cell in vision.TABLE_VIII_CELLS}
)


def create_network(name: str, container: Callable[..., Sequential] = Sequential) -> Network:
    """Build one of the paper's networks, or Fig. 5's with a cell of your own.

    Parameters
    ----------
    name : str
        A data set and a cell, such as ``mnist-dvs-liaf``; ``babi-`` and any registered cell.
    container : callable
        Container of a SequenceClassifier: ``Sequential`` or ``CheckpointedSequential``.

    Returns
    -------
    Network
        In the paper's sizes.

    Raises
    ------
    InputError
        If there is no such network, or it has no state to checkpoint.

    Examples
    --------
    >>> from liaf_ref.networks import create_network
    >>> create_network("babi-lif")
    BabiNetwork(22, 'lif')
    """
    known = {**NETWORKS, **_babi_networks()}
    make = known[check_choice("network", name, known, "the paper")]
    return make(container=container)
