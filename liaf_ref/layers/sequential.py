"""Layers one after the other, and with gradient checkpointing: less memory, the same gradients."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import accumulate, pairwise
from math import prod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, TypeVar

from liaf_ref._core.kinds import Kind, RefusedError
from liaf_ref._core.validation import check_instance, check_mapping
from liaf_ref.kernels.array import Array
from liaf_ref.layers.driven import Driven
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.layer import Layer, Param
from liaf_ref.layers.synapses import Conv2D
from liaf_ref.layers.types import Arrays, Grads, Params, Pass, Shape, State, SymbolicShape

A = TypeVar("A")  # an array, its name or its shape
MIN_SAVED_COST = 128  # fewest products of a number that is saved
MAX_SAVED_SHARE = 0.47  # of the numbers in the tape of a Sequential; with the rest, half of it


class NamedLayer(NamedTuple):
    """A layer under the prefix of its parameters.

    Parameters
    ----------
    name : str
        Prefix of the layer's parameters.
    layer : Layer
        The layer.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.layers import NamedLayer
    >>> sorted(lr.Sequential([NamedLayer("fc", lr.Dense(4, 2))]).param_shapes())
    ['fc.W', 'fc.b']
    """

    name: str
    layer: Layer


def _accept_layers(value: Any) -> tuple[NamedLayer, ...]:
    """Layers, or (name, layer) pairs; a layer without a name is called after its constructor."""
    if not isinstance(value, list | tuple) or not value:
        raise RefusedError
    named, counts = [], Counter[str]()
    for item in value:
        if isinstance(item, Layer):
            kind = item.constructor.lower()
            counts[kind] += 1
            named.append(NamedLayer(f"{kind}{counts[kind]}", item))
        elif isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], Layer):
            named.append(NamedLayer(*item))
        else:
            raise RefusedError
    names = [name for name, _ in named]
    words = all(isinstance(name, str) and name and "." not in name for name in names)
    if not words or len(set(names)) < len(names):
        raise RefusedError
    return tuple(named)


LAYERS = Kind(
    "a list of layers, such as [layer1, layer2], or of (name, layer) pairs with different names "
    "without a dot",
    _accept_layers,
    ((), 1, None, [1], [("a.b", Layer())], [("a", Layer())] * 2),
)


class Sequential(Layer):
    """Layers one after the other, as one layer.

    Parameters
    ----------
    layers : list of Layer, or of (name, Layer) pairs
        First to last. A layer without a name gets its class in lower case and a number, such
        as ``dense1``. The parameters, states and buffers of a layer have its name as prefix:
        ``dense1.W``.

    Raises
    ------
    InputError
        If there is no layer, a name is empty, has a dot or occurs twice, or two layers do not
        fit together.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> net = lr.Sequential([lr.DenseLIAF(4, 8), lr.Dense(8, 2)])
    >>> net
    Sequential([('denseliaf1', DenseLIAF(4, 8)), ('dense1', Dense(8, 2))])
    >>> params = net.init(0)
    >>> params["dense1.W"].shape
    (8, 2)
    >>> Y, state, tape = net(params, np.ones((3, 5, 4)))
    >>> dX, d_state, grads = net.backward(np.ones_like(Y), tape)
    >>> grads["denseliaf1.W"].shape
    (4, 8)
    """

    equation: ClassVar[str] = "Section II-D"
    layers: Annotated[tuple[NamedLayer, ...], LAYERS]

    if TYPE_CHECKING:

        def __init__(self, layers: Iterable[Layer | tuple[str, Layer]]) -> None: ...

    def check_together(self) -> None:
        """Each layer has to fit on the one before."""
        for (_, below), (name, above) in pairwise(self.layers):
            if below.out_shape != above.in_shape:
                given = f"{above.label}, with inputs of shape {above.in_shape}"
                expected = f"expected a layer with inputs of shape {below.out_shape}"
                raise self.refuse(name, f"{expected}, got {given}")

    def arguments(self) -> Iterator[str]:
        """The layers as pairs."""
        yield f"[{', '.join(f'({name!r}, {layer!r})' for name, layer in self.layers)}]"

    @property
    def label(self) -> str:
        """Name in error messages."""
        return self.where()

    @property
    def in_shape(self) -> Shape:
        """That of the first layer."""
        return self.layers[0].layer.in_shape

    @property
    def out_shape(self) -> Shape:
        """That of the last layer."""
        return self.layers[-1].layer.out_shape

    def params(self) -> dict[str, Param]:
        """Those of each layer under its name, such as ``conv1.W``."""
        return merge((name, layer.params()) for name, layer in self.layers)

    def buffer_shapes(self) -> dict[str, SymbolicShape]:
        """Masks and running statistics, such as ``drop1.M``."""
        return merge((name, layer.buffer_shapes()) for name, layer in self.layers)

    def state_shapes(self) -> tuple[Shape, ...]:
        """Those of the layers, one after the other."""
        return tuple(shape for _, layer in self.layers for shape in layer.state_shapes())

    @cached_property
    def stages(self) -> tuple[NamedLayer, ...]:
        """The layers; synapses and what they drive are two, under one name."""
        return tuple(stage for layer in self.layers for stage in _split(*layer))

    def iter_stages(
        self, p: Arrays, X: Array, kernels: KernelSet, first: int = 0
    ) -> Iterator["StagePass"]:
        """Run one stage after the other from a stage on, from a state of zeros."""
        by_layer, zeros = group_by_prefix(p), self.zeros(len(X), X.dtype)
        for number, (name, layer) in list(enumerate(self.stages))[first:]:
            Y, end, saved = layer.run(by_layer[name], X, zeros[self.places[number]], kernels)
            yield StagePass(name, layer, X, Y, end, saved)
            X = Y

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        by_layer, kept, ends, Y = group_by_prefix(p), [], State(), X
        for number, (name, layer) in enumerate(self.stages):
            Y, end, saved = layer.run(by_layer[name], Y, state[self.places[number]], kernels)
            kept.append(self.keep(number, Y, saved))
            ends += end
        return Y, ends, ChainPass(by_layer, X, tuple(kept), Y.shape[1])

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        return self._back(dY, d_state, saved, kernels, of_input=True)

    def back_params(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Params:
        """Differentiate in the parameters alone: not in the input of the first layer."""
        return self._back(dY, d_state, saved, kernels, of_input=False)[2]

    def _back(
        self, dY: Array, d_state: State, saved: Any, kernels: KernelSet, *, of_input: bool
    ) -> Grads:
        grads, firsts = Params(), State()
        tapes = self.saved_backwards(saved, kernels)
        for number in reversed(range(len(self.stages))):
            (name, layer), tape = self.stages[number], next(tapes)
            d_last = d_state[self.places[number]]
            if number or of_input:
                dY, first, here = layer.back(dY, d_last, tape, kernels)
                firsts = (*first, *firsts)
            else:
                here = layer.back_params(dY, d_last, tape, kernels)
            grads = merge([(name, here)]) | grads
        return dY, firsts, grads

    def keep(self, number: int, Y: Array, saved: Any) -> Any:
        """What is kept of a stage's pass."""
        return saved

    def saved_backwards(self, saved: "ChainPass", kernels: KernelSet) -> Iterator[Any]:
        """What each stage saved, last first."""
        return iter(saved.kept[::-1])

    @cached_property
    def places(self) -> list[slice]:
        """Where each stage has its part of the state."""
        sizes = (len(layer.state_shapes()) for _, layer in self.stages)
        return [slice(*ends) for ends in pairwise(accumulate(sizes, initial=0))]


class StagePass(NamedTuple):
    """The pass of one stage: input, output, last state, and what the way back reads."""

    name: str
    layer: Layer
    X: Array
    Y: Array
    last_state: State
    saved: Any


class ChainPass(NamedTuple):
    """The pass of all stages: parameters by layer, input, what is kept of each, steps put out."""

    by_layer: Mapping[str, Arrays]
    X: Array
    kept: tuple[Any, ...]
    steps: int


class Kept(NamedTuple):
    """What a layer with a state saved, and its output, unless the saved holds it."""

    # Of a costly convolution, the output alone.
    saved: Any
    Y: Array | None


class CheckpointedSequential(Sequential):
    """A :class:`Sequential` with gradient checkpointing: less memory, the same gradients.

    The tape keeps the potentials of neurons and recurrent cells. The backward pass recomputes the
    layers between them, from the output of the last layer with a state; the output of neurons
    follows from their potentials. The tape also keeps the outputs of the most expensive
    convolutions without neurons, as long as they take less than half of the tape. The gradients
    equal those of :class:`Sequential` bit for bit.

    Parameters
    ----------
    layers : list of Layer, or of (name, Layer) pairs
        As :class:`Sequential` takes them; at least one has a state.

    Raises
    ------
    InputError
        If no layer has a state, or :class:`Sequential` refuses the layers.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layers = [lr.DenseLIAF(4, 8), lr.Dense(8, 2)]
    >>> full, small = lr.Sequential(layers), lr.CheckpointedSequential(layers)
    >>> params, X = full.init(0), np.ones((3, 5, 4))
    >>> dX = [net.backward(np.ones((3, 5, 2)), net(params, X)[2])[0] for net in (full, small)]
    >>> np.array_equal(*dX)
    True
    """

    if TYPE_CHECKING:

        def __init__(self, layers: Iterable[Layer | tuple[str, Layer]]) -> None: ...

    def check_together(self) -> None:
        """There has to be a state to start from."""
        super().check_together()
        if not self.state_shapes():
            reason = "expected at least one layer with a state (neurons or recurrent), got none"
            raise self.refuse("layers", reason)

    def keep(self, number: int, Y: Array, saved: Any) -> Any:
        """What layers with a state saved, and the outputs of costly convolutions."""
        layer = self.stages[number].layer
        if number in self._kept_outputs:
            return Kept(None, Y)
        if not layer.state_shapes():
            return layer.strip(saved)
        return Kept(saved, None if layer.holds_output else Y)

    def saved_backwards(self, saved: ChainPass, kernels: KernelSet) -> Iterator[Any]:
        """What each stage saved, last first; a stretch is run again from the output before it."""
        by_layer, X, every, _ = saved
        stretch: list[NamedLayer] = []
        for stage, kept in zip(self.stages[::-1], every[::-1], strict=True):
            if isinstance(kept, Kept):
                Y = stage.layer.output_of(kept.saved, kernels) if kept.Y is None else kept.Y
                yield from _run_again(by_layer, Y, stretch[::-1], kernels)
                stretch = []
                if stage.layer.state_shapes():
                    yield kept.saved
                    continue
            stretch.append(stage)
        yield from _run_again(by_layer, X, stretch[::-1], kernels)

    @cached_property
    def _kept_outputs(self) -> set[int]:
        """Convolutions without neurons on them, the most costly first, as many as have room."""
        layers = [layer for _, layer in self.stages]
        followed = {k for k, above in enumerate(layers[1:]) if above.state_shapes()}
        room = MAX_SAVED_SHARE * sum(map(_tape_size, layers))
        room -= sum(_tape_size(layer) for layer in layers if layer.state_shapes())
        between = ((k, layer) for k, layer in enumerate(layers[:-1]) if k not in followed)
        cost = {k: layer.fan_in for k, layer in between if isinstance(layer, Conv2D)}
        found = set()
        for k in sorted(cost, key=lambda k: (-cost[k], k)):
            room -= prod(layers[k].out_shape)
            if room >= 0 and cost[k] >= MIN_SAVED_COST:
                found.add(k)
        return found


def _run_again(
    by_layer: Mapping[str, Arrays], X: Array, stages: list[NamedLayer], kernels: KernelSet
) -> list[Any]:
    """What stages without a state saved, last first."""
    found: list[Any] = []
    for name, layer in stages[:-1]:
        X, _, saved = layer.run(by_layer[name], X, (), kernels)
        found.append(saved)
    for name, layer in stages[-1:]:
        found.append(layer.save_again(by_layer[name], X, kernels))
    return found[::-1]


def _tape_size(layer: Layer) -> int:
    """Numbers of a time step in a layer's tape: potentials, or inputs of parameters."""
    if layer.state_shapes():
        return prod(layer.out_shape)
    return prod(layer.in_shape) if layer.params() else 0


def _split(name: str, layer: Layer) -> tuple[NamedLayer, ...]:
    if isinstance(layer, Driven):
        return NamedLayer(name, layer.synapse), NamedLayer(name, layer.dynamics)
    return (NamedLayer(name, layer),)


def merge(named: Iterable[tuple[str, Mapping[str, A]]]) -> dict[str, A]:
    """What several layers have, each under its name."""
    return {f"{name}.{key}": value for name, arrays in named for key, value in arrays.items()}


def group_by_prefix(arrays: Mapping[str, A]) -> Mapping[str, dict[str, A]]:
    """What every layer has, without its name; of a layer without any, nothing."""
    found: Mapping[str, dict[str, A]] = defaultdict(dict)
    for key, array in arrays.items():
        name, _, rest = key.partition(".")
        found[name][rest] = array
    return found


def check_sequential_input(
    sequential: object, params: object, X: object, where: str
) -> tuple[Params, Array]:
    """Check a :class:`Sequential`, its parameters and buffers in one mapping, and its input."""
    chain = check_instance("sequential", sequential, Sequential, where, "a Sequential")
    arrays = check_mapping("params", params, where, "arrays by name")
    expected = chain.buffer_shapes()
    trained = {name: array for name, array in arrays.items() if name not in expected}
    buffers = {name: array for name, array in arrays.items() if name in expected}
    return chain.check_inputs(trained, X, buffers, where)
