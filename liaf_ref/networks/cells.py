"""The temporal layers of Fig. 5, and how long its sequences are in the paper's first task."""

from collections.abc import Callable
from typing import Any

from liaf_ref._core.declared import Declared, declarations, not_default
from liaf_ref._core.errors import InputError, unexpected
from liaf_ref._core.text import short_text
from liaf_ref._core.validation import check_callable, check_new_name
from liaf_ref.layers import Dense, Driven, ElmanCell, GRUCell, LSTMCell, Neuron, neurons_on
from liaf_ref.layers.cells import Cell, ForgetBias, GateActivation, Weights

QA1_STORY_LENGTH, QA1_QUERY_LENGTH = 66, 4  # longest of QA1
SPIKING_CELLS = ("liaf", "lif")
RECURRENT_CELLS: dict[str, type[Cell]] = {"rnn": ElmanCell, "lstm": LSTMCell, "gru": GRUCell}
BABI_NEURON = Neuron(mode="NTR")  # Section VI-A
NOT_OF_LIF = ("act", "mode", "graded")


class Recurrent(Declared, kw_only=True):
    """Options of the recurrent cells of Fig. 5, which the paper does not print.

    Parameters
    ----------
    @options

    Raises
    ------
    InputError
        If an argument is invalid.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.networks import Recurrent
    >>> lr.BabiNetwork(22, "lstm", recurrent=Recurrent(forget_bias=0.5)).temporal_layer
    LSTM(50, 100, forget_bias=0.5)
    """

    recurrent_initializer: Weights = "orthogonal"
    recurrent_activation: GateActivation = "sigmoid"
    forget_bias: ForgetBias = 1.0


Factory = Callable[[int, int, Neuron, Recurrent], Driven]


def _recurrent(cell: type[Cell]) -> Factory:
    def make(K: int, L: int, neuron: Neuron, recurrent: Recurrent) -> Driven:
        dynamics = cell(L, **not_default(recurrent))
        return Driven(Dense(K, dynamics.in_shape[-1]), dynamics)

    return make


CELL_FACTORIES: dict[str, Factory] = {
    "liaf": lambda K, L, neuron, _: neurons_on(Dense(K, L), neuron),
    "lif": lambda K, L, neuron, _: neurons_on(Dense(K, L), neuron.as_lif()),
    **{name: _recurrent(cell) for name, cell in RECURRENT_CELLS.items()},
}


def register_cell(name: str, factory: Callable[[int, int], Driven]) -> None:
    """Register your own temporal layer as a cell of the bAbI network and of ``run babi``.

    Parameters
    ----------
    name : str
        Name of the cell: lower-case letters and digits, beginning with a letter; no device of
        Windows, such as ``con``.
    factory : callable
        Makes the layer for K inputs and L units: :class:`liaf_ref.Driven` of ``Dense`` synapses
        and your neurons.

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
    name = check_new_name(name, CELL_FACTORIES, "a-z0-9", where)
    check_callable("factory", factory, where, "a function of K and L")
    CELL_FACTORIES[name] = lambda K, L, neuron, recurrent: factory(K, L)


def check_cell(cell: object) -> str:
    """Reject a cell that is not registered, and explain how to register one."""
    if not isinstance(cell, str) or cell not in CELL_FACTORIES:
        known = ", ".join(CELL_FACTORIES)
        how = "add your own with register_cell, or with --plugin FILE.py on the command line"
        raise unexpected("cell", cell, "Fig. 5", f"one of {known}", f"; {how}")
    return cell


def check_cell_options(cell: str, neuron: Neuron | None, recurrent: Recurrent, where: str) -> None:
    """Refuse an option that the cell does not have."""
    if neuron is not None:
        check_neuron(cell, neuron, BABI_NEURON if cell == "liaf" else Neuron(), where)
    if cell == "liaf" and neuron is not None and neuron.mode != "NTR":
        reason = f"expected NTR for the cell liaf, Section VI-A, got {neuron.mode}"
        raise InputError.for_argument("mode", where, reason)
    for name, value in not_default(recurrent).items():
        check_cell_has(name, value, cell, cells_with(name), where)


def cells_with(name: str) -> tuple[str, ...]:
    """The cells that have an option."""
    if hasattr(Neuron, name):
        return SPIKING_CELLS
    return tuple(key for key, each in RECURRENT_CELLS.items() if hasattr(each, name))


def check_neuron(cell: str, neuron: Neuron, default: Neuron, where: str) -> None:
    """Refuse an option of the neurons that the cell does not have, with the reason."""
    for each in declarations(Neuron):
        value = getattr(neuron, each.name)
        if value == getattr(default, each.name):
            continue
        if cell == "lif" and each.name in NOT_OF_LIF and not neuron.is_lif:
            reason = "the activation of LIF is its spike, Section II-C (1)"
            expected = f"expected no value for the cell lif, got {short_text(value)}: {reason}"
            raise InputError.for_argument(each.name, where, expected)
        check_cell_has(each.name, value, cell, SPIKING_CELLS, where)
    if cell == "liaf" and neuron.is_lif:
        raise InputError.for_argument("act", where, "expected an activation, got the spike of LIF")


def check_cell_has(name: str, value: Any, cell: str, cells: tuple[str, ...], where: str) -> None:
    """Refuse an option that only other cells have."""
    if cell not in cells:
        those = f"{' and '.join(cells)} {'has' if len(cells) == 1 else 'have'}"
        reason = f"expected no value for the cell {cell}, only {those} one"
        raise InputError.for_argument(name, where, f"{reason}; got {short_text(value)}")
