"""The package's own layers and networks as gradcheck targets."""

from collections.abc import Callable, Mapping
from itertools import islice, pairwise
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
from liaf_ref.kernels import loss
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import REFERENCE, BatchNorm, Conv2D, Dense, Layer, State
from liaf_ref.layers.driven import neurons_of
from liaf_ref.layers.sequential import add_prefix, strip_prefix
from liaf_ref.networks import BabiNetwork, SequenceClassifier
from liaf_ref.oracle.gradcheck.target import Arrays, GradcheckTarget

EXAMPLES = {
    "layer_target": "lambda spike: DenseLIAF(3, 4, spike=spike)",
    "network_target": 'lambda spike: BabiNetwork(22, "liaf", neuron=Neuron(spike=spike))',
    "dvs_target": "lambda spike: dvs_network(MNIST_DVS, neuron=Neuron(spike=spike))",
}
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
    layer, rng = _make_checked(make, rng, Layer, "layer_target", B=B, T=T)
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


def network_target(
    make: Callable[[Pair], BabiNetwork], rng: np.random.Generator | int, B: int = 2, T: int = 5
) -> GradcheckTarget:
    """Make a target of a bAbI network under its loss, softmax with cross-entropy."""
    network, rng = _make_checked(make, rng, BabiNetwork, "network_target", B=B, T=T)
    story, query = (rng.integers(0, network.vocab_size, (B, n)) for n in (T, 3))
    answer = rng.integers(0, network.vocab_size, B)
    return _target_under_loss(
        make,
        lambda made, arrays: made.run(arrays, story, query, kernels=REFERENCE),
        lambda made, name, arrays: incremental_babi_logits(made, name, arrays, story, query),
        lambda made: loss,
        answer,
        _draw_parameters(network.init(rng, np.float64), rng),
    )


def dvs_target(
    make: Callable[[Pair], SequenceClassifier], rng: np.random.Generator | int, B: int = 2
) -> GradcheckTarget:
    """Make a target of a network on images under its own loss, with fixed dropout masks."""
    network, rng = _make_checked(make, rng, SequenceClassifier, "dvs_target", B=B)
    frames = rng.normal(size=(B, network.steps, *network.sequential.in_shape))
    labels = rng.integers(0, network.sequential.out_shape[0], B)
    drawn = _draw_parameters(network.init(rng, np.float64), rng)
    idle = _unused_biases(network)
    fixed = {name: drawn.pop(name) for name in idle} | network.draw_masks(rng, B, np.float64)
    return _target_under_loss(
        make,
        lambda made, arrays: made.run(arrays, frames, fixed, kernels=REFERENCE),
        lambda made, name, arrays: incremental_logits(made, name, {**arrays, **fixed}, frames),
        lambda made: made.loss,
        labels,
        drawn,
    )


def _target_under_loss(
    make: Callable[[Pair], Any],
    forward: Callable[[Any, Arrays], tuple[Array, Any]],
    incremental: Callable[[Any, str, Arrays], Callable[[], Array]],
    loss_of: Callable[[Any], Any],
    labels: Array,
    point: Arrays,
) -> GradcheckTarget:
    """The loss of a network's logits, and its gradient in the arrays of the point."""

    def value(arrays: Arrays, spike: Pair) -> Array:
        made = make(spike)
        return np.asarray(loss_of(made).forward(forward(made, arrays)[0], labels)[0])

    def incremental_value(name: str, arrays: Arrays, spike: Pair) -> Callable[[], Array]:
        made = make(spike)
        logits = incremental(made, name, arrays)
        return lambda: np.asarray(loss_of(made).forward(logits(), labels)[0])

    def gradient(arrays: Arrays, spike: Pair) -> Arrays:
        made = make(spike)
        logits, tape = forward(made, arrays)
        _, loss_tape = loss_of(made).forward(logits, labels)
        grads = made.back(loss_of(made).backward(np.ones(()), loss_tape), tape)
        return {name: grad for name, grad in grads.items() if name in point}

    return GradcheckTarget(value, gradient, point, incremental_value)


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
    neurons = neurons_of(found) if isinstance(found, Layer) else None
    if neurons is not None and neurons.neuron.fires != spike:
        reason = f"expected a layer with the spike it is given, such as {EXAMPLES[where]}"
        raise InputError.for_argument("make", where, f"{reason}, got {found!r} for every spike")
    return found, generator


def _unused_biases(network: SequenceClassifier) -> list[str]:
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


def incremental_logits(
    network: SequenceClassifier, name: str, arrays: Mapping[str, Array], frames: Array
) -> Callable[[], Array]:
    """A network's logits while one parameter is changed in place."""
    chain, X = network.sequential, frames
    first = next(
        index
        for index, (prefix, layer) in enumerate(chain.stages)
        if name in add_prefix(prefix, layer.shapes)
    )
    for stage in islice(chain.iter_stages(arrays, X, REFERENCE), first):
        X = stage.Y

    def logits() -> Array:
        *_, last = chain.iter_stages(arrays, X, REFERENCE, first)
        return last.Y[:, 0]

    return logits


def incremental_babi_logits(
    network: BabiNetwork, name: str, arrays: Mapping[str, Array], story: Array, query: Array
) -> Callable[[], Array]:
    """The logits of Fig. 5 while one parameter is changed in place."""
    texts = {"story": story, "query": query}
    moving = [*texts, "head"].index(name.partition(".")[0])

    def encoded(sides: list[str]) -> list[Array]:
        own = [(strip_prefix(arrays, side), texts[side]) for side in sides]
        return [network.encode(p, ids, REFERENCE)[0] for p, ids in own]

    before, after = encoded(list(texts)[:moving]), list(texts)[moving:]

    def logits() -> Array:
        joined = np.concatenate([*before, *encoded(after)], axis=-1)
        return network.head.run(strip_prefix(arrays, "head"), joined, (), REFERENCE)[0]

    return logits
