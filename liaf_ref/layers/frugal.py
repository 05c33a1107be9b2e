"""A chain that keeps the potentials of its neurons, and computes the rest a second time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.layers.chain import Chain, Part, part
from liaf_ref.layers.forms import Forms
from liaf_ref.layers.layer import Layer, State, Tape
from liaf_ref.layers.liaf import DirectLIAF


class Anchor(NamedTuple):
    """A stage whose tape is kept; its output too, unless the tape gives it again."""

    tape: Tape
    Y: Any


class Kept(NamedTuple):
    """What a frugal chain's backward pass reads."""

    params: Mapping[str, Array]
    X: Array
    stages: tuple[Anchor | Tape, ...]


@dataclass(frozen=True)
class Frugal(Chain):
    """A :class:`Chain` whose tape holds of each neuron layer U and of the layers between nothing.

    What lies between two layers with a state, neurons or recurrent cells, is run again in
    the backward pass, from the output of the lower one; neurons' is read off their
    potentials.  The gradients are the chain's, bit for bit.

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

    def _kept(self, layer: Layer, Y: Array, tape: Tape) -> Anchor | Tape:
        if not tape.state:
            return layer.light(tape)
        return Anchor(tape, None if isinstance(layer, DirectLIAF) else Y)

    def _all_kept(self, tape: Tape) -> tuple[Any, ...]:
        kept: tuple[Any, ...] = tape.kernel.stages
        return kept

    def _tapes(self, tape: Tape) -> Iterator[Tape]:
        params, X, kept = tape.kernel
        between: list[Part] = []
        for stage, own in zip(self.stages[::-1], kept[::-1], strict=True):
            if not isinstance(own, Anchor):
                between.append(stage)
                continue
            yield from _again(params, _output(stage.layer, own), between[::-1], tape.forms)
            yield own.tape
            between = []
        yield from _again(params, X, between[::-1], tape.forms)


def _output(layer: Layer, anchor: Anchor) -> Array:
    return layer.output(anchor.tape) if isinstance(layer, DirectLIAF) else anchor.Y


def _again(params: Mapping[str, Array], X: Array, stages: list[Part], forms: Forms) -> list[Tape]:
    """Tapes of stages without dynamics, last first."""
    tapes: list[Tape] = []
    for name, layer in stages[:-1]:
        X, _, tape = layer.apply(part(params, name), X, (), forms)
        tapes.append(tape)
    for name, layer in stages[-1:]:
        tapes.append(layer.remember(part(params, name), X, forms))
    return tapes[::-1]
