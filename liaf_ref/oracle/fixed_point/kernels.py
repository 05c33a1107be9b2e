"""The kernels of a table in fixed point: what an equation gives is exact, then stored as words.

A number that has a name in the equations is stored once: the synaptic input, U, R, V, Y, and each
gradient of them.  Sums and products inside an equation are exact, as in a wide accumulator.  A
parameter's gradient is the exact sum over steps and samples, stored once.  A spike is a bit.
"""

from collections.abc import Callable
from typing import Any

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.conventions.convention import NodeKernels, replace_functions
from liaf_ref.oracle.conventions.neuron import Neuron
from liaf_ref.oracle.fixed_point.words import Words
from liaf_ref.oracle.no_rounding import (
    FIELDS,
    AveragePool,
    lift,
    map_arrays,
    run_without_rounding,
)
from liaf_ref.oracle.reference import KernelTable

Store = Callable[[Array], Array]
STORED_LINES = ("U", "R", "V", "Y", "dA", "dR", "dF", "dx", "dU", "dI", "carry", "dV0")
STORED_KERNELS = ("dense", "embedding", "conv", "readout", "average_pool")
BITS = 53  # of float64, in which sums and products are exact


def fixed_point_kernels(words: Words, kernels: Any) -> Any:
    """A table of kernels whose results are stored as words; one of other words stays."""
    if isinstance(kernels, NodeKernels):
        given, changed = (fixed_point_kernels(words, k) for k in (kernels.given, kernels.changed))
        return kernels._replace(given=given, changed=changed)
    is_stored = hasattr(kernels.dense, "is_stored")
    return kernels if is_stored else _stored_table(words.store, kernels)


def fixed_point_answer(case: Case, words: Words, kernels: KernelTable) -> dict[str, Array]:
    """The answer in fixed point; :class:`InexactError` where float64 may not be exact."""

    def store(x: Array) -> Array:
        return lift(words.store(lift(x).real)) if x.dtype == FIELDS else words.store(x)

    exact = kernels._replace(average_pool=AveragePool())
    return run_without_rounding(case, BITS, 0.0, _stored_table(store, exact))


def _stored_table(store: Store, kernels: KernelTable) -> KernelTable:
    stored: dict[str, Any] = {
        name: _stored_kernel(store, getattr(kernels, name)) for name in STORED_KERNELS
    }
    return kernels._replace(
        neuron=_stored_neuron(store, kernels.neuron),
        max_pool=lambda options: _stored_kernel(store, kernels.max_pool(options)),
        **stored,
    )


def _stored_neuron(store: Store, neuron: Neuron) -> Neuron:
    equations = neuron.equations
    lines = {name: _stored(store, getattr(equations, name)) for name in STORED_LINES}
    return neuron.replace(**lines, collect=_stored(store, equations.collect))


def _stored(store: Store, function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: map_arrays(store, function(*arguments))


def _stored_kernel(store: Store, kernel: Any) -> Any:
    """A kernel whose outputs and gradients are stored; its tape is what it has read."""
    functions = {n: getattr(kernel, n) for n in dir(kernel) if not n.startswith("_")}
    forward = {n: _stored_output(store, f) for n, f in functions.items() if "forward" in n}
    backward = {n: _stored(store, f) for n, f in functions.items() if "backward" in n}
    return replace_functions(kernel, **forward, **backward, is_stored=lambda: True)


def _stored_output(store: Store, function: Callable[..., Any]) -> Callable[..., Any]:
    def forward(*arguments: Any) -> Any:
        result = function(*arguments)
        return (store(result[0]), *result[1:]) if isinstance(result, tuple) else store(result)

    return forward
