"""Optimisers: parameters, gradients and state in; parameters and state out."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liaf_ref.door import check_number
from liaf_ref.kernels.array import Array

Named = dict[str, Array]


class Optimiser(ABC):
    """An update rule.  Its state is a dictionary of arrays that a checkpoint can hold."""

    @abstractmethod
    def start(self, params: Mapping[str, Array]) -> Named:
        """State before the first step."""

    @abstractmethod
    def step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[Named, Named]:
        """Take one step.

        Parameters
        ----------
        params, grads : mapping of str to ndarray
            Parameters and their gradients, under the same names.
        state : mapping of str to ndarray
            From :meth:`start` or the step before.

        Returns
        -------
        params, state : dict of str to ndarray
            New arrays; what was passed in is left as it was.
        """


def _positive(name: str, value: object, source: str) -> None:
    check_number(name, value, source, lambda x: x > 0, "a finite number > 0")


def _not_negative(name: str, value: object, source: str) -> None:
    check_number(name, value, source, lambda x: x >= 0, "a finite number >= 0")


def _share(name: str, value: object, source: str) -> None:
    check_number(name, value, source, lambda x: 0 <= x < 1, "a number in [0, 1)")


@dataclass(frozen=True)
class SGD(Optimiser):
    """Gradient descent, with momentum if asked, and L2 weight decay in the gradient.

    Parameters
    ----------
    lr : float
        Learning rate.
    momentum : float
        Share of the last step kept, in [0, 1).
    weight_decay : float
        Added to the gradient times the parameter.
    """

    lr: float
    momentum: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        _positive("lr", self.lr, "SGD")
        _share("momentum", self.momentum, "SGD")
        _not_negative("weight_decay", self.weight_decay, "SGD")

    def start(self, params: Mapping[str, Array]) -> Named:
        """Zero velocity."""
        return {f"velocity.{name}": np.zeros_like(value) for name, value in params.items()}

    def step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[Named, Named]:
        """Take one step; see :meth:`Optimiser.step`."""
        new, after = {}, {}
        for name, value in params.items():
            gradient = grads[name] + self.weight_decay * value
            velocity = self.momentum * state[f"velocity.{name}"] + gradient
            new[name] = value - self.lr * velocity
            after[f"velocity.{name}"] = velocity
        return new, after


@dataclass(frozen=True)
class Adam(Optimiser):
    """Adam, Kingma and Ba 2015, Algorithm 1, with weight decay as L2 in the gradient.

    Parameters
    ----------
    lr : float
        Learning rate.
    beta1, beta2 : float
        Decay of the moments, in [0, 1).
    eps : float
        Added to the root of the second moment.
    weight_decay : float
        Added to the gradient times the parameter, before the moments.
    """

    lr: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        name = type(self).__name__
        _positive("lr", self.lr, name)
        _share("beta1", self.beta1, name)
        _share("beta2", self.beta2, name)
        _positive("eps", self.eps, name)
        _not_negative("weight_decay", self.weight_decay, name)

    def start(self, params: Mapping[str, Array]) -> Named:
        """Zero moments, no step taken."""
        zeros = {
            f"{moment}.{name}": np.zeros_like(value)
            for moment in ("m", "v")
            for name, value in params.items()
        }
        return {"steps": np.zeros((), np.int64)} | zeros

    def regularised(self, gradient: Array, value: Array) -> Array:
        """The gradient whose moments are kept."""
        regularised: Array = gradient + self.weight_decay * value
        return regularised

    def shrunk(self, value: Array) -> Array:
        """The parameter from which the step is taken."""
        return value

    def step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[Named, Named]:
        """Take one step; see :meth:`Optimiser.step`."""
        steps = state["steps"] + 1
        unbias1, unbias2 = (float(1 - beta**steps) for beta in (self.beta1, self.beta2))
        new, after = {}, {"steps": np.asarray(steps)}
        for name, value in params.items():
            g = self.regularised(grads[name], value)
            m = self.beta1 * state[f"m.{name}"] + (1 - self.beta1) * g
            v = self.beta2 * state[f"v.{name}"] + (1 - self.beta2) * g * g
            step = self.lr * (m / unbias1) / (np.sqrt(v / unbias2) + self.eps)
            new[name] = self.shrunk(value) - step
            after[f"m.{name}"], after[f"v.{name}"] = m, v
        return new, after


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay, Loshchilov and Hutter 2019; parameters as Adam."""

    def regularised(self, gradient: Array, value: Array) -> Array:
        """The gradient alone: the decay does not pass through the moments."""
        return gradient

    def shrunk(self, value: Array) -> Array:
        """The parameter less its decay."""
        shrunk: Array = value - self.lr * self.weight_decay * value
        return shrunk


def clip_norm(grads: Mapping[str, Array], limit: float) -> Named:
    """Scale all gradients together so that their joint norm is at most ``limit``.

    Parameters
    ----------
    grads : mapping of str to ndarray
        Gradients by name.
    limit : float
        Largest Euclidean norm over all of them.

    Returns
    -------
    dict of str to ndarray
        Scaled copies, or the gradients themselves where the norm is within the limit.

    Raises
    ------
    InputError
        If ``limit`` is not a number above 0.
    """
    _positive("limit", limit, "clip_norm")
    # In float64: the squares of finite float32 gradients overflow float32.
    squares = (float((np.abs(g).astype(np.float64) ** 2).sum()) for g in grads.values())
    norm = math.sqrt(sum(squares))
    if norm <= limit:
        return dict(grads)
    return {name: g * (limit / norm) for name, g in grads.items()}
