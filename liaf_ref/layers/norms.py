"""Layer normalization, and batch normalization with statistics of the batch or running ones."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_float_dtype, check_items, check_keys
from liaf_ref.kernels import norm, norm_running
from liaf_ref.kernels.array import Array
from liaf_ref.layers import types as t
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.layer import ONE, ZERO, Param, Tape, VarianceShape, check_buffer
from liaf_ref.layers.plain import Shaped
from liaf_ref.layers.types import Arrays, Grads, Params, Pass, Shape, State, SymbolicShape


class Norm(Shaped):
    """Mean 0 and variance 1 over some axes, then scale ``gamma`` and shift ``b``."""

    @property
    def axes(self) -> Shape:
        """Axes of ``(B, T, ..., L)`` that are normalized over."""
        raise NotImplementedError

    @property
    def scale_shape(self) -> Shape:
        """Shape of scale and shift."""
        raise NotImplementedError

    def params(self) -> dict[str, Param]:
        """Scale 1 and shift 0."""
        return {"gamma": Param(self.scale_shape, ONE), "b": Param(self.scale_shape, ZERO)}

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run` with statistics of ``X``."""
        dX, dp = kernels.norm.backward(dY, saved, self.axes)
        return dX, (), dp._asdict()


class LayerNorm(Norm):
    """Layer normalization: mean 0, variance 1 in each step of each sample, then scale and shift.

    Parameters
    ----------
    shape : tuple of int
        One time step: ``(L,)`` or ``(H, W, L)``.
    num_axes : int, optional
        Number of last axes to normalize over; each of their entries has its own scale and shift.
        All axes by default; 1 for L alone.
    eps : float
        Added to the variance; above 0.

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    The parameters are ``gamma`` and ``b``, of the shape of the last ``num_axes`` axes.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.LayerNorm((4,), eps=1e-12)
    >>> Y, _, _ = layer(layer.init(0), np.array([[[1.0, 2.0, 3.0, 4.0]]]))
    >>> round(float(Y.mean()), 6), round(float(Y.var()), 6)
    (0.0, 1.0)
    """

    equation = "Section VI-B2"
    num_axes: t.Count | None = None
    eps: t.Positive = 1e-3

    def check_together(self) -> None:
        """There have to be as many axes."""
        if self.num_axes is not None and self.num_axes > len(self.shape):
            expected = f"expected an integer >= 1 and <= {len(self.shape)}"
            raise self.refuse("num_axes", f"{expected}, got {self.num_axes}")

    @property
    def scale_shape(self) -> Shape:
        """The normalized axes."""
        return self.shape if self.num_axes is None else self.shape[-self.num_axes :]

    @property
    def axes(self) -> Shape:
        """The last axes, counted from the last."""
        return tuple(range(-len(self.scale_shape), 0))

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        Y, _, saved = kernels.norm.forward(X, norm.Params(p["gamma"], p["b"]), self.axes, self.eps)
        return Y, (), saved


class BatchStatistics(NamedTuple):
    """Statistics of a batch, or of a share of it: mean, biased variance, shape ``(B, T, ...)``."""

    m: Array
    v: Array
    shape: Shape


class Saved(NamedTuple):
    """The kernel's tape, and the batch's statistics; None with running statistics."""

    tape: Any
    statistics: BatchStatistics | None


class BatchNorm(Norm):
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
    time_statistics: t.TimeStatistics = "joint"
    eps: t.Positive = 1e-5
    momentum: t.Share = 0.1

    @property
    def scale_shape(self) -> Shape:
        """The channels."""
        return self.shape[-1:]

    @property
    def axes(self) -> Shape:
        """All axes but the channels; the time axis only with joint statistics."""
        time = (1,) if self.time_statistics == "joint" else ()
        return (0, *time, *range(2, len(self.shape) + 1))

    def buffer_shapes(self) -> dict[str, SymbolicShape]:
        """Shapes of the running mean and variance."""
        return {"m": self.shape[-1:], "v": VarianceShape(self.shape[-1:])}

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps; the running statistics are among the parameters if given."""
        own = norm.Params(p["gamma"], p["b"])
        if "m" in p:
            running = norm.Statistics(p["m"], p["v"])
            Y, tape = norm_running.forward(X, own, running, self.eps)
            return Y, (), Saved(tape, None)
        Y, (m, v), tape = kernels.norm.forward(X, own, self.axes, self.eps)
        return Y, (), Saved(tape, BatchStatistics(m, v, X.shape))

    def strip(self, saved: Saved) -> Saved:
        """The statistics alone, for the running ones."""
        return saved._replace(tape=None)

    def back(self, dY: Array, d_state: State, saved: Saved, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        if saved.statistics is not None:
            return super().back(dY, d_state, saved.tape, kernels)
        dX, dp = norm_running.backward(dY, saved.tape)
        return dX, (), dp._asdict()

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
        dtype, L = check_float_dtype("dtype", dtype, self.label), self.shape[-1]
        return {"m": np.zeros(L, dtype), "v": np.ones(L, dtype)}

    def statistics(self, tape: Tape | Saved) -> BatchStatistics:
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
        saved = getattr(tape, "saved", tape)
        if not isinstance(saved, Saved) or saved.statistics is None:
            reason = "expected the tape of a training pass of batch normalization"
            raise InputError.for_argument("tape", self.label, reason)
        return saved.statistics

    def update_running_stats(self, running_stats: Arrays, tape: Tape) -> Params:
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

    def update(self, running: Arrays, shares: Sequence[BatchStatistics]) -> Params:
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
        shapes = self.buffer_shapes()
        arrays = check_keys(running, shapes, self.label, "running statistics")
        old = {n: check_buffer(n, arrays[n], axes, self.label) for n, axes in shapes.items()}
        batch, n = self._pool("shares", shares)
        joint = self.time_statistics == "joint"
        follow = norm_running.follow if joint else norm_running.follow_steps
        moved = follow(norm.Statistics(**old), batch, n, self.momentum)._asdict()
        return {name: new.reshape(-1).astype(old[name].dtype) for name, new in moved.items()}

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
        parts = check_items(name, batches, BatchStatistics, self.label, "BatchStatistics")
        if len({part.shape[1:] for part in parts}) != 1 or parts[0].shape[2:] != self.shape:
            given = ", ".join(str(part.shape) for part in parts) or "none"
            reason = f"expected statistics of one batch of steps of shape {self.shape}, got {given}"
            raise InputError.for_argument(name, self.label, reason)
        sizes = [self._entries(part.shape) for part in parts]
        if sum(sizes) < 2:
            reason = f"expected at least 2 entries per statistic, got {sum(sizes)}"
            raise InputError.for_argument("batch", self.label, reason)
        statistics = [norm.Statistics(part.m, part.v) for part in parts]
        return norm_running.pool(statistics, sizes), sum(sizes)

    def _entries(self, shape: Shape) -> int:
        return math.prod(shape[axis] for axis in self.axes)
