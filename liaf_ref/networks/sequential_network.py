"""Networks that are a sequence of layers."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    check_choice,
    check_float_dtype,
    check_instance,
    check_items,
    check_keys,
    check_positive_int,
    check_rng,
    validate_fields,
)
from liaf_ref.analysis.op_count import LayerOpCount, count_ops
from liaf_ref.kernels import loss, loss_mse, loss_sigmoid_bce, loss_softmax_bce, readout
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.layers import BatchNorm, Dropout, KernelSet, Layer, Params, Tape
from liaf_ref.layers.batch_norm import BatchStatistics
from liaf_ref.layers.sequential import Sequential, add_prefix, strip_prefix
from liaf_ref.layers.validation import check_tape
from liaf_ref.networks.base import Network, NonFiniteTracer

LOSSES = {
    "ce": loss,
    "softmax_bce": loss_softmax_bce,
    "sigmoid_bce": loss_sigmoid_bce,
    "mse": loss_mse,
}


class SequentialNetwork(Network):
    """A Sequential as a network: from samples ``(T, *in_shape)`` to one logit for each class."""

    sequential: Sequential
    criterion: str  # name of the loss

    @abstractmethod
    def _read_logits(self, Y: Array) -> Array:
        """Read the logits off the last step of the output ``(B, T, classes)``."""

    @property
    def loss(self) -> ModuleType:
        """The kernel of its loss."""
        return LOSSES[self.criterion]

    def param_shapes(self) -> dict[str, Size]:
        """Shapes of the parameters by name, such as ``conv1.W``."""
        return self.sequential.param_shapes()

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        return self.sequential._init(rng, dtype)

    def draw_masks(
        self, rng: np.random.Generator | int, batch: int, dtype: Any = np.float32
    ) -> Params:
        """Draw the dropout masks of a training step.

        Parameters
        ----------
        rng : numpy.random.Generator or int
            Random generator, or the seed of one.
        batch : int
            Number of samples.
        dtype : dtype
            Data type of the parameters.

        Returns
        -------
        dict of str to ndarray
            ``drop1.M`` and so on, for ``buffers`` of :meth:`forward`; empty without dropout.

        Raises
        ------
        InputError
            If ``rng`` is neither a generator nor a seed, ``batch`` is below 1, or ``dtype`` is not
            one of these.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> from liaf_ref.networks import SequenceClassifier
        >>> net = SequenceClassifier([lr.Dropout((3,)), lr.Dense(3, 2)], T=5)
        >>> {name: mask.shape for name, mask in net.draw_masks(0, batch=4).items()}
        {'dropout1.M': (4, 1, 3)}
        """
        rng = check_rng("rng", rng, self.label)
        check_positive_int("batch", batch, self.label)
        check_float_dtype("dtype", dtype, self.label)
        return {
            f"{name}.M": layer.draw_mask(rng, batch, dtype)
            for name, layer in self.sequential.flat_layers
            if isinstance(layer, Dropout)
        }

    def initial_running_stats(self, dtype: Any = np.float32) -> Params:
        """Running statistics of batch normalization before the first batch.

        Parameters
        ----------
        dtype : dtype
            Data type of the parameters.

        Returns
        -------
        dict of str to ndarray
            ``norm1.m``, ``norm1.v`` and so on; empty without batch normalization.

        Raises
        ------
        InputError
            If ``dtype`` is neither complex nor a float of at least 32 bits.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> from liaf_ref.networks import SequenceClassifier
        >>> net = SequenceClassifier([lr.BatchNorm((3,)), lr.Dense(3, 2)], T=5)
        >>> sorted(net.initial_running_stats())
        ['batchnorm1.m', 'batchnorm1.v']
        """
        dtype = check_float_dtype("dtype", dtype, self.label)
        return {
            key: array
            for name, layer in self._norms.items()
            for key, array in add_prefix(name, layer.initial_running_stats(dtype)).items()
        }

    def update_running_stats(self, running_stats: Mapping[str, Array], tape: Tape) -> Params:
        """Update the running statistics after a training step.

        Parameters
        ----------
        running_stats : mapping of str to ndarray
            Current statistics; before the first batch :meth:`initial_running_stats`.
        tape : Tape
            From the step's forward pass.

        Returns
        -------
        dict of str to ndarray
            New running statistics, for ``buffers`` of :meth:`forward` in evaluation.

        Raises
        ------
        InputError
            If ``running_stats`` or the tape are not of this network, or as
            :meth:`BatchNorm.update_running_stats`.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> from liaf_ref.networks import SequenceClassifier
        >>> net = SequenceClassifier([lr.BatchNorm((3,)), lr.Dense(3, 2)], T=5)
        >>> _, tape = net(net.init(0), np.ones((4, 5, 3), np.float32))
        >>> net.update_running_stats(net.initial_running_stats(), tape)["batchnorm1.m"]
        array([0.1, 0.1, 0.1], dtype=float32)
        """
        return self.update(running_stats, (self.statistics(tape),))

    def statistics(self, tape: Tape) -> dict[str, BatchStatistics]:
        """Read the statistics of a batch, or of one process's share of it, from a tape.

        Parameters
        ----------
        tape : Tape
            From the forward pass of a training step.

        Returns
        -------
        dict of str to BatchStatistics
            By layer, such as ``norm1``, for :meth:`update`; empty without batch normalization.

        Raises
        ------
        InputError
            If the tape is not of this network, or as :meth:`BatchNorm.statistics`.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> from liaf_ref.networks import SequenceClassifier
        >>> net = SequenceClassifier([lr.BatchNorm((3,)), lr.Dense(3, 2)], T=5)
        >>> _, tape = net(net.init(0), np.ones((4, 5, 3), np.float32))
        >>> net.statistics(tape)["batchnorm1"].shape
        (4, 5, 3)
        """
        check_instance("tape", tape, Tape, self.label, "the tape that forward returned")
        if tape.owner is not None:  # an unchecked pass has no owner
            check_tape(tape, Tape, self.sequential)
        tapes = self.sequential.layer_tapes(tape)  # synapses and their neurons have one name
        return {
            name: layer.statistics(own)
            for (name, layer), (_, own) in zip(self.sequential.flat_layers, tapes, strict=True)
            if isinstance(layer, BatchNorm)
        }

    def update(
        self, running: Mapping[str, Array], shares: Sequence[Mapping[str, BatchStatistics]]
    ) -> Params:
        """Update the running statistics from a batch that several processes share.

        Parameters
        ----------
        running : mapping of str to ndarray
            As for :meth:`update_running_stats`.
        shares : sequence of mapping of str to BatchStatistics
            From :meth:`statistics`, one of each share.

        Returns
        -------
        dict of str to ndarray
            New running statistics.

        Raises
        ------
        InputError
            If ``running`` or the shares are not of this network, or as :meth:`BatchNorm.update`.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> from liaf_ref.networks import SequenceClassifier
        >>> net = SequenceClassifier([lr.BatchNorm((3,)), lr.Dense(3, 2)], T=5)
        >>> params, X = net.init(0), np.ones((4, 5, 3), np.float32)
        >>> shares = [net.statistics(net(params, part)[1]) for part in (X[:2], X[2:])]
        >>> net.update(net.initial_running_stats(), shares)["batchnorm1.m"]
        array([0.1, 0.1, 0.1], dtype=float32)
        """
        check_keys(running, self.initial_running_stats(), self.label, "running statistics")
        parts = self._check_statistics("shares", shares)
        return {
            key: array
            for name, layer in self._norms.items()
            for key, array in add_prefix(
                name, layer.update(strip_prefix(running, name), [each[name] for each in parts])
            ).items()
        }

    def pool_statistics(self, batches: Sequence[Mapping[str, BatchStatistics]]) -> Params:
        """Compute running statistics of all samples of several batches.

        Parameters
        ----------
        batches : sequence of mapping of str to BatchStatistics
            From :meth:`statistics`, one of each batch.

        Returns
        -------
        dict of str to ndarray
            Mean and variance of all samples, for ``buffers`` of :meth:`forward`.

        Raises
        ------
        InputError
            If the batches are not of this network, or as :meth:`BatchNorm.pool_statistics`.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> from liaf_ref.networks import SequenceClassifier
        >>> net = SequenceClassifier([lr.BatchNorm((3,)), lr.Dense(3, 2)], T=5)
        >>> params, X = net.init(0), np.ones((4, 5, 3), np.float32)
        >>> batches = [net.statistics(net(params, part)[1]) for part in (X, 3 * X)]
        >>> net.pool_statistics(batches)["batchnorm1.m"]
        array([2., 2., 2.], dtype=float32)
        """
        parts = self._check_statistics("batches", batches)
        return {
            key: array
            for name, layer in self._norms.items()
            for key, array in add_prefix(
                name, layer.pool_statistics([each[name] for each in parts])
            ).items()
        }

    def _check_statistics(
        self, name: str, value: Sequence[Mapping[str, BatchStatistics]]
    ) -> tuple[Mapping[str, BatchStatistics], ...]:
        kind: type[Mapping[str, BatchStatistics]] = Mapping  # type: ignore[type-abstract]
        expected = "BatchStatistics as returned by statistics"
        parts = check_items(name, value, kind, self.label, expected)
        for each in parts:
            check_keys(each, self._norms, self.label, name)
        return parts

    @cached_property
    def _norms(self) -> dict[str, BatchNorm]:
        layers = self.sequential.flat_layers
        return {name: layer for name, layer in layers if isinstance(layer, BatchNorm)}

    def forward(
        self,
        params: Mapping[str, Array],
        X: Array,
        buffers: Mapping[str, Array] | None = None,
        kernel_set: KernelSet | None = None,
    ) -> tuple[Array, Tape]:
        """Classify a batch.

        Parameters
        ----------
        params : mapping of str to array
            Parameters by name, all of one dtype: NumPy arrays, or arrays of any library with
            ``__array__`` or ``__dlpack__``.
        X : array, shape ``(B, T, *in_shape)``
            Samples in the dtype of the parameters; for event cameras, frames that count events by
            polarity.
        buffers : mapping of str to array, optional
            In training the masks of :meth:`draw_masks`; in evaluation the running statistics.
        kernel_set : KernelSet, optional
            Kernels to run; by default the fast kernels for float32.

        Returns
        -------
        logits : ndarray, shape (B, classes)
            Before the softmax.
        tape : Tape
            For :meth:`backward`.

        Raises
        ------
        InputError
            On missing, unknown, misshapen or non-finite parameters or samples, or mixed dtypes.

        Notes
        -----
        The tape refers to ``params``, ``X`` and ``buffers`` and does not copy them: do not change
        them in place before :meth:`backward`.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> from liaf_ref.networks import SequenceClassifier
        >>> net = SequenceClassifier([lr.DenseLIAF(3, 8), lr.Dense(8, 2)], T=20)
        >>> logits, tape = net.forward(net.init(0), np.ones((4, 20, 3), np.float32))
        >>> logits.shape
        (4, 2)
        """
        Y, _, tape = self.sequential.forward(params, X, kernel_set=kernel_set, buffers=buffers)
        return self._read_logits(Y), tape

    def _check_tape(self, tape: object) -> tuple[tuple[int, ...], Any]:
        own = check_tape(tape, Tape, self.sequential)
        return (own.out_shape[0], *self.sequential.out_shape), own.dtype

    def _forward(
        self,
        params: Mapping[str, Array],
        X: Array,
        buffers: Mapping[str, Array] | None = None,
        *,
        kernel_set: KernelSet,
    ) -> tuple[Array, Tape]:
        """Classify without checks."""
        state = self.sequential._initial_state(len(X), X.dtype)
        Y, _, tape = self.sequential._forward({**params, **(buffers or {})}, X, state, kernel_set)
        return self._read_logits(Y), tape

    def _backward(self, dlogits: Array, tape: Tape) -> Params:
        """Differentiate without checks."""
        d_state = tuple(np.zeros_like(z) for z in tape.state)
        dY = readout.last_backward(dlogits, tape.out_shape[1])
        return self.sequential._backward_params(dY, d_state, tape)

    def op_counts(self, steps: int) -> list[LayerOpCount]:
        """The operations of every layer, for one sample of that many steps."""
        return count_ops(self.sequential, steps)

    def example_inputs(self, steps: int) -> tuple[Any, ...]:
        """One sample, and the masks of its dropout."""
        X = np.zeros((1, steps, *self.sequential.in_shape), np.float32)
        return X, self.draw_masks(np.random.default_rng(0), 1)

    def tape_parts(self, tape: Tape) -> list[tuple[str, Any]]:
        """The tapes of all stages."""
        return self.sequential.layer_tapes(tape)

    def label_of_param_layer(self, param: str) -> str:
        """Label of the layer that has a parameter, for error messages."""
        return dict(self.sequential.layers)[param.partition(".")[0]].label

    def make_nonfinite_tracer(
        self, params: Mapping[str, Array], buffers: Mapping[str, Array] | None, *inputs: Array
    ) -> NonFiniteTracer:
        """Tracer of the first non-finite value in a batch."""
        # Only here, so that nothing of it is loaded while all is well.
        from liaf_ref.networks.nonfinite.sequential import NonFiniteTracer  # noqa: PLC0415

        return NonFiniteTracer(self, {**params, **(buffers or {})}, *inputs)

    def to_onnx(self, writer: Any, params: Mapping[str, str]) -> str:
        """Add the frames as input ``X``, and the nodes of all layers."""
        X = writer.add_input("X", ("B", "T", *self.sequential.in_shape))
        Y, _ = self.sequential.to_onnx(writer, params, X, None)
        logits: str = writer.last(Y)
        return logits


@dataclass(frozen=True, repr=False)
class SequenceClassifier(SequentialNetwork):
    """A network of your own layers; the logits are the output at the last time step.

    An experiment of your own returns one from ``build_network``.

    Parameters
    ----------
    layers : list of Layer, or of (name, Layer) pairs
        As for :class:`liaf_ref.Sequential`; the last layer returns one logit for each class.
        Dropout and batch normalisation are allowed.
    T : int
        Time steps of a sample, for estimates of memory and counts of operations.
    criterion : str
        Loss: ``"ce"``, ``"softmax_bce"``, ``"sigmoid_bce"`` or ``"mse"``.

    Raises
    ------
    InputError
        If an argument is invalid, or two layers do not fit together.

    See Also
    --------
    liaf_ref.experiments.Experiment : An experiment that trains it.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.networks import SequenceClassifier
    >>> net = SequenceClassifier([lr.DenseLIAF(3, 8), lr.Dense(8, 2)], T=20)
    >>> params = net.init(0)
    >>> logits, tape = net.forward(params, np.ones((4, 20, 3), np.float32))
    >>> logits.shape
    (4, 2)
    >>> sorted(net.backward(logits, tape)) == sorted(params)
    True
    """

    layers: InitVar[Iterable[Layer | tuple[str, Layer]]]
    T: int
    criterion: str = "ce"
    sequential: Sequential = field(init=False)

    def __post_init__(self, layers: Iterable[Layer | tuple[str, Layer]]) -> None:
        where = type(self).__name__
        validate_fields(self, ("T",), check_positive_int, where)
        check_choice("criterion", self.criterion, LOSSES, where)
        chain = layers if isinstance(layers, Sequential) else Sequential(layers, label=where)
        if len(chain.out_shape) != 1:
            last = chain.layers[-1].layer.label
            reason = f"expected a last layer whose output is a vector, got {last}"
            raise InputError.for_argument("layers", where, reason)
        object.__setattr__(self, "sequential", chain)

    def __repr__(self) -> str:
        return f"SequenceClassifier({self.sequential!r}, T={self.T})"

    @property
    def name(self) -> str:
        """Name of the network on the command line."""
        return "sequence-classifier"

    @property
    def label(self) -> str:
        """Name of the network in error messages."""
        return self.sequential.label

    @property
    def steps(self) -> int:
        """Time steps of a sample."""
        return self.T

    def _read_logits(self, Y: Array) -> Array:
        return readout.last_forward(Y)
