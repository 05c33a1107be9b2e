"""The paper's networks by name, in the paper's sizes."""

from collections.abc import Callable, Mapping
from functools import partial

from liaf_ref.door import check_choice
from liaf_ref.errors import InputError
from liaf_ref.layers import Chain
from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.cells import CELLS as BABI
from liaf_ref.networks.fig6 import CELLS as FIG6
from liaf_ref.networks.fig6 import fig6
from liaf_ref.networks.gesture import CELLS as GESTURES
from liaf_ref.networks.gesture import table_viii
from liaf_ref.networks.network import Network
from liaf_ref.networks.tables import CIFAR10_DVS, MNIST_DVS, Setting
from liaf_ref.networks.vision import VisionNetwork

VOCAB = 22  # of QA1, whose network Table IV has
Make = Callable[[Callable[..., Chain]], Network]


def _babi(cell: str, chain: Callable[..., Chain]) -> BabiNetwork:
    if chain is not Chain:
        raise InputError.of(
            "chain", "Fig. 5", "expected it left out: two branches are no row of layers"
        )
    return BabiNetwork(VOCAB, cell)


def _fig6(setting: Setting, cell: str, chain: Callable[..., Chain]) -> VisionNetwork:
    return fig6(setting, cell, chain=chain)


def _gesture(cell: str, chain: Callable[..., Chain]) -> VisionNetwork:
    return table_viii(cell, chain=chain)


NETWORKS: Mapping[str, Make] = (
    {f"babi-{cell}": partial(_babi, cell) for cell in BABI}
    | {
        f"{setting.name}-{cell}": partial(_fig6, setting, cell)
        for setting in (MNIST_DVS, CIFAR10_DVS)
        for cell in FIG6
    }
    | {f"gesture-{cell}": partial(_gesture, cell) for cell in GESTURES}
)


def network(name: str, chain: Callable[..., Chain] = Chain) -> Network:
    """Build one of the paper's networks.

    Parameters
    ----------
    name : str
        One of :data:`NETWORKS`: a data set and a cell, such as ``mnist-dvs-liaf``.
    chain : callable
        What puts a vision network's layers together: ``Chain`` or ``Frugal``.

    Returns
    -------
    Network
        In the paper's sizes.

    Raises
    ------
    InputError
        If there is no such network, or it has nothing to be frugal with.
    """
    return NETWORKS[check_choice("network", name, NETWORKS, "the paper")](chain)
