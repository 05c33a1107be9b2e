"""Layers one after the other, as one layer."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, pairwise
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.door import check_instance
from liaf_ref.door.values import describe
from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.checks import check_init
from liaf_ref.layers.forms import Forms
from liaf_ref.layers.integrated import Integrated
from liaf_ref.layers.layer import Axes, Layer, Params, State, Tape


class Part(NamedTuple):
    """A layer under the prefix of its parameters."""

    name: str
    layer: Layer


@dataclass(frozen=True, repr=False)
class Chain(Layer):
    """Layers in sequence; parameters, states and what is given go by ``NAME.``.

    Parameters
    ----------
    parts : tuple of Part
        Names, all different, and layers, each of which takes what the one before puts out.
    source : str
        What errors call the whole.

    Raises
    ------
    InputError
        If there is no part, a name is empty, has a dot in it or comes twice, or two layers
        do not fit together.
    """

    parts: tuple[Part, ...]
    source: str = field(default="Chain, Section II-D", compare=False, repr=False)

    def __post_init__(self) -> None:
        check_instance("source", self.source, str, "a layer", "a text")
        if not isinstance(self.parts, tuple) or not self.parts:
            reason = f"expected a tuple of Parts, got {describe(self.parts)}"
            raise InputError.of("parts", self.source, reason)
        for item in self.parts:
            name, layer = check_instance("parts", item, Part, self.source, "a Part each")
            if not isinstance(name, str) or not name or "." in name:
                reason = f"expected names without a dot, got {describe(name)}"
                raise InputError.of("parts", self.source, reason)
            check_instance(name, layer, Layer, self.source, "a layer")  # type: ignore[type-abstract]
        names = [name for name, _ in self.parts]
        if len(set(names)) < len(names):
            reason = f"expected a name each, got {', '.join(names)}"
            raise InputError.of("parts", self.source, reason)
        for (_, below), (name, above) in pairwise(self.parts):
            if below.out_shape != above.in_shape:
                reason = f"expected inputs of shape {below.out_shape}, got {above.source}"
                raise InputError.of(name, self.source, reason)

    @property
    def in_shape(self) -> Size:
        """Shape of one time step's input of one sample."""
        return self.parts[0].layer.in_shape

    @property
    def out_shape(self) -> Size:
        """Shape of one time step's output of one sample."""
        return self.parts[-1].layer.out_shape

    @cached_property
    def stages(self) -> tuple[Part, ...]:
        """The parts, synapses and dynamics apart."""
        return tuple(stage for part in self.parts for stage in _separate(*part))

    def shapes(self) -> dict[str, Size]:
        """Shapes of the parameters, such as ``conv1.W``."""
        return dict(self._named("shapes"))

    def given(self) -> dict[str, Axes]:
        """Shapes of masks and running statistics, such as ``drop1.M``."""
        return dict(self._named("given"))

    def init(self, rng: np.random.Generator | int, dtype: Any = np.float64) -> Params:
        """Draw initial parameters; see :meth:`Layer.init`."""
        return dict(self._named("init", *check_init(rng, dtype)))

    def zeros(self, batch: int, dtype: Any) -> State:
        """The first states of all stages without checks."""
        return tuple(z for _, layer in self.stages for z in layer.zeros(batch, dtype))

    def apply(
        self, params: Mapping[str, Array], X: Array, state: State, forms: Forms
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        kept: list[Any] = []
        ends: list[Array] = []
        for number, (layer, _, Y, end, tape) in enumerate(self.run(params, X, state, forms)):
            kept.append(self._kept(number, layer, Y, tape))
            ends += end
        return Y, tuple(ends), Tape(tuple(kept), forms, Y.shape, Y.dtype, tuple(ends))

    def run(
        self, params: Mapping[str, Array], X: Array, state: State, forms: Forms, first: int = 0
    ) -> Iterator["Step"]:
        """Run without checks from a stage on, stage by stage, synapses and dynamics apart."""
        own, stages = by_part(params), zip(self.stages, self._by_stage(state), strict=True)
        for (name, layer), start in islice(stages, first, None):
            Y, end, tape = layer.apply(own[name], X, start, forms)
            yield Step(layer, X, Y, end, tape)
            X = Y

    def adjoint(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        back = self._back(d_state, tape)
        dY, firsts, grads = self._above_first(back, dY)
        first = next(back)
        dX, d_first, here = first.layer.adjoint(dY, first.d_last, first.tape)
        return dX, (*d_first, *firsts), named(first.name, here) | grads

    def adjoint_params(self, dY: Array, d_state: State, tape: Tape) -> Params:
        """Differentiate in the parameters alone without checks."""
        back = self._back(d_state, tape)
        dY, _, grads = self._above_first(back, dY)
        first = next(back)
        return named(first.name, first.layer.adjoint_params(dY, first.d_last, first.tape)) | grads

    def tapes(self, tape: Tape) -> list[tuple[str, Any]]:
        """What the tape keeps of each stage, under the name of its part."""
        names = (name for name, _ in self.stages)
        return list(zip(names, self._all_kept(tape), strict=True))

    def stage_of(self, name: str) -> int:
        """The number of the stage that has a parameter."""
        stages = enumerate(self.stages)
        return next(k for k, (stage, layer) in stages if name in named(stage, layer.shapes()))

    def _all_kept(self, tape: Tape) -> tuple[Any, ...]:
        kept: tuple[Any, ...] = tape.kernel
        return kept

    def _above_first(self, back: Iterator["Visit"], dY: Array) -> tuple[Array, State, Params]:
        grads: Params = {}
        firsts: State = ()
        for name, layer, tape, d_last in islice(back, len(self.stages) - 1):
            dY, d_first, here = layer.adjoint(dY, d_last, tape)
            grads, firsts = named(name, here) | grads, (*d_first, *firsts)
        return dY, firsts, grads

    def _back(self, d_state: State, tape: Tape) -> Iterator["Visit"]:
        """The stages, last first."""
        visits = zip(
            self.stages[::-1], self._tapes(tape), self._by_stage(d_state)[::-1], strict=True
        )
        return (Visit(*stage, own, d_last) for stage, own, d_last in visits)

    def _kept(self, number: int, layer: Layer, Y: Array, tape: Tape) -> Any:
        """What of a stage, counted from the input, goes into the tape."""
        return tape

    def _tapes(self, tape: Tape) -> Iterator[Tape]:
        """The stages' tapes, last first."""
        return iter(tape.kernel[::-1])

    def _by_stage(self, state: State) -> list[State]:
        left = iter(state)
        return [tuple(islice(left, count)) for count in self._states]

    @cached_property
    def _states(self) -> list[int]:
        return [len(layer.zeros(1, np.float32)) for _, layer in self.stages]

    def _named(self, method: str, *args: Any) -> Iterator[tuple[str, Any]]:
        for name, layer in self.parts:
            yield from named(name, getattr(layer, method)(*args)).items()


class Step(NamedTuple):
    """A stage on the way forward: its layer, input and output, last state and tape."""

    layer: Layer
    X: Array
    Y: Array
    end: State
    tape: Tape


class Visit(NamedTuple):
    """A stage on the way back: its layer and tape, and the gradient in its last state."""

    name: str
    layer: Layer
    tape: Tape
    d_last: State


def part(arrays: Mapping[str, Array], name: str) -> Params:
    """The arrays of one part, without its prefix."""
    start = name + "."
    return {key.removeprefix(start): v for key, v in arrays.items() if key.startswith(start)}


def by_part(arrays: Mapping[str, Array]) -> Mapping[str, Params]:
    """The arrays of every part, without its prefix; of one that has none, nothing."""
    found: Mapping[str, Params] = defaultdict(dict)
    for key, array in arrays.items():
        name, _, own = key.partition(".")
        found[name][own] = array
    return found


def named(name: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of one part under its prefix."""
    return {f"{name}.{key}": array for key, array in arrays.items()}


def _separate(name: str, layer: Layer) -> tuple[Part, ...]:
    if isinstance(layer, Integrated):
        return Part(name, layer.synapse), Part(name, layer.dynamics)
    return (Part(name, layer),)
