"""The temporal layers of Fig. 5, and how long its sequences are in the paper's first task."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from liaf_ref._core.errors import InputError
from liaf_ref._core.system import is_file_name
from liaf_ref._core.validation import check_callable, check_instance
from liaf_ref._core.validation.scalars import describe_value, short_repr, short_text
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import (
    GRU,
    LSTM,
    RNN,
    Dense,
    DenseLIAF,
    DenseLIF,
    NeuronLayer,
)
from liaf_ref.layers.validation import check_spike

CELL_FACTORIES: dict[str, Callable[..., NeuronLayer[Dense]]] = {
    "liaf": lambda K, L, act, spike, **own: DenseLIAF(
        K, L, act=act, mode="NTR", spike=spike, **own
    ),
    "lif": lambda K, L, act, spike, **own: DenseLIF(K, L, spike=spike, **own),
    "rnn": lambda K, L, act, spike, **own: RNN(K, L, **own),
    "lstm": lambda K, L, act, spike, **own: LSTM(K, L, **own),
    "gru": lambda K, L, act, spike, **own: GRU(K, L, **own),
}


class CellOptions(NamedTuple):
    """Options of a temporal layer of Fig. 5 that the paper does not print; None is the default.

    Parameters
    ----------
    alpha, beta, v_th, v_reset : float, optional
        Of liaf and lif: initial decay, additive decay, threshold and reset potential.
    recurrent_initializer : str, optional
        Of rnn, lstm and gru: ``"orthogonal"`` (default) or ``"glorot_uniform"`` weights.
    recurrent_activation : str, optional
        Of lstm and gru: ``"sigmoid"`` (default) or ``"hard_sigmoid"`` gates.
    forget_bias : float, optional
        Of lstm: initial bias of the forget gate, 1 by default.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.networks import CellOptions
    >>> net = lr.BabiNetwork(22, "lif", cell_options=CellOptions(alpha=0.9))
    >>> float(net.init(0, "float64")["story.alpha"][0])
    0.9
    """

    alpha: float | None = None
    beta: float | None = None
    v_th: float | None = None
    v_reset: float | None = None
    recurrent_initializer: str | None = None
    recurrent_activation: str | None = None
    forget_bias: float | None = None

    def given(self) -> dict[str, Any]:
        """The options that are not None."""
        return {name: value for name, value in self._asdict().items() if value is not None}


NEURON_OPTIONS = ("alpha", "beta", "v_th", "v_reset")
OPTIONS_BY_CELL = {
    "liaf": NEURON_OPTIONS,
    "lif": NEURON_OPTIONS,
    "rnn": ("recurrent_initializer",),
    "lstm": ("recurrent_initializer", "recurrent_activation", "forget_bias"),
    "gru": ("recurrent_initializer", "recurrent_activation"),
}


def register_cell(name: str, factory: Callable[[int, int], NeuronLayer[Dense]]) -> None:
    """Register your own temporal layer as a cell of the bAbI network and of ``run babi``.

    Parameters
    ----------
    name : str
        Name of the cell: lower-case letters and digits, beginning with a letter; no device of
        Windows, such as ``con``.
    factory : callable
        Makes the layer for K inputs and L units: a ``NeuronLayer`` of ``Dense`` synapses and
        your neurons.

    Raises
    ------
    InputError
        If the name is taken or has other characters, or ``factory`` cannot be called.

    Notes
    -----
    Only the process that registers the cell knows it. The command line imports your file with
    ``--plugin``.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.register_cell("rectified", lambda K, L: lr.DenseLIAF(K, L, act="relu"))
    >>> lr.BabiNetwork(22, "rectified").count_params()
    17622
    """
    where = "register_cell"
    if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9]*", name):
        reason = f"expected lower-case letters and digits, got {short_repr(name)}"
        raise InputError.for_argument("name", where, reason)
    if not is_file_name(name):
        reason = f"expected a name that a folder can have on Windows, got {name!r}"
        raise InputError.for_argument("name", where, reason)
    if name in CELL_FACTORIES:
        reason = f"expected a new name, got {name!r}; registered: {', '.join(CELL_FACTORIES)}"
        raise InputError.for_argument("name", where, reason)
    check_callable("factory", factory, where, "a function of K and L")
    CELL_FACTORIES[name] = lambda K, L, act, spike: factory(K, L)


def check_cell(cell: object) -> str:
    """Reject a cell that is not registered, and explain how to register one."""
    if not isinstance(cell, str) or cell not in CELL_FACTORIES:
        known = ", ".join(CELL_FACTORIES)
        how = "add your own with register_cell, or with --plugin FILE.py on the command line"
        reason = f"expected one of {known}, got {describe_value(cell)}; {how}"
        raise InputError.for_argument("cell", "Fig. 5", reason)
    return cell


def check_cell_options(cell: str, cell_options: object, where: str) -> CellOptions:
    """Refuse an option that the cell does not have; its layer checks the values."""
    expected = "CellOptions"
    found = check_instance("cell_options", cell_options, CellOptions, where, expected)
    for name, value in found.given().items():
        cells = tuple(each for each, names in OPTIONS_BY_CELL.items() if name in names)
        check_cell_has(name, value, cell, cells, where)
    return found


SPIKING_CELLS = tuple(cell for cell, names in OPTIONS_BY_CELL.items() if names == NEURON_OPTIONS)
QA1_STORY_LENGTH, QA1_QUERY_LENGTH = 66, 4  # longest of QA1


def resolve_spike(cell: str, spike: Pair | None, where: str) -> Pair:
    """The spike of a network's neurons, the paper's if none is given."""
    if spike is None:
        return paper(0.5)
    check_cell_has("spike", spike, cell, SPIKING_CELLS, where)
    check_spike("spike", spike)
    return spike


def check_cell_has(name: str, value: object, cell: str, cells: tuple[str, ...], where: str) -> None:
    """Refuse an option that only other cells have."""
    if cell not in cells:
        those = f"{' and '.join(cells)} {'has' if len(cells) == 1 else 'have'}"
        reason = f"expected no value for the cell {cell}, only {those} one"
        raise InputError.for_argument(name, where, f"{reason}; got {short_text(value)}")
