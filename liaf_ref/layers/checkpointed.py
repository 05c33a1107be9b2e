"""Activation checkpointing: keep membrane potentials, recompute the rest in the backward pass."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.layers.base import Layer, State, Tape
from liaf_ref.layers.conv import Conv2D
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.sequential import NamedLayer, Sequential, strip_prefix

MIN_SAVED_COST = 128  # fewest products of a number that is saved
MAX_SAVED_SHARE = (
    0.47  # of the numbers in the tape of a Sequential; with the rest, half of its tape
)


class SavedTape(NamedTuple):
    """A layer whose tape is saved; its output too, unless the tape holds it."""

    tape: Tape
    Y: Any


class SavedOutput(NamedTuple):
    """The saved output of a layer that is not run again."""

    Y: Array


class Saved(NamedTuple):
    """What the backward pass of a :class:`CheckpointedSequential` reads."""

    params: Mapping[str, Array]
    X: Array
    entries: tuple[SavedTape | SavedOutput | Tape, ...]


@dataclass(frozen=True, repr=False)
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
    label : str
        Name in error messages.

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

        def __init__(
            self, layers: Iterable[Layer | tuple[str, Layer]], *, label: str = ...
        ) -> None: ...

    def __post_init__(self) -> None:
        super().__post_init__()
        if not any(self._state_counts):
            reason = "expected at least one layer with a state (neurons or recurrent), got none"
            raise InputError.for_argument("layers", self.label, reason)

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        Y, last, tape = super()._forward(params, X, state, kernel_set)
        return Y, last, tape._replace(kernel_tape=Saved(params, X, tape.kernel_tape))

    @cached_property
    def _saved_output_indices(self) -> set[int]:
        """Indices of the convolutions whose outputs are saved."""
        layers = [layer for _, layer in self.flat_layers]
        between = (k for k, above in enumerate(self._state_counts[1:]) if not above)
        dear = {k: layer for k in between if isinstance(layer := layers[k], Conv2D)}
        room = MAX_SAVED_SHARE * sum(map(_tape_size, layers))
        room -= sum(_tape_size(layer) for layer in layers if layer._initial_state(1, np.float32))
        found = set()
        for k in sorted(dear, key=lambda k: (-_products_per_output(dear[k]), k)):
            room -= prod(dear[k].out_shape)
            if room >= 0 and _products_per_output(dear[k]) >= MIN_SAVED_COST:
                found.add(k)
        return found

    def _entry_to_save(
        self, index: int, layer: Layer, Y: Array, tape: Tape
    ) -> SavedTape | SavedOutput | Tape:
        if index in self._saved_output_indices:
            return SavedOutput(Y)
        if not tape.state:
            return layer.strip_tape(tape)
        return SavedTape(tape, None if layer.tape_holds_output else Y)

    def _saved_entries(self, tape: Tape) -> tuple[Any, ...]:
        saved: tuple[Any, ...] = tape.kernel_tape.entries
        return saved

    def _reversed_tapes(self, tape: Tape) -> Iterator[Tape]:
        params, X, saved = tape.kernel_tape
        between: list[NamedLayer] = []
        for stage, own in zip(self.flat_layers[::-1], saved[::-1], strict=True):
            if isinstance(own, SavedOutput):
                yield from _recompute_tapes(params, own.Y, between[::-1], tape.kernel_set)
                between = []
            if not isinstance(own, SavedTape):
                between.append(stage)
                continue
            yield from _recompute_tapes(
                params, _saved_output(stage.layer, own), between[::-1], tape.kernel_set
            )
            yield own.tape
            between = []
        yield from _recompute_tapes(params, X, between[::-1], tape.kernel_set)


def _tape_size(layer: Layer) -> int:
    """Numbers of a time step in a layer's tape: potentials, or inputs of parameters."""
    if layer._initial_state(1, np.float32):
        return prod(layer.out_shape)
    return prod(layer.in_shape) if layer.param_shapes() else 0


def _products_per_output(layer: Conv2D) -> int:
    """Products that a number of the output takes."""
    return prod(layer.kernel) * layer.shape[-1]


def _saved_output(layer: Layer, saved: SavedTape) -> Array:
    return layer.output_of(saved.tape) if layer.tape_holds_output else saved.Y


def _recompute_tapes(
    params: Mapping[str, Array], X: Array, layers: list[NamedLayer], kernel_set: KernelSet
) -> list[Tape]:
    """Tapes of layers without state, last first."""
    tapes: list[Tape] = []
    for name, layer in layers[:-1]:
        X, _, tape = layer._forward(strip_prefix(params, name), X, (), kernel_set)
        tapes.append(tape)
    for name, layer in layers[-1:]:
        tapes.append(layer._recompute_tape(strip_prefix(params, name), X, kernel_set))
    return tapes[::-1]
