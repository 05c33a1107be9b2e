"""Layers one after the other, as one layer."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_float_array, check_instance, check_mapping, check_params
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.base import Layer, State, SymbolicShape, Tape
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.neuron_layer import NeuronLayer
from liaf_ref.layers.parametrized import Params
from liaf_ref.layers.validation import check_buffers

A = TypeVar("A")  # an array, or its name


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


@dataclass(frozen=True, repr=False)
class Sequential(Layer):
    """Layers one after the other, as one layer.

    Parameters
    ----------
    layers : list of Layer, or of (name, Layer) pairs
        First to last. A layer without a name gets its class in lower case and a number, such
        as ``dense1``. The parameters, states and buffers of a layer have its name as prefix:
        ``dense1.W``.
    label : str
        Name in error messages.

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

    layers: tuple[NamedLayer, ...]
    label: str = field(  # keyword only, so that Sequential(a, b) is rejected as PyTorch's form
        default="Sequential, Section II-D", compare=False, repr=False, kw_only=True
    )

    if TYPE_CHECKING:

        def __init__(
            self, layers: Iterable[Layer | tuple[str, Layer]], *, label: str = ...
        ) -> None: ...

    def __post_init__(self) -> None:
        check_instance("label", self.label, str, "a layer", "a string")
        if not isinstance(self.layers, tuple | list) or not self.layers:
            expected = "expected a list of layers or of (name, layer) pairs"
            example = "such as Sequential([layer1, layer2])"
            reason = f"{expected}, {example}, got {describe_value(self.layers)}"
            raise InputError.for_argument("layers", self.label, reason)
        object.__setattr__(self, "layers", _name_layers(self.layers, self.label))
        for name, layer in self.layers:
            if not isinstance(name, str) or not name or "." in name:
                reason = f"expected non-empty names without a dot, got {describe_value(name)}"
                raise InputError.for_argument("layers", self.label, reason)
            check_instance(name, layer, Layer, self.label, "a layer")  # type: ignore[type-abstract]
        (name, count), *_ = Counter(name for name, _ in self.layers).most_common(1)
        if count > 1:
            reason = f"expected a different name for each layer, got {name!r} for {count} of them"
            raise InputError.for_argument("layers", self.label, reason)
        for (_, below), (name, above) in pairwise(self.layers):
            if below.out_shape != above.in_shape:
                reason = (
                    f"expected a layer with inputs of shape {below.out_shape}, "
                    f"got {above.label}, with inputs of shape {above.in_shape}"
                )
                raise InputError.for_argument(name, self.label, reason)

    def __repr__(self) -> str:
        pairs = ", ".join(f"({name!r}, {layer!r})" for name, layer in self.layers)
        return f"{type(self).__name__}([{pairs}])"

    @property
    def in_shape(self) -> Size:
        """Shape of one time step's input of one sample."""
        return self.layers[0].layer.in_shape

    @property
    def out_shape(self) -> Size:
        """Shape of one time step's output of one sample."""
        return self.layers[-1].layer.out_shape

    @cached_property
    def flat_layers(self) -> tuple[NamedLayer, ...]:
        """The layers, each neuron layer split into synapse and dynamics."""
        return tuple(stage for part in self.layers for stage in _split_neuron_layer(*part))

    def param_shapes(self) -> dict[str, Size]:
        """Shapes of the parameters, such as ``conv1.W``."""
        return dict(self._collect("param_shapes"))

    def buffer_shapes(self) -> dict[str, SymbolicShape]:
        """Shapes of masks and running statistics, such as ``drop1.M``."""
        return dict(self._collect("buffer_shapes"))

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Draw initial parameters."""
        return dict(self._collect("_init", rng, dtype))

    def _initial_state(self, batch: int, dtype: Any) -> State:
        """The initial states of all layers without checks."""
        return tuple(z for _, layer in self.flat_layers for z in layer._initial_state(batch, dtype))

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        saved: list[Any] = []
        ends: list[Array] = []
        for number, (layer, _, Y, end, tape) in enumerate(
            self._iter_forward(params, X, state, kernel_set)
        ):
            saved.append(self._entry_to_save(number, layer, Y, tape))
            ends += end
        return Y, tuple(ends), Tape(tuple(saved), kernel_set, Y.shape, Y.dtype, tuple(ends))

    def _iter_forward(
        self,
        params: Mapping[str, Array],
        X: Array,
        state: State,
        kernel_set: KernelSet,
        first_index: int = 0,
    ) -> Iterator["ForwardStep"]:
        """Run without checks from a flat layer on, one after the other."""
        own, stages = (
            group_by_prefix(params),
            zip(self.flat_layers, self._split_states(state), strict=True),
        )
        for (name, layer), start in islice(stages, first_index, None):
            Y, end, tape = layer._forward(own[name], X, start, kernel_set)
            yield ForwardStep(layer, X, Y, end, tape)
            X = Y

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        back = self._iter_backward(d_state, tape)
        dY, firsts, grads = self._backward_to_first(back, dY)
        first = next(back)
        dX, d_first, here = first.layer._backward(dY, first.d_state, first.tape)
        return dX, (*d_first, *firsts), add_prefix(first.name, here) | grads

    def _backward_params(self, dY: Array, d_state: State, tape: Tape) -> Params:
        """Differentiate in the parameters alone without checks."""
        back = self._iter_backward(d_state, tape)
        dY, _, grads = self._backward_to_first(back, dY)
        first = next(back)
        return (
            add_prefix(first.name, first.layer._backward_params(dY, first.d_state, first.tape))
            | grads
        )

    def layer_tapes(self, tape: Tape) -> list[tuple[str, Any]]:
        """What the tape keeps of each flat layer, under its name."""
        names = (name for name, _ in self.flat_layers)
        return list(zip(names, self._saved_entries(tape), strict=True))

    def _saved_entries(self, tape: Tape) -> tuple[Any, ...]:
        saved: tuple[Any, ...] = tape.kernel_tape
        return saved

    def _backward_to_first(
        self, steps: Iterator["BackwardStep"], dY: Array
    ) -> tuple[Array, State, Params]:
        grads: Params = {}
        firsts: State = ()
        for name, layer, tape, d_last in islice(steps, len(self.flat_layers) - 1):
            dY, d_first, here = layer._backward(dY, d_last, tape)
            grads, firsts = add_prefix(name, here) | grads, (*d_first, *firsts)
        return dY, firsts, grads

    def _iter_backward(self, d_state: State, tape: Tape) -> Iterator["BackwardStep"]:
        """The flat layers, last first."""
        visits = zip(
            self.flat_layers[::-1],
            self._reversed_tapes(tape),
            self._split_states(d_state)[::-1],
            strict=True,
        )
        return (BackwardStep(*stage, own, d_last) for stage, own, d_last in visits)

    def _entry_to_save(self, index: int, layer: Layer, Y: Array, tape: Tape) -> Any:
        """What of a flat layer goes into the tape."""
        return tape

    def _reversed_tapes(self, tape: Tape) -> Iterator[Tape]:
        """The tapes of the flat layers, last first."""
        return iter(tape.kernel_tape[::-1])

    def _split_states(self, state: tuple[A, ...]) -> list[tuple[A, ...]]:
        left = iter(state)
        return [tuple(islice(left, count)) for count in self._state_counts]

    @cached_property
    def _state_counts(self) -> list[int]:
        return [len(layer._initial_state(1, np.float32)) for _, layer in self.flat_layers]

    def _collect(self, method_name: str, *args: Any) -> Iterator[tuple[str, Any]]:
        for name, layer in self.layers:
            yield from add_prefix(name, getattr(layer, method_name)(*args)).items()

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add the nodes of all layers, first to last."""
        own, ends = group_by_prefix(params), tuple[str, ...]()
        starts = None if state is None else iter(self._split_states(state))
        for name, layer in self.flat_layers:
            X, end = layer.to_onnx(writer, own[name], X, None if starts is None else next(starts))
            ends += end
        return X, ends

    def steps_out(self, T: int) -> int:
        """Time steps that the last layer returns."""
        return reduce(lambda steps, part: part.layer.steps_out(steps), self.layers, T)


class ForwardStep(NamedTuple):
    """A forward step: its layer, input and output, last state and tape."""

    layer: Layer
    X: Array
    Y: Array
    last_state: State
    tape: Tape


class BackwardStep(NamedTuple):
    """A backward step: its layer and tape, and the gradient in its last state."""

    name: str
    layer: Layer
    tape: Tape
    d_state: State


def _name_layers(layers: Sequence[Any], where: str) -> tuple[NamedLayer, ...]:
    """Layers under their names; one without gets its class and number, such as ``dense1``."""
    named, counts = [], Counter[str]()
    for item in layers:
        if isinstance(item, Layer):
            kind = type(item).__name__.lower()
            counts[kind] += 1
            named.append(NamedLayer(f"{kind}{counts[kind]}", item))
        elif isinstance(item, tuple) and len(item) == 2:
            named.append(NamedLayer(*item))
        else:
            reason = f"expected layers or (name, layer) pairs, got {describe_value(item)}"
            raise InputError.for_argument("layers", where, reason)
    return tuple(named)


def strip_prefix(arrays: Mapping[str, Array], prefix: str) -> Params:
    """The arrays of one layer, without its prefix."""
    start = prefix + "."
    return {key.removeprefix(start): v for key, v in arrays.items() if key.startswith(start)}


def group_by_prefix(arrays: Mapping[str, A]) -> Mapping[str, dict[str, A]]:
    """The arrays of every layer, without its prefix; of a layer without any, none."""
    found: Mapping[str, dict[str, A]] = defaultdict(dict)
    for key, array in arrays.items():
        name, _, own = key.partition(".")
        found[name][own] = array
    return found


def add_prefix(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of one layer under its prefix."""
    return {f"{prefix}.{key}": array for key, array in arrays.items()}


def _split_neuron_layer(name: str, layer: Layer) -> tuple[NamedLayer, ...]:
    if isinstance(layer, NeuronLayer):
        return NamedLayer(name, layer.synapse), NamedLayer(name, layer.dynamics)
    return (NamedLayer(name, layer),)


def check_sequential_input(
    sequential: object, params: object, X: object, where: str
) -> tuple[Params, Array]:
    """Check a :class:`Sequential`, its parameters and buffers in one mapping, and its input."""
    sequential = check_instance("sequential", sequential, Sequential, where, "a Sequential")
    arrays = check_mapping("params", params, where, "arrays by name")
    expected = sequential.buffer_shapes()
    own = {name: array for name, array in arrays.items() if name not in expected}
    own = check_params(own, sequential.param_shapes(), where)
    dtype = next((array.dtype for array in own.values()), None)
    X = check_float_array("X", X, ("B", "T", *sequential.in_shape), where, dtype)
    if 0 in X.shape[:2]:
        raise InputError.for_argument(
            "X", where, f"expected B >= 1 and T >= 1, got shape {X.shape}"
        )
    buffers = {name: array for name, array in arrays.items() if name in expected}
    return own | check_buffers(buffers, expected, len(X), X.dtype, where), X


def squeeze_single_step(Y: Array, where: str) -> Array:
    """Take the single time step of an output."""
    if Y.shape[1] != 1:
        reason = (
            "expected an output of one time step, such as that of a Sumlayer, "
            f"got {Y.shape[1]} steps"
        )
        raise InputError.for_argument("sequential", where, reason)
    return Y[:, 0]
