"""A layer as a target of gradcheck."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    check_callable,
    check_instance,
    check_positive_int,
    check_rng,
    check_takes_one_argument,
)
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import REFERENCE, Layer, State
from liaf_ref.layers.driven import neurons_of
from liaf_ref.oracle.gradcheck.target import Arrays, GradcheckTarget

EXAMPLE = "lambda spike: DenseLIAF(3, 4, spike=spike)"
PARAMETER_RANGES = {
    "v_th": (0.1, 0.6),
    "v_reset": (-0.4, 0.2),
    "alpha": (0.4, 0.9),
    "beta": (-0.2, 0.2),
}


def layer_target(
    make: Callable[[Pair], Layer], rng: np.random.Generator | int, B: int = 2, T: int = 5
) -> GradcheckTarget:
    """Make a :class:`GradcheckTarget` of a layer.

    The loss of the target is a random linear function of the output and the last state.

    Parameters
    ----------
    make : callable
        ``make(spike)`` returns the layer with that spike. A layer without neurons ignores it.
    rng : numpy.random.Generator or int
        Random generator, or its seed, for inputs, states, parameters and the weights of the loss.
    B : int
        Batch size.
    T : int
        Number of time steps.

    Returns
    -------
    GradcheckTarget
        A target whose point has the input ``X`` of shape (B, T, ...), the initial states
        ``state0``, ... and the parameters of the layer.

    Raises
    ------
    InputError
        If an argument is invalid, or ``make`` does not return a layer with the given spike.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import layer_target
    >>> target = layer_target(lambda spike: lr.DenseLIAF(3, 4, act="tanh", spike=spike), rng=0)
    >>> sorted(target.point)
    ['W', 'X', 'alpha', 'b', 'beta', 'state0', 'v_reset', 'v_th']
    >>> lr.gradcheck(target, mode="dual").passed
    True
    """
    rng = check_rng("rng", rng, "layer_target")
    for name, size in (("B", B), ("T", T)):
        check_positive_int(name, size, "layer_target")
    layer = _checked_layer(make)
    at = {"X": rng.normal(0.3, 0.8, (B, T, *layer.in_shape))}
    start = layer.initial_state(B, np.float64)
    states = [f"state{k}" for k in range(len(start))]
    at |= {name: rng.normal(0.1, 0.5, s.shape) for name, s in zip(states, start, strict=True)}
    at |= _draw_parameters(layer.init(rng, np.float64), rng)

    def run(arrays: Arrays, spike: Pair) -> tuple[Layer, Array, State, Any]:
        made = make(spike)
        state = tuple(arrays[name] for name in states)
        return made, *made.run(arrays, arrays["X"], state, REFERENCE)

    _, Y, state, _ = run(at, paper(0.5))
    dY, d_state = rng.normal(size=Y.shape), tuple(rng.normal(size=s.shape) for s in state)

    def value(arrays: Arrays, spike: Pair) -> Array:
        _, Y, state, _ = run(arrays, spike)
        parts = zip((Y, *state), (dY, *d_state), strict=True)
        total: Array = sum((part * d).sum() for part, d in parts)
        return total

    def gradient(arrays: Arrays, spike: Pair) -> Arrays:
        made, _, _, saved = run(arrays, spike)
        dX, first, grads = made.back(dY, d_state, saved, REFERENCE)
        return {"X": dX, **dict(zip(states, first, strict=True)), **grads}

    return GradcheckTarget(value, gradient, at)


def _checked_layer(make: object) -> Layer:
    """Build with a spike, after a check that the function uses it."""
    where, expected = "layer_target", f"a function from a spike to a Layer, such as {EXAMPLE}"
    call = check_callable("make", make, where, expected)
    check_takes_one_argument("make", call, where, "make(spike)", f"; write {EXAMPLE}")
    spike = paper(0.375)  # the default is another
    kind: type[Layer] = Layer
    layer = check_instance("make", call(spike), kind, where, expected)
    neurons = neurons_of(layer)
    if neurons is not None and neurons.neuron.fires != spike:
        reason = f"expected a layer with the spike it is given, such as {EXAMPLE}"
        raise InputError.for_argument("make", where, f"{reason}, got {layer!r} for every spike")
    return layer


def _draw_parameters(params: Arrays, rng: np.random.Generator) -> dict[str, Array]:
    """Parameters of the given shapes, none of them zero, neurons that spike now and then."""
    drawn = {}
    for name, array in params.items():
        ends = PARAMETER_RANGES.get(name.rpartition(".")[2])
        drawn[name] = rng.uniform(*ends, array.shape) if ends else rng.normal(0.0, 0.7, array.shape)
    return drawn
