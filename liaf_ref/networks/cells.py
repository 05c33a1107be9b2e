"""The temporal layers of Fig. 5, and how long its sequences are in the paper's first task."""

from collections.abc import Callable

from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import GRU, LSTM, RNN, Dense, DenseLIAF, DenseLIF, Integrated

CELLS: dict[str, Callable[[int, int, str, Pair], Integrated[Dense]]] = {
    "liaf": lambda K, L, act, spike: DenseLIAF(K, L, act=act, mode="NTR", spike=spike),
    "lif": lambda K, L, act, spike: DenseLIF(K, L, spike=spike),
    "rnn": lambda K, L, act, spike: RNN(K, L),
    "lstm": lambda K, L, act, spike: LSTM(K, L),
    "gru": lambda K, L, act, spike: GRU(K, L),
}

SPIKING = ("liaf", "lif")
STORY, QUERY = 66, 4  # longest of QA1
