"""Cases in any framework whose arrays have NumPy's operators.

A case is the oracle's own text, computed with the framework's arrays, but for the spike and the
parts that the framework has itself.  The framework differentiates all of it; the oracle's tape is
not used.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np

from liaf_ref.oracle.case import Array, Case
from liaf_ref.oracle.table.functions import ACTIVATIONS
from liaf_ref.oracle.table.interpreter import PAPER, Pass, Text, float_dtype, is_real, leaf_arrays
from liaf_ref.oracle.table.tape import Numbers, T, current, using

Tensor = Any  # a framework's array
Tensors = dict[str, Tensor]
Objective = Callable[[Tensors], tuple[Tensor, Tensors]]  # a scalar, and what is on the way


class Framework(Pass, ABC):
    """One run of a case, in arrays of a framework, which differentiates it."""

    xp: Any  # its module with NumPy's names
    activations: Any = None  # its module of activations; without one, they are the oracle's text
    tensor: Callable[[Array], Tensor]  # an array of the framework
    detach: Callable[[Tensor], Tensor]  # the value without its history
    sigmoid: Callable[[Tensor], Tensor]
    spike: Callable[[Tensor, float], Tensor]  # S of Eq. (4), whose slope is the window of Eq. (13)
    parts: ClassVar[Text] = {}  # of the oracle's text, by the framework's own functions

    def __init__(self, case: Case) -> None:
        acts = {f"act:{act}": partial(self._act, act) for act in ACTIVATIONS}
        text = {**PAPER, "spike": self._spike, "convolve": self._convolve, **acts, **self.parts}
        super().__init__(case, text)
        self.dtype, xp = float_dtype(case), self.xp
        self.numbers = Numbers(
            lambda a: self.tensor(np.asarray(a, self.dtype)),
            self.numpy,
            *(xp.exp, xp.expm1, xp.log, xp.tanh, xp.sqrt, self.sigmoid),
            stack=xp.stack,
            concatenate=xp.concatenate,
            where=lambda mask, a, b: xp.where(self.tensor(mask), a, b),
            stop=self.detach,
        )

    def numpy(self, tensor: Tensor) -> Array:
        """An array of NumPy, also within a gradient."""
        return np.array(self.detach(tensor))

    @abstractmethod
    def differentiate(self, f: Objective, at: Tensors) -> tuple[Tensors, Tensors]:
        """The gradients of f's first value, a scalar, and its second as it is."""

    @abstractmethod
    def convolve(self, X: Tensor, W: Tensor, stride: Any, pad: Any) -> Tensor:
        """Convolve ``(N, *size, K)`` with zeros around, as many axes as W has beside K and L."""

    def _spike(self, x: T, mu: float, given: Any = None, detached: bool = False, **_: Any) -> T:
        """The framework's spike, or the one that is given with its window."""
        if given is None:
            F = self.spike(x.v, mu)
        else:  # what is added is 0 and has the slope of the window
            on, window = map(current().make, given)
            F = on + window * (x.v - self.detach(x.v))
        return T(self.detach(F) if detached else F)

    def _act(self, act: str, x: T, positive: Array | None = None) -> T:
        """The framework's activation; ReLU and SELU may be given where x is above 0."""
        own = getattr(self.activations, act, None)
        return ACTIVATIONS[act](x, positive) if own is None or positive is not None else T(own(x.v))

    def _convolve(self, X: T, W: T, stride: Any, pad: Any) -> T:
        """Over the last axes but one of X: as many as W has beside K and L."""
        outer = X.shape[: 1 - len(W.shape)]
        I = self.convolve(X.v.reshape(-1, *X.shape[len(outer) :]), W.v, stride, pad)
        return T(I.reshape(*outer, *I.shape[1:]))

    def forward(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The traces of all nodes, and aside the gradients."""
        given = {n: self.tensor(a) if is_real(n, a) else a for n, a in arrays.items()}

        def objective(at: Tensors) -> tuple[Tensor, Tensors]:
            """The last output, or the loss, and the last states, each times what is upstream."""
            with using(self.numbers):
                traces = super(Framework, self).forward({**given, **at})
            return sum((g * end.v).sum() for end, g in self.seeds), traces

        leaves = {name: given[name] for name in leaf_arrays(self.case)}
        grads, traces = self.differentiate(objective, leaves)
        self.gradients = {f"grad/{name}": self.numpy(g) for name, g in grads.items()}
        return {name: self.numpy(x) for name, x in traces.items()}

    def backward(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """All gradients."""
        return self.gradients
