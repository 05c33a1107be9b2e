"""What the training loop needs of a network, its buffers, a loss and a data set."""

from typing import Any, Protocol, runtime_checkable

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.training.array_dict import ArrayDict
from liaf_ref.training.state import ArrayDataset


@runtime_checkable
class Trainable(Protocol):
    """What the loop needs of a network."""

    def forward(self, *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """Logits and tape, of the parameters and one array per kind of input."""

    def backward(self, dlogits: Array, tape: Any) -> ArrayDict:
        """Gradients by parameter name."""


@runtime_checkable
class BufferProvider(Protocol):
    """A network with dropout masks and running statistics, such as a SequenceClassifier."""

    # Its buffers go to the network's forward pass behind the inputs.

    def draw_masks(self, rng: np.random.Generator, batch: int) -> ArrayDict:
        """Masks of a training step's dropout."""

    def update_running_stats(self, running_stats: ArrayDict, tape: Any) -> ArrayDict:
        """Running statistics after a training step."""


@runtime_checkable
class Loss(Protocol):
    """What the loop needs of a loss: a kernel's two functions."""

    def forward(self, Z: Array, y: Array) -> tuple[Array, Any]:
        """Loss and tape."""

    def backward(self, dloss: Array, tape: Any) -> Array:
        """Gradient in the logits."""


@runtime_checkable
class Dataset(Protocol):
    """What the loop needs of a data set: :class:`ArrayDataset`, or what yields them."""

    @property
    def labels(self) -> Array:
        """True classes, numbered from 0."""

    def __len__(self) -> int:
        """Count the samples."""

    def take(self, indices: Array) -> ArrayDataset:
        """Return those at these indices."""


@runtime_checkable
class HasParamShapes(Protocol):
    """A network that names the shapes of its parameters."""

    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes by name."""
