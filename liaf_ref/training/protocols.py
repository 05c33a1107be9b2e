"""What the training loop takes: arrays by name, a data set, a network, its buffers, a loss."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from liaf_ref._core import validation
from liaf_ref._core.errors import InputError, unexpected
from liaf_ref.kernels.array import Array
from liaf_ref.layers.types import POSITIVE

ArrayDict = dict[str, Array]


def check_array_dict(arrays: object, argument: str, where: str) -> ArrayDict:
    """Refuse anything but floating or complex arrays in a mapping."""
    given = validation.check_mapping(argument, arrays, where, "arrays in a mapping")
    found = {name: validation.as_array(name, value, where) for name, value in given.items()}
    for name, value in found.items():
        validation.check_float_dtype(name, value.dtype, where)
    return found


def check_matching_arrays(
    arrays: object, reference: ArrayDict, argument: str, where: str
) -> ArrayDict:
    """Refuse anything but arrays with the names, shapes and dtypes wanted."""
    named, found = validation.check_keys(arrays, reference, where, argument), {}
    for name, like in reference.items():
        value = found[name] = validation.as_array(name, named[name], f"the {argument} of {where}")
        if value.shape != like.shape or value.dtype != like.dtype:
            expected = f"shape {like.shape} and dtype {like.dtype}"
            raise unexpected(name, value, f"the {argument} of {where}", expected)
    return found


def clip_grad_norm(grads: Mapping[str, Array], max_norm: float) -> ArrayDict:
    """Scale all gradients together so that their joint norm is at most ``max_norm``.

    Parameters
    ----------
    grads : mapping of str to ndarray
        Gradients by name.
    max_norm : float
        Largest joint norm, above 0.

    Returns
    -------
    dict of str to ndarray
        The gradients, scaled by one factor if their norm was larger.

    Raises
    ------
    InputError
        If ``grads`` is no mapping of floating or complex arrays, ``max_norm`` is not above 0, or
        a gradient is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.training import clip_grad_norm
    >>> clipped = clip_grad_norm({"W": np.array([3.0]), "b": np.array([4.0])}, 1.0)
    >>> [round(float(g[0]), 3) for g in clipped.values()]
    [0.6, 0.8]
    """
    max_norm = POSITIVE.check("max_norm", max_norm, "clip_grad_norm")
    grads = check_array_dict(grads, "gradients", "clip_grad_norm")
    unit: Any = 1.0
    norm, given = _global_norm(grads), grads
    if not math.isfinite(norm):
        for name, g in grads.items():
            validation.check_float_array(name, g, g.shape, "clip_grad_norm")
        # The squares overflow float64: the largest part of an entry becomes the unit.
        parts = (part for g in grads.values() for part in (g.real, g.imag))
        unit = max(np.abs(part).max(initial=0) for part in parts)
        grads = {name: g / unit for name, g in grads.items()}
        norm = _global_norm(grads)
    if norm <= max_norm / unit:
        return dict(given)
    scaled = {name: g * (max_norm / norm) for name, g in grads.items()}
    return {name: g.astype(given[name].dtype, copy=False) for name, g in scaled.items()}


def _global_norm(grads: ArrayDict) -> float:
    # In float64: the squares of finite float32 gradients overflow float32.
    with np.errstate(over="ignore"):
        squares = (float((np.abs(g).astype(np.float64) ** 2).sum()) for g in grads.values())
        return math.sqrt(sum(squares))


@dataclass(frozen=True, eq=False)
class ArrayDataset:
    """Inputs, and true classes or targets; the first axis is the sample.

    Parameters
    ----------
    inputs : tuple of ndarray
        One array for each kind of input, each of shape (N, ...).
    labels : ndarray of int, shape (N,), or of float, shape (N, C)
        True classes, numbered from 0, or what each of C outputs should be.

    Raises
    ------
    InputError
        If the arrays differ in length or are empty, or ``labels`` does not hold classes or finite
        targets.

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
        inputs = validation.check_instance("inputs", self.inputs, tuple, "the data", expected)
        arrays = [validation.as_array(f"inputs[{k}]", x, "the data") for k, x in enumerate(inputs)]
        object.__setattr__(self, "inputs", tuple(arrays))
        object.__setattr__(self, "labels", _check_labels(self.labels))
        for x in arrays:
            if not x.ndim:
                reason = "expected arrays with a first axis for the samples, got one without axes"
                raise InputError.for_argument("inputs", "the data", reason)
        sizes = [len(x) for x in (*self.inputs, self.labels)]
        if min(sizes) != max(sizes) or not sizes[-1]:
            lengths = f"{', '.join(map(str, sizes[:-1]))} and {sizes[-1]}"
            reason = f"expected as many inputs as labels and at least one, got lengths {lengths}"
            raise InputError(f"samples of the data: {reason}")

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: Array) -> "ArrayDataset":
        """Pick samples by index."""
        indices = validation.check_index_array("indices", indices, ("n",), len(self), "the data")
        return ArrayDataset(tuple(x[indices] for x in self.inputs), self.labels[indices])


def are_classes(labels: Array) -> bool:
    """Whether labels are classes, and not targets."""
    return labels.ndim == 1


def _check_labels(value: Any) -> Array:
    labels = validation.as_array("labels", value, "the data")
    if labels.dtype.kind != "f":
        return validation.check_index_array("labels", labels, ("N",), None, "the data")
    if are_classes(labels):
        expected = "integers of shape (N,), which are classes, or targets of shape (N, C)"
        raise unexpected("labels", labels, "the data", expected)
    return validation.check_float_array("labels", labels, ("N", "C"), "the data")


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


def initial_running_stats(network: object) -> ArrayDict:
    """Running statistics before the first step, where a network has such."""
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
        """True classes, numbered from 0, or targets."""

    def __len__(self) -> int:
        """Count the samples."""

    def take(self, indices: Array) -> ArrayDataset:
        """Return those at these indices."""
