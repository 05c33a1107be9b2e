"""Layers one after the other; some of them in one pass of a fast kernel."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, TypeVar

import numpy as np

from liaf_ref._core.kinds import Kind, RefusedError
from liaf_ref._core.validation import check_instance, check_mapping
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.norm import Params as NormParams
from liaf_ref.layers.driven import Driven
from liaf_ref.layers.kernel_set import FAST, KernelSet
from liaf_ref.layers.layer import Layer, Param
from liaf_ref.layers.neurons import Neuron, Neurons
from liaf_ref.layers.norms import LayerNorm
from liaf_ref.layers.plain import Activation, AveragePool
from liaf_ref.layers.synapses import Conv2D
from liaf_ref.layers.types import Arrays, Grads, Params, Pass, Shape, State, SymbolicShape

# Options of the neurons in a block of Fig. 6 that have no say in which kernel runs it.
FREE_IN_BLOCKS = ("sharing", "mu", "v_th", "v_reset", "alpha", "beta")
MIN_BLOCK = 10_000  # neurons: with fewer, parts that run all steps at once take less time
A = TypeVar("A")  # an array, its name or its shape


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

    @cached_property
    def units(self) -> tuple["Unit", ...]:
        """The stages, each for itself."""
        return tuple(Unit(number, *stage) for number, stage in enumerate(self.stages))

    @cached_property
    def fused_units(self) -> tuple["Unit", ...]:
        """The stages, those in one where the fast kernels run several in one pass."""
        found: list[Unit] = []
        for unit in self.units:
            if not found or unit.number >= found[-1].end:
                found.append(_fuse(self.units[unit.number :], found[-1:]) or unit)
        return tuple(found)

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
        units = self.fused_units if kernels is FAST and X.dtype == np.float32 else self.units
        for unit in units:
            own, start = unit.own(by_layer), state[self.places[unit.number]]
            Y, end, saved = unit.layer.run(own, Y, start, kernels)
            kept.append(self.keep(unit.number, Y, saved))
            ends += end
        return Y, ends, ChainPass(by_layer, X, tuple(kept), Y.shape[1], units)

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
        for unit, tape in zip(saved.units[::-1], tapes, strict=True):
            d_last = d_state[self.places[unit.number]]
            if unit.number or of_input:
                dY, first, here = unit.layer.back(dY, d_last, tape, kernels)
                firsts = (*first, *firsts)
            else:
                here = unit.layer.back_params(dY, d_last, tape, kernels)
            grads = unit.named(here) | grads
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


class Unit(NamedTuple):
    """What runs in one pass: a stage, or from it on several as one layer."""

    number: int
    name: str
    layer: Layer

    @property
    def end(self) -> int:
        """Number of the stage behind."""
        return self.number + (
            len(self.layer.layers) if isinstance(self.layer, NeuronNormPool) else 1
        )

    def own(self, by_layer: Mapping[str, Arrays]) -> Arrays:
        """Parameters of its layer."""
        if isinstance(self.layer, NeuronNormPool):
            return merge((name, by_layer[name]) for name, _ in self.layer.layers)
        return by_layer[self.name]

    def named(self, grads: Params) -> Params:
        """Gradients under the names of the parameters in the whole."""
        return grads if isinstance(self.layer, NeuronNormPool) else merge([(self.name, grads)])


class ChainPass(NamedTuple):
    """The pass of all stages: parameters by layer, input, what is kept of each, steps put out."""

    by_layer: Mapping[str, Arrays]
    X: Array
    kept: tuple[Any, ...]
    steps: int
    units: tuple[Unit, ...]


def run_again(
    by_layer: Mapping[str, Arrays], X: Array, stages: Sequence[Unit], kernels: KernelSet
) -> list[Any]:
    """What stages without a state saved, last first."""
    found: list[Any] = []
    for _, name, layer in stages[:-1]:
        X, _, saved = layer.run(by_layer[name], X, (), kernels)
        found.append(saved)
    for _, name, layer in stages[-1:]:
        found.append(layer.save_again(by_layer[name], X, kernels))
    return found[::-1]


class NeuronNormPool(Sequential):
    """Neurons, layer normalization, ReLU and average pooling in one pass of a fast kernel."""

    holds_output = True
    overwrite: bool = False  # whether the neurons' outputs may take the memory of the input

    @cached_property
    def parts(self) -> tuple[Any, ...]:
        """The four layers."""
        return tuple(layer for _, layer in self.layers)

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        (neurons, norm, _, pool), by_layer = self.parts, group_by_prefix(p)
        own, scale = (by_layer[name] for name, _ in self.layers[:2])
        given = neurons.kernel_params(own), NormParams(scale["gamma"], scale["b"])
        Y, V, tape = kernels.neuron_norm_pool.forward(
            X, *state, *given, norm.eps, pool.size, self.overwrite
        )
        return Y, (V,), (by_layer, tape)

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`; part by part where V^T has a gradient."""
        (by_layer, tape), neurons = saved, self.parts[0]
        if d_state[0].any():
            Y = neurons.output_of(tape.neurons, kernels)
            rest = run_again(by_layer, Y, self.units[1:], kernels)
            kept = tape.neurons, *rest[::-1]
            return super().back(dY, d_state, ChainPass(by_layer, Y, kept, 0, self.units), kernels)
        dI, dV, *grads = kernels.neuron_norm_pool.backward(dY, tape, neurons.neuron.mu)
        names = (name for name, _ in self.layers)
        return (
            dI,
            (dV,),
            merge((name, dp._asdict()) for name, dp in zip(names, grads, strict=False)),
        )

    def output_of(self, saved: Any, kernels: KernelSet) -> Array:
        """The output again."""
        Y: Array = kernels.neuron_norm_pool.output(saved[1])
        return Y


def _fuse(units: Sequence[Unit], before: Sequence[Unit]) -> Unit | None:
    """The first stages as one, if a fast kernel runs them in one pass."""
    named = tuple(NamedLayer(name, layer) for _, name, layer in units[:4])
    match [layer for _, layer in named]:
        case [
            Neurons(neuron=neuron, shape=(H, W, L) as shape),
            LayerNorm(scale_shape=scaled),
            Activation(act="relu"),
            AveragePool(windows=((h, w) as size, stride)),
        ] if (size, scaled) == (stride, shape) and not (H % h or W % w):
            options = {name: getattr(neuron, name) for name in FREE_IN_BLOCKS}
            large = H * W * L >= MIN_BLOCK
            if large and neuron == Neuron(**options) and neuron.sharing != "non":
                owned = any(isinstance(each.layer, Conv2D) for each in before)
                return Unit(units[0].number, named[0].name, NeuronNormPool(named, owned))
    return None


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
