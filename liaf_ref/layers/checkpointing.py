"""Gradient checkpointing: layers one after the other with less memory, and the same gradients."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from liaf_ref.kernels.array import Array
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.layer import Layer
from liaf_ref.layers.sequential import ChainPass, Sequential, Unit, run_again
from liaf_ref.layers.synapses import Conv2D

MIN_SAVED_COST = 128  # fewest products of a number that is saved
MAX_SAVED_SHARE = 0.47  # of the numbers in the tape of a Sequential; with the rest, half of it


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
    convolutions without neurons, as long as the whole takes less than half of what all layers save
    one by one. The gradients equal those of :class:`Sequential` bit for bit.

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
        by_layer, X, every, _, units = saved
        stretch: list[Unit] = []
        for stage, kept in zip(units[::-1], every[::-1], strict=True):
            if isinstance(kept, Kept):
                Y = stage.layer.output_of(kept.saved, kernels) if kept.Y is None else kept.Y
                yield from run_again(by_layer, Y, stretch[::-1], kernels)
                stretch = []
                if stage.layer.state_shapes():
                    yield kept.saved
                    continue
            stretch.append(stage)
        yield from run_again(by_layer, X, stretch[::-1], kernels)

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


def _tape_size(layer: Layer) -> int:
    """Numbers of a time step in a layer's tape: potentials, or inputs of parameters."""
    if layer.state_shapes():
        return prod(layer.out_shape)
    return prod(layer.in_shape) if layer.params() else 0
