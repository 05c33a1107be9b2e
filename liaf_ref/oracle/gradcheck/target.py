"""The target of a gradient check: a scalar function of named arrays, and its gradient."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    check_callable,
    check_float_array,
    check_instance,
    check_mapping,
    check_positive_int,
    check_rng,
)
from liaf_ref._core.validation.containers import check_takes_one_argument
from liaf_ref.kernels import loss
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import REFERENCE, BatchNorm, Conv2D, Dense, Layer, State, Tape
from liaf_ref.networks import BabiNetwork, DVSNetwork
from liaf_ref.oracle.gradcheck.incremental_forward import (
    incremental_babi_logits,
    incremental_logits,
)

Arrays = Mapping[str, Array]
EXAMPLES = {
    "layer_target": "lambda spike: DenseLIAF(3, 4, spike=spike)",
    "network_target": 'lambda spike: BabiNetwork(22, "liaf", spike=spike)',
    "dvs_target": "lambda spike: dvs_network(MNIST_DVS, spike=spike)",
}
PARAMETER_RANGES = {
    "v_th": (0.1, 0.6),
    "v_reset": (-0.4, 0.2),
    "alpha": (0.4, 0.9),
    "beta": (-0.2, 0.2),
}


class Labels(NamedTuple):
    """What messages call the parts of a target, and how to mend what they report."""

    value: str
    gradient: str
    scalar_hint: str
    kink_hint: str


class GradcheckTarget(NamedTuple):
    """Code whose backward pass is checked, and the point at which it is checked.

    Parameters
    ----------
    value : callable
        ``value(arrays, spike)`` returns a scalar. It must pass any kind of number through to
        the result (no ``float()``, no buffers of a fixed dtype), and take every spike from
        the :class:`liaf_ref.Pair` it is given: ``spike.value(U - v_th)``.
    gradient : callable
        ``gradient(arrays, spike)`` returns the gradient of the value by name, by the code whose
        backward pass is in question; ``spike.slope(U - v_th)`` is the derivative of a spike.
    point : mapping of str to ndarray
        The point at which the gradient is checked, in float64.
    incremental_value : callable, optional
        ``incremental_value(name, arrays, spike)`` returns a function of no arguments, which
        gives the value for the current contents of ``arrays``; of these only the array
        ``name`` changes between calls. It saves the recomputation of everything before it.

    See Also
    --------
    liaf_ref.oracle.layer_target : Make one of a layer.
    liaf_ref.gradcheck : Check it.

    Examples
    --------
    Spikes of inputs ``x``, weighted by ``w``:

    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import GradcheckTarget
    >>> def value(arrays, spike):
    ...     return (arrays["w"] * spike.value(arrays["x"])).sum()
    >>> def gradient(arrays, spike):
    ...     w, x = arrays["w"], arrays["x"]
    ...     return {"w": spike.value(x), "x": w * spike.slope(x)}
    >>> point = {"w": np.array([1.5, -2.0]), "x": np.array([0.2, -0.7])}
    >>> lr.gradcheck(GradcheckTarget(value, gradient, point)).passed
    True
    """

    value: Callable[[Arrays, Pair], Array]
    gradient: Callable[[Arrays, Pair], Arrays]
    point: Arrays
    incremental_value: Callable[[str, Arrays, Pair], Callable[[], Array]] | None = None

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {np.shape(array)}" for name, array in self.point.items())
        return f"GradcheckTarget at {shapes}"

    @property
    def _labels(self) -> Labels:
        """What messages call its parts."""
        return Labels(
            "target.value",
            "target.gradient",
            "return a weighted sum of it, and its gradient",
            "use another point, or mode complex or dual, which do not perturb inputs",
        )

    def value_closure(self, name: str, arrays: Arrays, spike: Pair) -> Callable[[], Array]:
        """The value while one array is changed in place, and the others are not.

        Parameters
        ----------
        name : str
            The array that is changed.
        arrays : mapping of str to ndarray
            A copy of the point; the array is changed in it.
        spike : Pair
            What the value takes every spike from.

        Returns
        -------
        callable
            Without arguments: the value for the current contents of ``arrays``.

        Examples
        --------
        >>> import numpy as np
        >>> from liaf_ref import spike
        >>> from liaf_ref.oracle import GradcheckTarget
        >>> target = GradcheckTarget(
        ...     lambda a, _: a["x"].sum(), lambda a, _: {"x": np.ones(2)}, {"x": np.ones(2)}
        ... )
        >>> arrays = {"x": np.ones(2)}
        >>> value = target.value_closure("x", arrays, spike.paper(0.5))
        >>> arrays["x"][0] = 5.0
        >>> float(value())
        6.0
        """
        if self.incremental_value is None:
            return partial(self.value, arrays, spike)
        return self.incremental_value(name, arrays, spike)


def check_target(target: GradcheckTarget) -> None:
    """Refuse a target whose parts cannot be called, or whose point is not of float64."""
    for name in ("value", "gradient"):
        check_callable(f"target.{name}", getattr(target, name), "gradcheck", "a function")
    point = check_mapping("target.point", target.point, "gradcheck", "a dict of arrays")
    if not point:
        raise InputError("target.point: expected at least one array, got none")
    for name, array in point.items():
        if not isinstance(array, np.ndarray) or array.dtype != np.float64:
            actual = getattr(array, "dtype", type(array).__name__)
            raise InputError(
                f"target.point[{name}]: expected a float64 array, got {actual}; "
                "in lower precision rounding hides derivative errors"
            )
        check_float_array(f"target.point[{name}]", array, array.shape, "gradcheck")


def layer_target(
    make: Callable[[Pair], Layer], rng: np.random.Generator | int, B: int = 2, T: int = 5
) -> GradcheckTarget:
    """Make a target of a layer, under a loss that is linear in its output and last state.

    Parameters
    ----------
    make : callable
        ``make(spike)`` returns the layer with that spike; a layer without neurons ignores it.
    rng : numpy.random.Generator or int
        Generator, or its seed, of the inputs, states, parameters and weights of the loss.
    B : int
        Batch size.
    T : int
        Number of time steps.

    Returns
    -------
    GradcheckTarget
        Its point has the input ``X``, the initial states ``state0``, ... and the parameters.

    Raises
    ------
    InputError
        If an argument is invalid, or ``make`` returns anything but a layer.

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
    layer, rng = _make_checked(make, rng, Layer, "layer_target", B=B, T=T)
    at = {"X": rng.normal(0.3, 0.8, (B, T, *layer.in_shape))}
    start = layer.initial_state(B, np.float64)
    states = [f"state{k}" for k in range(len(start))]
    at |= {name: rng.normal(0.1, 0.5, s.shape) for name, s in zip(states, start, strict=True)}
    at |= _draw_parameters(layer.init(rng, np.float64), rng)

    def run(arrays: Arrays, spike: Pair) -> tuple[Layer, Array, State, Tape]:
        made = make(spike)
        state = tuple(arrays[name] for name in states)
        return made, *made._forward(arrays, arrays["X"], state, REFERENCE)

    _, Y, state, _ = run(at, paper(0.5))
    dY, d_state = rng.normal(size=Y.shape), tuple(rng.normal(size=s.shape) for s in state)

    def value(arrays: Arrays, spike: Pair) -> Array:
        _, Y, state, _ = run(arrays, spike)
        parts = zip((Y, *state), (dY, *d_state), strict=True)
        total: Array = sum((part * d).sum() for part, d in parts)
        return total

    def gradient(arrays: Arrays, spike: Pair) -> Arrays:
        made, _, _, tape = run(arrays, spike)
        dX, first, grads = made._backward(dY, d_state, tape)
        return {"X": dX, **dict(zip(states, first, strict=True)), **grads}

    return GradcheckTarget(value, gradient, at)


def network_target(
    make: Callable[[Pair], BabiNetwork], rng: np.random.Generator | int, B: int = 2, T: int = 5
) -> GradcheckTarget:
    """Make a target of a bAbI network under its loss, softmax with cross-entropy."""
    network, rng = _make_checked(make, rng, BabiNetwork, "network_target", B=B, T=T)
    story, query = (rng.integers(0, network.vocab_size, (B, n)) for n in (T, 3))
    answer = rng.integers(0, network.vocab_size, B)

    def value(arrays: Arrays, spike: Pair) -> Array:
        logits, _ = make(spike)._forward(arrays, story, query, REFERENCE)
        return loss.forward(logits, answer)[0]

    def along(name: str, arrays: Arrays, spike: Pair) -> Callable[[], Array]:
        logits = incremental_babi_logits(make(spike), name, arrays, story, query)
        return lambda: loss.forward(logits(), answer)[0]

    def gradient(arrays: Arrays, spike: Pair) -> Arrays:
        made = make(spike)
        logits, tape = made._forward(arrays, story, query, REFERENCE)
        dlogits = loss.backward(np.ones(()), loss.forward(logits, answer)[1])
        return made._backward(dlogits, tape)

    return GradcheckTarget(
        value, gradient, _draw_parameters(network.init(rng, np.float64), rng), along
    )


def dvs_target(
    make: Callable[[Pair], DVSNetwork], rng: np.random.Generator | int, B: int = 2
) -> GradcheckTarget:
    """Make a target of a network on images under its own loss, with fixed dropout masks."""
    network, rng = _make_checked(make, rng, DVSNetwork, "dvs_target", B=B)
    frames = rng.normal(size=(B, network.steps, *network.network_config.shape))
    labels = rng.integers(0, network.network_config.num_classes, B)
    drawn = _draw_parameters(network.init(rng, np.float64), rng)
    idle = _unused_biases(network)
    fixed = {name: drawn.pop(name) for name in idle} | network.draw_masks(rng, B, np.float64)

    def value(arrays: Arrays, spike: Pair) -> Array:
        made = make(spike)
        logits, _ = made._forward(arrays, frames, fixed, kernel_set=REFERENCE)
        total: Array = made.loss.forward(logits, labels)[0]
        return total

    def along(name: str, arrays: Arrays, spike: Pair) -> Callable[[], Array]:
        made = make(spike)
        logits = incremental_logits(made, name, {**arrays, **fixed}, frames)
        return lambda: np.asarray(made.loss.forward(logits(), labels)[0])

    def gradient(arrays: Arrays, spike: Pair) -> Arrays:
        made = make(spike)
        logits, tape = made._forward(arrays, frames, fixed, kernel_set=REFERENCE)
        _, loss_tape = made.loss.forward(logits, labels)
        grads = made._backward(made.loss.backward(np.ones(()), loss_tape), tape)
        return {name: grad for name, grad in grads.items() if name not in idle}

    return GradcheckTarget(value, gradient, drawn, along)


def _make_checked(
    make: object, rng: object, kind: Any, where: str, **sizes: object
) -> tuple[Any, np.random.Generator]:
    """Build with a spike, after a check of all arguments of a target function."""
    generator = check_rng("rng", rng, where)
    for name, size in sizes.items():
        check_positive_int(name, size, where)
    expected = f"a function from a spike to a {kind.__name__}, such as {EXAMPLES[where]}"
    call = check_callable("make", make, where, expected)
    check_takes_one_argument("make", call, where, "make(spike)", f"; write {EXAMPLES[where]}")
    spike = paper(0.375)  # the default is another
    found = check_instance("make", call(spike), kind, where, expected)
    neurons = found.neurons if isinstance(found, Layer) else None
    if neurons is not None and neurons.spike != spike:
        reason = f"expected a layer with the spike it is given, such as {EXAMPLES[where]}"
        raise InputError.for_argument("make", where, f"{reason}, got {found!r} for every spike")
    return found, generator


def _unused_biases(network: DVSNetwork) -> list[str]:
    """Biases right before a batch normalisation."""
    return [
        f"{name}.b"
        for (name, layer), (_, above) in pairwise(network.sequential.layers)
        if isinstance(layer, Conv2D | Dense) and isinstance(above, BatchNorm)
    ]


def _draw_parameters(params: Arrays, rng: np.random.Generator) -> dict[str, Array]:
    """Parameters of the given shapes, none of them zero, neurons that spike now and then."""
    drawn = {}
    for name, array in params.items():
        ends = PARAMETER_RANGES.get(name.rpartition(".")[2])
        drawn[name] = rng.uniform(*ends, array.shape) if ends else rng.normal(0.0, 0.7, array.shape)
    return drawn
