"""The temporal layers of Fig. 5, and how long its sequences are in the paper's first task."""

from collections.abc import Callable

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import GRU, LSTM, RNN, Dense, DenseLIAF, DenseLIF, NeuronLayer
from liaf_ref.layers.validation import check_spike

CELL_FACTORIES: dict[str, Callable[[int, int, str, Pair], NeuronLayer[Dense]]] = {
    "liaf": lambda K, L, act, spike: DenseLIAF(K, L, act=act, mode="NTR", spike=spike),
    "lif": lambda K, L, act, spike: DenseLIF(K, L, spike=spike),
    "rnn": lambda K, L, act, spike: RNN(K, L),
    "lstm": lambda K, L, act, spike: LSTM(K, L),
    "gru": lambda K, L, act, spike: GRU(K, L),
}

SPIKING_CELLS = ("liaf", "lif")
QA1_STORY_LENGTH, QA1_QUERY_LENGTH = 66, 4  # longest of QA1


def resolve_spike(cell: str, spike: Pair | None, where: str) -> Pair:
    """The spike of a network's neurons, the paper's if none is given.

    Parameters
    ----------
    cell : str
        What the network is built of.
    spike : Pair or None
        What came.
    source : str
        The network.

    Returns
    -------
    Pair
        S of Eq. (4) and its slope.

    Raises
    ------
    InputError
        If it is no spike, or the cell has none.
    """
    if spike is None:
        return paper(0.5)
    if cell not in SPIKING_CELLS:
        only = " and ".join(SPIKING_CELLS)
        reason = f"expected none with the cell {cell}, only {only} can have one"
        raise InputError.for_argument("spike", where, f"{reason}; got {spike}")
    check_spike("spike", spike)
    return spike
