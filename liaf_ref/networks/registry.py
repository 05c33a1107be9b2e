"""The paper's networks by name, in the paper's sizes."""

from collections.abc import Callable, Mapping
from functools import partial

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_choice
from liaf_ref.layers import Sequential
from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.base import Network
from liaf_ref.networks.cells import CELL_FACTORIES as BABI
from liaf_ref.networks.dvs import DVSNetwork
from liaf_ref.networks.dvs_builder import CELL_NAMES as FIG6
from liaf_ref.networks.dvs_builder import dvs_network
from liaf_ref.networks.gesture import CELL_NAMES as GESTURES
from liaf_ref.networks.gesture import gesture_network
from liaf_ref.networks.network_config import CIFAR10_DVS, MNIST_DVS, NetworkConfig

QA1_VOCAB_SIZE = 22  # of QA1, whose network Table IV has
NetworkFactory = Callable[[Callable[..., Sequential]], Network]


def _build_babi(cell: str, container: Callable[..., Sequential]) -> BabiNetwork:
    if container is not Sequential:
        raise InputError.for_argument(
            "container", "Fig. 5", "expected a network without branches, got one with two"
        )
    return BabiNetwork(QA1_VOCAB_SIZE, cell)


def _build_dvs(
    network_config: NetworkConfig, cell: str, container: Callable[..., Sequential]
) -> DVSNetwork:
    return dvs_network(network_config, cell, container=container)


def _build_gesture(cell: str, container: Callable[..., Sequential]) -> DVSNetwork:
    return gesture_network(cell, container=container)


def _babi_networks() -> dict[str, NetworkFactory]:
    """Fig. 5 with each cell that is registered by now."""
    return {f"babi-{cell}": partial(_build_babi, cell) for cell in BABI}


NETWORKS: Mapping[str, NetworkFactory] = (
    _babi_networks()
    | {
        f"{setting.name}-{cell}": partial(_build_dvs, setting, cell)
        for setting in (MNIST_DVS, CIFAR10_DVS)
        for cell in FIG6
    }
    | {f"gesture-{cell}": partial(_build_gesture, cell) for cell in GESTURES}
)


def create_network(name: str, container: Callable[..., Sequential] = Sequential) -> Network:
    """Build one of the paper's networks, or Fig. 5's with a cell of your own.

    Parameters
    ----------
    name : str
        A data set and a cell, such as ``mnist-dvs-liaf``; ``babi-`` and any registered cell.
    container : callable
        Container of a DVSNetwork: ``Sequential`` or ``CheckpointedSequential``.

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
    return known[check_choice("network", name, known, "the paper")](container)
