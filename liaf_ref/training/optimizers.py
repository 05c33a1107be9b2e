"""Optimizers and schedules of their learning rate.

Parameters, gradients and the state go into an optimizer; parameters and state come out. A schedule
has no state: the validation losses are enough to resume a run.
"""

import math
from collections.abc import Sequence
from dataclasses import field, replace
from typing import Annotated, Any, Protocol, Self, runtime_checkable

import numpy as np

from liaf_ref._core.declared import Declared
from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import Kind, real
from liaf_ref._core.system import tune_malloc
from liaf_ref._core.text import short_text
from liaf_ref._core.validation import check_instance, check_items
from liaf_ref.kernels.array import Array
from liaf_ref.layers import types as t
from liaf_ref.training.protocols import ArrayDict, check_array_dict, check_matching_arrays

WHERE = "the frozen parameters"
Stepped = tuple[ArrayDict, ArrayDict]  # parameters and state after a step


def fits(dtype: Any) -> Kind:
    """A number that is neither 0 nor infinite in a dtype: a step divides by it."""
    limits = np.finfo(dtype)
    return real(float(limits.smallest_normal), float(limits.max))


class Optimizer(Declared):
    """An update rule; its state is a dictionary of arrays.

    Your own rule is a subclass with two methods: ``_state_template`` names the arrays of
    its state, ``_step`` updates the parameters.

    Parameters
    ----------
    lr : float
        Learning rate, above 0.

    Raises
    ------
    InputError
        If ``lr`` is not a finite number above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.training import Optimizer
    >>> class SignSGD(Optimizer):
    ...     def _state_template(self, params):
    ...         return {}
    ...
    ...     def _step(self, params, grads, state):
    ...         return {k: p - self.lr * np.sign(grads[k]) for k, p in params.items()}, state
    >>> moved, _ = SignSGD(0.1).step({"W": np.ones(1)}, {"W": np.array([-5.0])}, {})
    >>> moved["W"].tolist()
    [1.1]
    """

    lr: t.Positive

    def _state_template(self, params: t.Arrays) -> ArrayDict:
        """Arrays of the shapes and dtypes of the state, by name; their values do not matter."""
        raise NotImplementedError

    def initial_state(self, params: t.Arrays) -> ArrayDict:
        """State before the first step: all zero.

        As training begins here, glibc is told to keep up to 1 GB of freed memory from now on.

        Parameters
        ----------
        params : mapping of str to ndarray
            Parameters by name.

        Returns
        -------
        dict of str to ndarray
            For :meth:`step`.

        Raises
        ------
        InputError
            If ``params`` is no mapping of floating or complex arrays.
        """
        tune_malloc()
        params = check_array_dict(params, "parameters", self.where())
        return {name: np.zeros_like(value) for name, value in self._state_template(params).items()}

    def step(self, params: t.Arrays, grads: t.Arrays, state: t.Arrays) -> Stepped:
        """Take one step.

        Parameters
        ----------
        params, grads : mapping of str to ndarray
            Parameters and their gradients, under the same names.
        state : mapping of str to ndarray
            From :meth:`initial_state` or the step before.

        Returns
        -------
        params, state : dict of str to ndarray
            New arrays; the arguments are not changed.

        Raises
        ------
        InputError
            On a missing or unknown name, or a shape or dtype that is not the
            parameter's.
        """
        where = f"a step of {self.where()}"
        params = check_array_dict(params, "parameters", where)
        state = check_matching_arrays(state, self._state_template(params), "state", where)
        given = self.trainable(check_array_dict(grads, "gradients", where))
        grads = check_matching_arrays(given, self.trainable(params), "gradients", where)
        return self._step(params, grads, state)

    def _step(self, params: t.Arrays, grads: t.Arrays, state: t.Arrays) -> Stepped:
        """Take one step without checks; the training loop checks the first step of a run."""
        raise NotImplementedError

    def trainable(self, arrays: t.Arrays) -> ArrayDict:
        """The arrays of the parameters that a step changes: all, but for frozen ones."""
        return dict(arrays)

    def with_scaled_lr(self, factor: float) -> Self:
        """Scale the learning rate.

        Parameters
        ----------
        factor : float
            Factor of ``lr``; a product that underflows is the smallest positive number.

        Returns
        -------
        Optimizer
            A copy with the new ``lr``; a state fits both optimizers.

        Raises
        ------
        InputError
            If ``factor`` is not above 0.
        """
        t.POSITIVE.check("factor", factor, self.where())
        return replace(self, lr=max(self.lr * factor, math.ulp(0)))


def check_optimizer(value: object) -> Optimizer:
    """Refuse anything but an optimizer."""
    expected = "an optimizer such as Adam(0.001)"
    return check_instance("optimizer", value, Optimizer, "training", expected)


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, and weight decay as an L2 term of the gradient.

    Parameters
    ----------
    lr : float
        Learning rate.
    momentum : float
        Fraction of the previous step that is added, in [0, 1).
    weight_decay : float
        Factor of the parameter that is added to its gradient.

    Raises
    ------
    InputError
        If a value is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> optimizer = lr.SGD(0.1)
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([2.0])}
    >>> state = optimizer.initial_state(params)
    >>> params, state = optimizer.step(params, grads, state)
    >>> params["w"].round(6).tolist()
    [0.8]
    """

    lr: t.Positive
    momentum: t.Rate = 0.0
    weight_decay: t.Width = 0.0

    def _state_template(self, params: t.Arrays) -> ArrayDict:
        """A velocity for every parameter."""
        return {f"velocity.{name}": value for name, value in params.items()}

    def _step(self, params: t.Arrays, grads: t.Arrays, state: t.Arrays) -> Stepped:
        """Take one step without checks."""
        new, after = {}, {}
        for name, value in params.items():
            gradient = grads[name] + self.weight_decay * value
            velocity = self.momentum * state[f"velocity.{name}"] + gradient
            new[name] = value - self.lr * velocity
            after[f"velocity.{name}"] = velocity
        return new, after


class Adam(Optimizer):
    """Adam, Kingma and Ba 2015, Algorithm 1, with weight decay as an L2 term of the gradient.

    Parameters
    ----------
    lr : float
        Learning rate.
    beta1, beta2 : float
        Decay of the moments, in [0, 1).
    eps : float
        Added to the square root of the second moment.
    weight_decay : float
        Factor of the parameter that is added to its gradient, before the moments.

    Raises
    ------
    InputError
        If a value is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> optimizer = lr.Adam(0.1)
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([2.0])}
    >>> state = optimizer.initial_state(params)
    >>> params, state = optimizer.step(params, grads, state)
    >>> params["w"].round(6).tolist()
    [0.9]
    """

    lr: t.Positive
    beta1: t.Rate = 0.9
    beta2: t.Rate = 0.999
    eps: t.Positive = 1e-8
    weight_decay: t.Width = 0.0

    def _state_template(self, params: t.Arrays) -> ArrayDict:
        """Two moments of every parameter's gradient, and the number of steps taken."""
        for name, value in params.items():
            fits(value.dtype).check("eps", self.eps, f"{self.where()} on {name}")
        moments = {f"{m}.{name}": value for m in ("m", "v") for name, value in params.items()}
        return {"steps": np.zeros((), np.int64)} | moments

    def _apply_weight_decay(self, value: Array, gradient: Array) -> tuple[Array, Array]:
        """The parameter, and the gradient whose moments are kept."""
        return value, gradient + self.weight_decay * value

    def _step(self, params: t.Arrays, grads: t.Arrays, state: t.Arrays) -> Stepped:
        """Take one step without checks."""
        steps = state["steps"] + 1
        unbias1, unbias2 = (float(1 - beta**steps) for beta in (self.beta1, self.beta2))
        new, after = {}, {"steps": np.asarray(steps)}
        for name, param in params.items():
            value, g = self._apply_weight_decay(param, grads[name])
            m = self.beta1 * state[f"m.{name}"] + (1 - self.beta1) * g
            v = self.beta2 * state[f"v.{name}"] + (1 - self.beta2) * g * g
            new[name] = value - self.lr * (m / unbias1) / (np.sqrt(v / unbias2) + self.eps)
            after[f"m.{name}"], after[f"v.{name}"] = m, v
        return new, after


class AdamW(Adam):
    """Adam with decoupled weight decay, Loshchilov and Hutter 2019.

    Parameters
    ----------
    lr, beta1, beta2, eps : float
        As for :class:`Adam`.
    weight_decay : float
        Each step subtracts ``lr * weight_decay`` times the parameter; the moments do not include
        it.

    Raises
    ------
    InputError
        If a value is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> optimizer = lr.AdamW(0.1, weight_decay=0.1)
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([0.0])}
    >>> params, state = optimizer.step(params, grads, optimizer.initial_state(params))
    >>> params["w"].round(6).tolist()
    [0.99]
    """

    def _apply_weight_decay(self, value: Array, gradient: Array) -> tuple[Array, Array]:
        """The parameter less its decay, and the gradient alone."""
        return value - self.lr * self.weight_decay * value, gradient


class FrozenParameters(Optimizer):
    """Optimizer that does not change the named parameters, not even by weight decay.

    Parameters
    ----------
    optimizer : Optimizer
        Optimizer of the other parameters.
    names : frozenset of str
        Names of the frozen parameters; state and gradients need not contain them.

    Raises
    ------
    InputError
        If an argument has another type; on the first step, if no parameter has one of the names.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.training import FrozenParameters
    >>> optimizer = FrozenParameters(lr.SGD(0.1), frozenset({"b"}))
    >>> params = {"W": np.ones(1), "b": np.ones(1)}
    >>> params, _ = optimizer.step(params, {"W": np.ones(1)}, optimizer.initial_state(params))
    >>> float(params["W"][0]), float(params["b"][0])
    (0.9, 1.0)
    """

    lr: float = field(init=False)  # that of ``optimizer``
    optimizer: Optimizer
    names: frozenset[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "lr", check_optimizer(self.optimizer).lr)
        names = check_items("names", self.names, str, WHERE, "a set of names")
        object.__setattr__(self, "names", frozenset(names))

    def _state_template(self, params: t.Arrays) -> ArrayDict:
        """The optimizer's state of the others; refuse a name that no parameter has."""
        for name in sorted(self.names - params.keys()):
            known = ", ".join(sorted(params))
            reason = f"expected names of parameters, got {short_text(name)}; known: {known}"
            raise InputError.for_argument("names", WHERE, reason)
        return self.optimizer._state_template(self.trainable(params))

    def trainable(self, arrays: t.Arrays) -> ArrayDict:
        """The arrays of parameters that are not frozen."""
        return {name: array for name, array in arrays.items() if name not in self.names}

    def _step(self, params: t.Arrays, grads: t.Arrays, state: t.Arrays) -> Stepped:
        """Take one step of the trainable parameters without checks."""
        moved, after = self.optimizer._step(self.trainable(params), self.trainable(grads), state)
        return {**params, **moved}, after

    def with_scaled_lr(self, factor: float) -> Self:
        """The same optimizer with a scaled learning rate."""
        return replace(self, optimizer=self.optimizer.with_scaled_lr(factor))


@runtime_checkable
class Schedule(Protocol):
    """Decides the learning rate of the next epoch."""

    def lr_factor(self, losses: Sequence[float]) -> float:
        """The fraction of the first learning rate that is left after these epochs."""


class ConstantLR(Declared):
    """The learning rate stays the same.

    Examples
    --------
    >>> from liaf_ref.training import ConstantLR
    >>> ConstantLR().lr_factor([0.7, 0.8, 0.9])
    1.0
    """

    def lr_factor(self, losses: Sequence[float]) -> float:
        """Return 1; see :class:`Schedule`."""
        return 1.0


class ReduceLROnPlateau(Declared):
    """Reduce the learning rate when the validation loss stops falling.

    Sections VI-B3 and VI-B5 of the paper.

    Parameters
    ----------
    patience : int
        Epochs without a lower validation loss before a reduction; each reduction restarts the
        count.
    factor : float
        Factor of the learning rate, in (0, 1).

    Raises
    ------
    InputError
        If ``patience`` is below 1 or ``factor`` is not in (0, 1).

    Examples
    --------
    >>> from liaf_ref.training import ReduceLROnPlateau
    >>> schedule = ReduceLROnPlateau(patience=2)
    >>> schedule.lr_factor([0.7, 0.8]), schedule.lr_factor([0.7, 0.8, 0.9])
    (1.0, 0.2)
    """

    patience: t.Count = 5
    factor: Annotated[float, real(0, 1, closed="()")] = 0.2

    def lr_factor(self, losses: Sequence[float]) -> float:
        """Return a power of ``factor``, never 0; see :class:`Schedule`."""
        divisions, waited, lowest = 0, 0, float("inf")
        for loss in losses:
            waited = 0 if loss < lowest else waited + 1
            lowest = min(lowest, loss)
            if waited == self.patience:
                divisions, waited = divisions + 1, 0
        return max(float(self.factor**divisions), math.ulp(0))


class CosineAnnealingLR(Declared):
    """Reduce the learning rate from epoch to epoch along half a cosine, towards 0.

    Loshchilov and Hutter 2017 (`arXiv:1608.03983 <https://arxiv.org/abs/1608.03983>`_), Eq. (5),
    without restarts; the paper does not use it.

    Parameters
    ----------
    epochs : int
        Number of epochs of the run; after them the learning rate would be 0.

    Raises
    ------
    InputError
        If ``epochs`` is below 1.

    Examples
    --------
    >>> from liaf_ref.training import CosineAnnealingLR
    >>> schedule = CosineAnnealingLR(epochs=4)
    >>> [round(schedule.lr_factor([0.5] * done), 3) for done in range(4)]
    [1.0, 0.854, 0.5, 0.146]
    """

    epochs: t.Count

    def lr_factor(self, losses: Sequence[float]) -> float:
        """Return the cosine at the number of losses, never 0; see :class:`Schedule`."""
        done = min(len(losses) / self.epochs, 1.0)
        return max((1 + math.cos(math.pi * done)) / 2, math.ulp(0))
