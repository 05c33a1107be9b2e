"""A chain that keeps the potentials of its neurons, and computes the rest a second time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.layers.chain import Chain, Part, part
from liaf_ref.layers.conv import Conv
from liaf_ref.layers.forms import Forms
from liaf_ref.layers.layer import Layer, State, Tape

DEAR = 128  # products of a number from which on it is worth its place
ROOM = 0.47  # of the numbers that a chain holds; with what else there is, half of its tape


class Anchor(NamedTuple):
    """A stage whose tape is kept; its output too, unless the tape gives it again."""

    tape: Tape
    Y: Any


class Dear(NamedTuple):
    """The output of a stage that is not run again; its tape is made from its input."""

    Y: Array


class Kept(NamedTuple):
    """What a frugal chain's backward pass reads."""

    params: Mapping[str, Array]
    X: Array
    stages: tuple[Anchor | Dear | Tape, ...]


@dataclass(frozen=True, repr=False)
class Frugal(Chain):
    """A :class:`Chain` whose tape holds of each neuron layer U and of the layers between nothing.

    What lies between two layers with a state, neurons or recurrent cells, is run again in
    the backward pass, from the output of the lower one; neurons' is read off their
    potentials.  Of the convolutions on which another layer than their neurons follows, the
    outputs that take the most products are kept, as far as less than half of the tape reaches.
    The gradients are the chain's, bit for bit.

    Parameters
    ----------
    parts, source
        As for :class:`Chain`; at least one part has a state.

    Raises
    ------
    InputError
        As for :class:`Chain`, or if no part has a state to start again from.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if not any(self._states):
            reason = "expected a layer with dynamics, whose potentials are kept, got none"
            raise InputError.of("parts", self.source, reason)

    def apply(
        self, params: Mapping[str, Array], X: Array, state: State, forms: Forms
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        Y, last, tape = super().apply(params, X, state, forms)
        return Y, last, tape._replace(kernel=Kept(params, X, tape.kernel))

    @cached_property
    def _dear(self) -> set[int]:
        """Stages whose outputs are kept since they are dear to run again."""
        layers = [layer for _, layer in self.stages]
        between = (k for k, above in enumerate(self._states[1:]) if not above)
        dear = {k: layer for k in between if isinstance(layer := layers[k], Conv)}
        room = ROOM * sum(map(_held, layers))
        room -= sum(_held(layer) for layer in layers if layer.zeros(1, np.float32))
        found = set()
        for k in sorted(dear, key=lambda k: (-_products(dear[k]), k)):
            room -= prod(dear[k].out_shape)
            if room >= 0 and _products(dear[k]) >= DEAR:
                found.add(k)
        return found

    def _kept(self, number: int, layer: Layer, Y: Array, tape: Tape) -> Anchor | Dear | Tape:
        if number in self._dear:
            return Dear(Y)
        if not tape.state:
            return layer.light(tape)
        return Anchor(tape, None if layer.tape_holds_output else Y)

    def _all_kept(self, tape: Tape) -> tuple[Any, ...]:
        kept: tuple[Any, ...] = tape.kernel.stages
        return kept

    def _tapes(self, tape: Tape) -> Iterator[Tape]:
        params, X, kept = tape.kernel
        between: list[Part] = []
        for stage, own in zip(self.stages[::-1], kept[::-1], strict=True):
            if isinstance(own, Dear):
                yield from _again(params, own.Y, between[::-1], tape.forms)
                between = []
            if not isinstance(own, Anchor):
                between.append(stage)
                continue
            yield from _again(params, _output(stage.layer, own), between[::-1], tape.forms)
            yield own.tape
            between = []
        yield from _again(params, X, between[::-1], tape.forms)


def _held(layer: Layer) -> int:
    """Numbers of a step in a stage's tape: potentials, or what parameters are applied to."""
    if layer.zeros(1, np.float32):
        return prod(layer.out_shape)
    return prod(layer.in_shape) if layer.shapes() else 0


def _products(layer: Conv) -> int:
    """Products that a number of the output takes."""
    return prod(layer.kernel) * layer.shape[-1]


def _output(layer: Layer, anchor: Anchor) -> Array:
    return layer.output_of(anchor.tape) if layer.tape_holds_output else anchor.Y


def _again(params: Mapping[str, Array], X: Array, stages: list[Part], forms: Forms) -> list[Tape]:
    """Tapes of stages without dynamics, last first."""
    tapes: list[Tape] = []
    for name, layer in stages[:-1]:
        X, _, tape = layer.apply(part(params, name), X, (), forms)
        tapes.append(tape)
    for name, layer in stages[-1:]:
        tapes.append(layer.remember(part(params, name), X, forms))
    return tapes[::-1]
