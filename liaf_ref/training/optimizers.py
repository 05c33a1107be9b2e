"""Optimizers: parameters, gradients and state in; parameters and state out."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.system import tune_malloc
from liaf_ref._core.text import describe_value
from liaf_ref._core.validation import check_number, validate_fields
from liaf_ref.kernels.array import Array
from liaf_ref.training.array_dict import ArrayDict, check_array_dict, check_matching_arrays

POSITIVE = (lambda x: x > 0), "a finite number > 0"
NON_NEGATIVE = (lambda x: x >= 0), "a finite number >= 0"
FRACTION = (lambda x: 0 <= x < 1), "a number in [0, 1)"
RANGES: dict[str, tuple[Callable[[float], bool], str]] = {
    "lr": POSITIVE,
    "momentum": FRACTION,
    "beta1": FRACTION,
    "beta2": FRACTION,
    "eps": POSITIVE,
    "weight_decay": NON_NEGATIVE,
}


def fits(dtype: Any) -> tuple[Callable[[float], bool], str]:
    """A number that is neither 0 nor infinite in a dtype, and its description."""
    # A step divides by eps where a gradient has been 0.
    limits, name = np.finfo(dtype), np.dtype(dtype).name
    low, high = float(limits.smallest_normal), float(limits.max)
    return (lambda x: low <= x <= high), f"a number from {low:.2g} to {high:.2g}, for {name}"


@dataclass(frozen=True)
class Optimizer(ABC):
    """An update rule; its state is a dictionary of arrays.

    Your own rule is a frozen dataclass with two methods: ``_state_template`` names the arrays of
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
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> from liaf_ref.training import Optimizer
    >>> @dataclass(frozen=True)
    ... class SignSGD(Optimizer):
    ...     def _state_template(self, params):
    ...         return {}
    ...
    ...     def _step(self, params, grads, state):
    ...         return {k: p - self.lr * np.sign(grads[k]) for k, p in params.items()}, state
    >>> moved, _ = SignSGD(0.1).step({"W": np.ones(1)}, {"W": np.array([-5.0])}, {})
    >>> moved["W"].tolist()
    [1.1]
    """

    lr: float

    def __post_init__(self) -> None:
        where = type(self).__name__
        for name in (field.name for field in fields(self) if field.name in RANGES):
            validate_fields(self, (name,), check_number, where, *RANGES[name])

    @abstractmethod
    def _state_template(self, params: Mapping[str, Array]) -> ArrayDict:
        """Arrays of the shapes and dtypes of the state, by name; their values do not matter."""

    def initial_state(self, params: Mapping[str, Array]) -> ArrayDict:
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
        params = check_array_dict(params, "parameters", type(self).__name__)
        return {name: np.zeros_like(value) for name, value in self._state_template(params).items()}

    def step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[ArrayDict, ArrayDict]:
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
        where = f"a step of {type(self).__name__}"
        params = check_array_dict(params, "parameters", where)
        grads = check_matching_arrays(grads, params, "gradients", where)
        state = check_matching_arrays(state, self._state_template(params), "state", where)
        return self._step(params, grads, state)

    @abstractmethod
    def _step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[ArrayDict, ArrayDict]:
        """Take one step without checks; the training loop checks the first step of a run."""

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
        check_number("factor", factor, type(self).__name__, *POSITIVE)
        return replace(self, lr=max(self.lr * factor, math.ulp(0)))


def check_optimizer(value: object) -> Optimizer:
    """Refuse anything but an optimizer; for the name or class of one, show how it is made."""
    if isinstance(value, Optimizer):
        return value
    name = getattr(value, "__name__", value)
    meant = {"sgd": "SGD", "adamw": "AdamW"}.get(
        name.lower() if isinstance(name, str) else "", "Adam"
    )
    reason = f"expected an optimizer such as {meant}(0.001), got {describe_value(value)}"
    raise InputError.for_argument("optimizer", "training", reason)


@dataclass(frozen=True)
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

    lr: float
    momentum: float = 0.0
    weight_decay: float = 0.0

    def _state_template(self, params: Mapping[str, Array]) -> ArrayDict:
        """A velocity for every parameter."""
        return {f"velocity.{name}": value for name, value in params.items()}

    def _step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[ArrayDict, ArrayDict]:
        """Take one step without checks."""
        new, after = {}, {}
        for name, value in params.items():
            gradient = grads[name] + self.weight_decay * value
            velocity = self.momentum * state[f"velocity.{name}"] + gradient
            new[name] = value - self.lr * velocity
            after[f"velocity.{name}"] = velocity
        return new, after


@dataclass(frozen=True)
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

    lr: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0

    def _state_template(self, params: Mapping[str, Array]) -> ArrayDict:
        """Two moments of every parameter's gradient, and the number of steps taken."""
        for name, value in params.items():
            check_number("eps", self.eps, f"{type(self).__name__} on {name}", *fits(value.dtype))
        moments = {f"{m}.{name}": value for m in ("m", "v") for name, value in params.items()}
        return {"steps": np.zeros((), np.int64)} | moments

    def _apply_weight_decay(self, value: Array, gradient: Array) -> tuple[Array, Array]:
        """The parameter, and the gradient whose moments are kept."""
        return value, gradient + self.weight_decay * value

    def _step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[ArrayDict, ArrayDict]:
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


@dataclass(frozen=True)
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
