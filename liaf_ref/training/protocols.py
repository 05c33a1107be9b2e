"""What the training loop needs of a network, its buffers, a loss and a data set."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import as_array, check_index_array, check_instance
from liaf_ref.kernels.array import Array
from liaf_ref.training.array_dict import ArrayDict


@dataclass(frozen=True, eq=False)
class ArrayDataset:
    """Inputs and true classes; the first axis is the sample.

    Parameters
    ----------
    inputs : tuple of ndarray
        One array for each kind of input, each of shape (N, ...).
    labels : ndarray of int, shape (N,)
        True classes, numbered from 0.

    Raises
    ------
    InputError
        If the arrays differ in length or are empty, or ``labels`` does not hold classes.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.training import ArrayDataset
    >>> data = ArrayDataset((np.zeros((3, 4)),), np.array([0, 1, 1]))
    >>> len(data), data.take(np.array([2])).labels.tolist()
    (3, [1])
    """

    inputs: tuple[Array, ...]
    labels: Array

    def __post_init__(self) -> None:
        expected = "a tuple of arrays"
        inputs = check_instance("inputs", self.inputs, tuple, "the data", expected)
        arrays = [as_array(f"inputs[{k}]", x, "the data") for k, x in enumerate(inputs)]
        object.__setattr__(self, "inputs", tuple(arrays))
        labels = check_index_array("labels", self.labels, ("N",), None, "the data")
        object.__setattr__(self, "labels", labels)
        for x in arrays:
            if not x.ndim:
                reason = "expected arrays with a first axis for the samples, got one without axes"
                raise InputError.for_argument("inputs", "the data", reason)
        sizes = [len(x) for x in (*self.inputs, self.labels)]
        if min(sizes) != max(sizes) or not sizes[-1]:
            raise InputError(
                "samples of the data: expected as many inputs as labels and at least one, "
                f"got lengths {', '.join(map(str, sizes[:-1]))} and {sizes[-1]}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: Array) -> "ArrayDataset":
        """Pick samples by index."""
        indices = check_index_array("indices", indices, ("n",), len(self), "the data")
        return ArrayDataset(tuple(x[indices] for x in self.inputs), self.labels[indices])


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


def initial_running_stats(network: object) -> ArrayDict | None:
    """Running statistics before the first step; None for a network that has no buffers."""
    if not isinstance(network, BufferProvider):
        return None
    stats: ArrayDict = getattr(network, "initial_running_stats", dict)()
    return stats


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
