"""Networks that are a sequence of layers."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from liaf_ref._core import validation
from liaf_ref._core.kinds import Kind, RefusedError, one_of, text
from liaf_ref.analysis.op_count import LayerOpCount, count_ops, network_counts
from liaf_ref.kernels import loss, loss_mse, loss_sigmoid_bce, loss_softmax_bce, readout
from liaf_ref.kernels.array import Array
from liaf_ref.layers import BatchNorm, Dropout, KernelSet, Layer, Params, Tape
from liaf_ref.layers import types as t
from liaf_ref.layers.layer import Param
from liaf_ref.layers.norms import BatchStatistics
from liaf_ref.layers.sequential import Sequential, group_by_prefix, merge
from liaf_ref.layers.types import Arrays
from liaf_ref.networks.base import Network

LOSSES = {
    "ce": loss,
    "softmax_bce": loss_softmax_bce,
    "sigmoid_bce": loss_sigmoid_bce,
    "mse": loss_mse,
}


def _accept_chain(value: Any) -> Sequential:
    if isinstance(value, list | tuple):
        return Sequential(value)
    if not isinstance(value, Sequential):
        raise RefusedError
    return value


CHAIN = Kind("a Sequential, or a list of layers", _accept_chain, (1, None, "layers"))


class SequenceClassifier(Network):
    """A network of your own layers; the logits are the output at the last time step.

    An experiment of your own returns one from ``build_network``; :func:`liaf_ref.dvs_network` and
    :func:`liaf_ref.gesture_network` make those of the paper.

    Parameters
    ----------
    sequential : Sequential, or list of Layer, or of (name, Layer) pairs
        The last layer returns one logit for each class. Dropout and batch normalization are
        allowed.
    T : int
        Time steps of a sample, for estimates of memory and counts of operations.
    criterion : str
        Loss: ``"ce"``, ``"softmax_bce"``, ``"sigmoid_bce"`` or ``"mse"``.
    name : str
        Name in tables and messages.

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

    sequential: Annotated[Sequential, CHAIN]
    T: t.Count
    criterion: Annotated[str, one_of(*LOSSES)] = "ce"
    name: Annotated[str, text] = "sequence-classifier"

    if TYPE_CHECKING:

        def __init__(
            self,
            sequential: Sequential | Iterable[Layer | tuple[str, Layer]],
            T: int,
            criterion: str = ...,
            name: str = ...,
        ) -> None: ...

    def check_together(self) -> None:
        """The output has to be a vector."""
        if len(self.sequential.out_shape) != 1:
            last = self.sequential.layers[-1].layer.label
            reason = f"expected a last layer whose output is a vector, got {last}"
            raise self.refuse("sequential", reason)

    @property
    def label(self) -> str:
        """Name of the network in error messages."""
        return self.name

    @property
    def steps(self) -> int:
        """Time steps of a sample."""
        return self.T

    @property
    def loss(self) -> ModuleType:
        """The kernel of its loss."""
        return LOSSES[self.criterion]

    def params(self) -> dict[str, Param]:
        """Those of the layers, such as ``conv1.W``."""
        return self.sequential.params()

    def forward(
        self,
        params: Arrays,
        X: Array,
        buffers: Arrays | None = None,
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
        Y, _, tape = self.sequential.forward(params, X, None, kernel_set, buffers)
        logits = readout.last_forward(Y)
        return logits, tape._replace(layer=self, shape=logits.shape)

    def run(
        self, p: Arrays, X: Array, buffers: Arrays | None = None, *, kernels: KernelSet
    ) -> tuple[Array, Tape]:
        """Classify without checks."""
        chain = self.sequential
        zeros = chain.zeros(len(X), X.dtype)
        Y, _, saved = chain.run({**p, **(buffers or {})}, X, zeros, kernels)
        logits = readout.last_forward(Y)
        return logits, Tape(self, kernels, saved, logits.shape, logits.dtype)

    def back(self, dlogits: Array, tape: Tape) -> Params:
        """Differentiate without checks."""
        d_state, saved = self.sequential.zeros(len(dlogits), dlogits.dtype), tape.saved
        dY = readout.last_backward(dlogits, saved.steps)
        return self.sequential.back_params(dY, d_state, saved, tape.kernels)

    def example_inputs(self, steps: int) -> tuple[Any, ...]:
        """One sample, and the masks of its dropout."""
        X = np.zeros((1, steps, *self.sequential.in_shape), np.float32)
        return X, self.draw_masks(np.random.default_rng(0), 1)

    def tape_parts(self, tape: Tape) -> list[tuple[str, Any]]:
        """What the tape keeps of each stage; of several in one, under the first."""
        names = [(name, None) for name, _ in self.sequential.stages]
        kept = zip((unit.name for unit in tape.saved.units), tape.saved.kept, strict=True)
        return [*names, *kept]

    def label_of_param_layer(self, param: str) -> str:
        """Label of the layer that has a parameter, for error messages."""
        return dict(self.sequential.layers)[param.partition(".")[0]].label

    # Buffers: masks and running statistics.

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
        rng = validation.check_rng("rng", rng, self.label)
        return {
            f"{name}.M": layer.draw_mask(rng, batch, dtype)
            for name, layer in self.sequential.stages
            if isinstance(layer, Dropout)
        }

    @cached_property
    def _norms(self) -> dict[str, BatchNorm]:
        stages = self.sequential.stages
        return {name: layer for name, layer in stages if isinstance(layer, BatchNorm)}

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
        dtype = validation.check_float_dtype("dtype", dtype, self.label)
        return merge(
            (name, norm.initial_running_stats(dtype)) for name, norm in self._norms.items()
        )

    def update_running_stats(self, running_stats: Arrays, tape: Tape) -> Params:
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
        saved = self.check_tape(tape).saved
        return {
            name: layer.statistics(kept)
            for (_, name, layer), kept in zip(saved.units, saved.kept, strict=True)
            if isinstance(layer, BatchNorm)
        }

    def update(self, running: Arrays, shares: Sequence[Mapping[str, BatchStatistics]]) -> Params:
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
        validation.check_keys(
            running, self.initial_running_stats(), self.label, "running statistics"
        )
        own, before = self._by_norm("shares", shares), group_by_prefix(running)
        return merge(
            (name, norm.update(before[name], own[name])) for name, norm in self._norms.items()
        )

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
        own = self._by_norm("batches", batches)
        return merge((name, norm.pool_statistics(own[name])) for name, norm in self._norms.items())

    def _by_norm(
        self, name: str, value: Sequence[Mapping[str, BatchStatistics]]
    ) -> dict[str, list[BatchStatistics]]:
        expected = "BatchStatistics as returned by statistics"
        parts = validation.check_items(name, value, dict, self.label, expected)
        for each in parts:
            validation.check_keys(each, self._norms, self.label, name)
        return {norm: [each[norm] for each in parts] for norm in self._norms}


@network_counts.register
def _(network: SequenceClassifier, T: int) -> list[LayerOpCount]:
    """Every layer."""
    return count_ops(network.sequential, T)
