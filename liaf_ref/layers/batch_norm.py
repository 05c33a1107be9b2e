"""Batch normalisation, Section VI-C2, with statistics over batch and time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    check_choice,
    check_float_dtype,
    check_instance,
    check_items,
    check_keys,
    check_number,
    validate_fields,
)
from liaf_ref.kernels import norm, norm_running
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.base import Operations, State, SymbolicShape, Tape
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.normalization import Normalization
from liaf_ref.layers.parametrized import Params
from liaf_ref.layers.validation import VarianceShape, check_buffer

TIME_STATISTICS = ("joint", "per_step")


class KernelTape(NamedTuple):
    """The kernel's tape, and the batch's statistics; None with running statistics."""

    tape: norm.Tape | None
    statistics: norm.Statistics | None


class BatchStatistics(NamedTuple):
    """Statistics of a batch, or of a share of it."""

    m: Array  # mean; the normalized axes are kept with size 1
    v: Array  # biased variance
    shape: Size  # of what was normalized, (B, T, ..., L)


@dataclass(frozen=True, repr=False)
class BatchNorm(Normalization):
    """Batch normalization: mean 0 and variance 1 of each channel, then scale and shift.

    In training the statistics are those of the batch. In evaluation the running statistics
    ``m`` and ``v`` are passed as ``buffers``; :meth:`update_running_stats` tracks them.

    Parameters
    ----------
    shape : tuple of int
        One time step: ``(L,)`` or ``(H, W, L)``.
    time_statistics : str
        ``"joint"``: statistics over batch, time and positions, so that time steps are coupled;
        ``"per_step"``: each time step has its own.
    eps : float
        Added to the variance; above 0.
    momentum : float
        Weight of the batch in the running statistics, in [0, 1].

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    The parameters are ``gamma`` (L,) and ``b`` (L,).

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.BatchNorm((3,))
    >>> X = np.random.default_rng(0).normal(5.0, 2.0, (8, 4, 3))
    >>> Y, _, tape = layer(layer.init(0), X)
    >>> np.allclose(Y.mean(axis=(0, 1)), 0), np.allclose(Y.std(axis=(0, 1)), 1, atol=1e-4)
    (True, True)
    >>> stats = layer.update_running_stats(layer.initial_running_stats(np.float64), tape)
    >>> Y, _, _ = layer(layer.init(0), X, buffers=stats)  # evaluation
    """

    equation = "Section VI-C2"
    shape: Size
    time_statistics: str = "joint"
    eps: float = 1e-5
    momentum: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("time_statistics", self.time_statistics, TIME_STATISTICS, self._class_label)
        expected = "a number in [0, 1]"
        validate_fields(
            self, ("momentum",), check_number, self._class_label, lambda x: 0 <= x <= 1, expected
        )

    @property
    def axes(self) -> Size:
        """Axes of (B, T, ..., L) that are normalised over."""
        time = (1,) if self.time_statistics == "joint" else ()
        return (0, *time, *range(2, len(self.shape) + 1))

    def buffer_shapes(self) -> dict[str, SymbolicShape]:
        """Shapes of the running mean and variance."""
        return {"m": self.shape[-1:], "v": VarianceShape(self.shape[-1:])}

    def initial_running_stats(self, dtype: Any) -> Params:
        """Running statistics before the first batch: mean 0, variance 1.

        Parameters
        ----------
        dtype : dtype
            Data type of the parameters.

        Returns
        -------
        dict of str to ndarray
            ``m`` and ``v``, each (L,).

        Raises
        ------
        InputError
            If ``dtype`` is neither complex nor a float of at least 32 bits.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.BatchNorm((2,)).initial_running_stats("float64")
        {'m': array([0., 0.]), 'v': array([1., 1.])}
        """
        dtype = check_float_dtype("dtype", dtype, self.label)
        L = self.shape[-1]
        return {"m": np.zeros(L, dtype), "v": np.ones(L, dtype)}

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks; the running statistics are among ``params`` if given."""
        p = norm.Params(params["gamma"], params["b"])
        batch: norm.Statistics | None = None
        if "m" in params:
            running = norm.Statistics(params["m"], params["v"])
            Y, tape = norm_running.forward(X, p, running, self.eps)
        else:
            Y, batch, tape = kernel_set.norm.forward(X, p, self.axes, self.eps)
        return Y, (), Tape(KernelTape(tape, batch), kernel_set, Y.shape, Y.dtype, ())

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        if tape.kernel_tape.statistics is None:
            dX, dp = norm_running.backward(dY, tape.kernel_tape.tape)
        else:
            dX, dp = tape.kernel_set.norm.backward(dY, tape.kernel_tape.tape, self.axes)
        return dX, (), dp._asdict()

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """Running statistics, scale and shift are one product and one sum."""
        n = T * int(np.prod(self.shape))
        return n, n

    def strip_tape(self, tape: Tape) -> Tape:
        """A tape with nothing but the statistics for :meth:`update_running_stats`."""
        return tape._replace(kernel_tape=tape.kernel_tape._replace(tape=None))

    def update_running_stats(self, running_stats: Mapping[str, Array], tape: Tape) -> Params:
        """Update the running statistics from a batch.

        Parameters
        ----------
        running_stats : mapping of str to ndarray
            Current ``m`` and ``v``, each (L,); before the first batch
            :meth:`initial_running_stats`.
        tape : Tape
            From a forward pass in training.

        Returns
        -------
        dict of str to ndarray
            New ``m`` and ``v``, in the dtype of ``running_stats``.

        Raises
        ------
        InputError
            If ``running_stats`` has another form or a negative variance, the tape is not from a
            batch normalization, the pass used running statistics, or a mean is over one entry only.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.BatchNorm((1,), momentum=0.1)
        >>> stats = layer.initial_running_stats(np.float64)
        >>> _, _, tape = layer(layer.init(0), np.full((8, 4, 1), 5.0))
        >>> layer.update_running_stats(stats, tape)
        {'m': array([0.5]), 'v': array([0.9])}
        """
        return self.update(running_stats, (self.statistics(tape),))

    def statistics(self, tape: Tape) -> BatchStatistics:
        """Read the statistics of a batch, or of one process's share of it, from a tape.

        Parameters
        ----------
        tape : Tape
            From a forward pass in training.

        Returns
        -------
        BatchStatistics
            For :meth:`update`.

        Raises
        ------
        InputError
            If the tape is not from a batch normalization, or the pass used running statistics.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.BatchNorm((1,))
        >>> _, _, tape = layer(layer.init(0), np.full((8, 4, 1), 5.0))
        >>> layer.statistics(tape).m
        array([[[5.]]])
        """
        kernel = getattr(tape, "kernel_tape", tape)
        batch = check_instance(
            "tape", kernel, KernelTape, self.label, "the tape of a training pass"
        ).statistics
        if batch is None:
            reason = (
                "expected the tape of a training pass, "
                "got that of an evaluation with running statistics"
            )
            raise InputError.for_argument("tape", self.label, reason)
        return BatchStatistics(*batch, tape.out_shape)

    def update(self, running: Mapping[str, Array], shares: Sequence[BatchStatistics]) -> Params:
        """Update the running statistics from a batch that several processes share.

        The result is that of :meth:`update_running_stats` for one batch of all shares.

        Parameters
        ----------
        running : mapping of str to ndarray
            As for :meth:`update_running_stats`.
        shares : sequence of BatchStatistics
            From :meth:`statistics`, one of each share.

        Returns
        -------
        dict of str to ndarray
            New ``m`` and ``v``.

        Raises
        ------
        InputError
            If ``running`` has another form or a negative variance, the shares are not of one batch,
            or a mean of the whole batch is over one entry only.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.BatchNorm((1,), momentum=0.5)
        >>> params, stats = layer.init(0), layer.initial_running_stats(np.float64)
        >>> tapes = [layer(params, np.full((2, 3, 1), mean))[2] for mean in (1.0, 3.0)]
        >>> layer.update(stats, [layer.statistics(tape) for tape in tapes])["m"]
        array([1.])
        """
        running = self._check_running_stats(running)
        batch, n = self._pool("shares", shares)
        follow = (
            norm_running.follow if self.time_statistics == "joint" else norm_running.follow_steps
        )
        moved = follow(norm.Statistics(**running), batch, n, self.momentum)
        return {
            key: value.reshape(-1).astype(running[key].dtype)
            for key, value in moved._asdict().items()
        }

    def pool_statistics(self, batches: Sequence[BatchStatistics]) -> Params:
        """Compute running statistics of all samples of several batches.

        They do not depend on earlier batches, so they fit parameters that were not trained, such
        as averaged ones.

        Parameters
        ----------
        batches : sequence of BatchStatistics
            From :meth:`statistics`, one of each batch.

        Returns
        -------
        dict of str to ndarray
            Mean ``m`` and unbiased variance ``v`` of all samples; with ``"per_step"`` statistics
            their means over time.

        Raises
        ------
        InputError
            If the batches differ in more than their number of samples, or a mean is over one
            entry only.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.BatchNorm((1,))
        >>> X = np.array([0.0, 4.0]).repeat(8).reshape(4, 4, 1)
        >>> tapes = [layer(layer.init(0), part)[2] for part in (X[:3], X[3:])]
        >>> layer.pool_statistics([layer.statistics(tape) for tape in tapes])["m"]
        array([2.])
        """
        batch, n = self._pool("batches", batches)
        m, v = (part.mean(axis=1) for part in batch)
        return {"m": m.reshape(-1), "v": v.reshape(-1) * (n / (n - 1))}

    def _pool(self, name: str, batches: Sequence[BatchStatistics]) -> tuple[norm.Statistics, int]:
        """Statistics of all samples together, and the entries that each is over."""
        source = self.label
        parts = check_items(
            name, batches, BatchStatistics, source, "BatchStatistics as returned by statistics"
        )
        if len({share.shape[1:] for share in parts}) != 1 or parts[0].shape[2:] != self.shape:
            actual = ", ".join(str(share.shape) for share in parts) or "none"
            expected = f"(B, T, {', '.join(map(str, self.shape))})"
            reason = f"expected statistics of one batch, of shape {expected}, got {actual}"
            raise InputError.for_argument(name, source, reason)
        shape = (sum(share.shape[0] for share in parts), *parts[0].shape[1:])
        n = self._entries(shape)
        if n < 2:
            reason = f"expected at least 2 entries per statistic, got a batch of shape {shape}"
            raise InputError.for_argument("batch", source, reason)
        sizes = [self._entries(share.shape) for share in parts]
        return norm_running.pool([norm.Statistics(*share[:2]) for share in parts], sizes), n

    def _entries(self, shape: tuple[int, ...]) -> int:
        """How many entries of (B, T, ..., L) have a mean in common."""
        return int(np.prod([shape[axis] for axis in self.axes]))

    def _check_running_stats(self, running_stats: object) -> Params:
        source, expected = self.label, self.buffer_shapes()
        arrays = check_keys(running_stats, expected, source, "running statistics")
        return {n: check_buffer(n, arrays[n], axes, source) for n, axes in expected.items()}

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Normalize by the running statistics if given, otherwise by those of the batch."""
        if "m" in params:
            return writer.batch_norm(X, params, self.shape[-1], self.eps), ()
        return writer.norm(X, params, self.axes, self.eps), ()
