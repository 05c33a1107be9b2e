"""The target of a gradient check: a scalar function of named arrays, and its gradient."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core import validation
from liaf_ref._core.errors import InputError, unexpected
from liaf_ref._core.text import describe_value
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import REFERENCE, Layer, State
from liaf_ref.layers.driven import neurons_of
from liaf_ref.layers.types import Arrays
from liaf_ref.networks import Network


class GradcheckTarget(NamedTuple):
    """A function with spikes, its gradient, and the point of the check.

    Parameters
    ----------
    value : callable
        ``value(arrays, spike)`` returns a scalar. It must accept complex numbers (no
        ``float()``, no buffers of a fixed dtype), and compute every spike with the
        :class:`liaf_ref.Pair` in its argument: ``spike.value(U - v_th)``.
    gradient : callable
        ``gradient(arrays, spike)`` returns the gradient of the value by array name. This is the
        code under check. It uses ``spike.slope(U - v_th)`` as the derivative of a spike.
    point : mapping of str to ndarray
        The point of the check, in float64.
    incremental_value : callable, optional
        A faster value for large networks. ``incremental_value(name, arrays, spike)`` returns a
        function without arguments, which computes the value for the current contents of
        ``arrays``. Only the array ``name`` changes between calls, so everything before it is
        computed once.

    See Also
    --------
    liaf_ref.oracle.layer_target : Make a target of a layer.
    liaf_ref.gradcheck : Check a target.

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


def check_target(target: GradcheckTarget) -> GradcheckTarget:
    """Refuse a target whose parts cannot be called, or whose point is not of float64."""
    for name, call in (("value", target.value), ("gradient", target.gradient)):
        validation.check_callable(f"target.{name}", call, "gradcheck", "a function")
    point = validation.check_mapping("target.point", target.point, "gradcheck", "a dict of arrays")
    if not point:
        raise unexpected("target.point", point, "gradcheck", "at least one array")
    for name, array in point.items():
        label = f"target.point[{name}]"
        if getattr(array, "dtype", None) != np.float64:  # lower precision hides derivative errors
            raise unexpected(label, array, "gradcheck", "a float64 array")
        validation.check_float_array(label, array, array.shape, "gradcheck")
    return target


EXPECTED_ARRAY = "an array such as np.array([1.0, 2.0]), or a tuple or dict of arrays"


def function_target(f: Any, x: Any, grad: Any) -> GradcheckTarget:
    """Make a target of ``gradcheck``'s arguments."""
    if isinstance(f, Layer | Network):
        reason = "expected a function of x or a GradcheckTarget"
        hint = "make one of a layer with liaf_ref.oracle.layer_target"
        raise InputError.for_argument("f", "gradcheck", f"{reason}, got {f!r}; {hint}")
    point = {name: _float64(name, value) for name, value in _named(x).items()}
    if not point:
        raise unexpected("x", x, "gradcheck", "at least one array")
    hint = "; take one tuple, as in lambda x: f(*x)" if isinstance(x, tuple) else ""
    for name, function in (("f", f), ("grad", grad))[: 1 + (grad is not None)]:
        expected = "a function of x, or a GradcheckTarget"
        call = validation.check_callable(name, function, "gradcheck", expected)
        validation.check_takes_one_argument(name, call, "gradcheck", f"{name}(x)", hint)

    def like(arrays: Arrays) -> Any:
        """Arrays in the form of x."""
        if isinstance(x, Mapping):
            return {key: arrays[str(key)] for key in x}
        return tuple(arrays.values()) if isinstance(x, tuple) else arrays["x"]

    def both(at: Any) -> Any:
        """What a function returns that is its own gradient, too."""
        found = f(at)
        if isinstance(found, tuple) and len(found) == 2:
            return found
        raise unexpected("f", found, "gradcheck", "a tuple (value, gradient), as there is no grad")

    value, slope = (lambda at: both(at)[0], lambda at: both(at)[1]) if grad is None else (f, grad)

    def gradient(arrays: Arrays, _: Pair) -> Arrays:
        found = slope(like(arrays))
        several = isinstance(x, tuple) and isinstance(found, list)
        named = _named(tuple(found) if several else found)
        if named.keys() != point.keys():
            raise unexpected("grad", found, "gradcheck", f"the form of x, {describe_value(x)}")
        return named

    return GradcheckTarget(lambda arrays, _: value(like(arrays)), gradient, point)


def _named(x: Any) -> dict[str, Any]:
    """The arrays of x by their names."""
    if isinstance(x, Mapping):
        return {str(key): value for key, value in x.items()}
    return {f"x[{k}]": value for k, value in enumerate(x)} if isinstance(x, tuple) else {"x": x}


def _float64(name: str, value: Any) -> Array:
    array = validation.as_array(name, value, "gradcheck", EXPECTED_ARRAY)
    if array.dtype.kind not in "fiu" or not array.size:
        raise unexpected(name, value, "gradcheck", "an array of at least one real number")
    return validation.check_float_array(name, np.array(array, float), array.shape, "gradcheck")


EXAMPLE = "lambda spike: DenseLIAF(3, 4, spike=spike)"
PARAMETER_RANGES = {"v_th": (0.1, 0.6), "v_reset": (-0.4, 0.2)}  # in which neurons spike
PARAMETER_RANGES |= {"alpha": (0.4, 0.9), "beta": (-0.2, 0.2)}


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
    >>> lr.gradcheck(target, mode="complex").passed
    True
    """
    rng = validation.check_rng("rng", rng, "layer_target")
    validation.check_positive_int("B", B, "layer_target")
    validation.check_positive_int("T", T, "layer_target")
    layer = _checked_layer(make)
    at = {"X": rng.normal(0.3, 0.8, (B, T, *layer.in_shape))}
    start = layer.initial_state(B, np.float64)
    states = [f"state{k}" for k in range(len(start))]
    at |= {name: rng.normal(0.1, 0.5, s.shape) for name, s in zip(states, start, strict=True)}
    for name, array in layer.init(rng, np.float64).items():  # none of them zero
        ends = PARAMETER_RANGES.get(name.rpartition(".")[2])
        at[name] = rng.uniform(*ends, array.shape) if ends else rng.normal(0.0, 0.7, array.shape)

    def run(arrays: Arrays, spike: Pair) -> tuple[Layer, Array, State, Any]:
        made = make(spike)
        state = tuple(arrays[name] for name in states)
        return made, *made.run(arrays, arrays["X"], state, REFERENCE)

    _, Y, state, _ = run(at, paper(0.5))
    dY, d_state = rng.normal(size=Y.shape), tuple(rng.normal(size=s.shape) for s in state)

    def value(arrays: Arrays, spike: Pair) -> Array:
        _, Y, state, _ = run(arrays, spike)
        parts = zip((Y, *state), (dY, *d_state), strict=True)
        return np.asarray(sum((part * d).sum() for part, d in parts))

    def gradient(arrays: Arrays, spike: Pair) -> Arrays:
        made, _, _, saved = run(arrays, spike)
        dX, first, grads = made.back(dY, d_state, saved, REFERENCE)
        return {"X": dX, **dict(zip(states, first, strict=True)), **grads}

    return GradcheckTarget(value, gradient, at)


def _checked_layer(make: object) -> Layer:
    """Build with a spike, after a check that the function uses it."""
    where, expected = "layer_target", f"a function from a spike to a Layer, such as {EXAMPLE}"
    call = validation.check_callable("make", make, where, expected)
    validation.check_takes_one_argument("make", call, where, "make(spike)", f"; write {EXAMPLE}")
    spike = paper(0.375)  # the default is another
    kind: type[Layer] = Layer
    layer = validation.check_instance("make", call(spike), kind, where, expected)
    neurons = neurons_of(layer)
    if neurons is not None and neurons.neuron.spike_pair != spike:
        reason = f"expected a layer with the spike it is given, such as {EXAMPLE}"
        raise InputError.for_argument("make", where, f"{reason}, got {layer!r} for every spike")
    return layer
