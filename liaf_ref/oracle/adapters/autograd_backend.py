"""The oracle's backend in HIPS autograd.

The paper's rule is one ``primitive``: forward is the step of Eq. (4), its ``defvjp`` the
window of Eq. (13).  What remains is NumPy, and autograd records it.

autograd brings no activations, and ``np.maximum(x, 0)`` is not the paper's ReLU: its
slope at 0 is 1/2, for autograd shares a tie among the arguments.  It brings no convolutions: a
convolution is a sum over the places of a window, each of which sees a slice of the input.
"""

from typing import Any

import autograd
import autograd.numpy as np
from autograd.extend import defvjp, notrace_primitive, primitive
from autograd.scipy.special import expit

from liaf_ref.oracle.adapters.framework import Framework, Objective, Tensor, Tensors
from liaf_ref.oracle.case import Array, Case
from liaf_ref.oracle.table.layers import windows
from liaf_ref.oracle.table.tape import T


@primitive  # type: ignore[untyped-decorator]
def spike(x: Tensor, mu: float) -> Tensor:
    """S of Eq. (4): 1 where ``x >= 0``."""
    return (x >= 0).astype(x.dtype)  # (4)


defvjp(spike, lambda F, x, mu: lambda dF: dF * (abs(x) < mu), None)  # (13)


class Autograd(Framework):
    """HIPS autograd."""

    xp = np
    tensor = staticmethod(np.asarray)
    sigmoid = staticmethod(expit)
    spike = staticmethod(spike)
    detach = staticmethod(notrace_primitive(lambda x: x))

    def differentiate(self, f: Objective, at: Tensors) -> tuple[Tensors, Tensors]:
        """The gradients of a scalar, and what is computed on the way."""
        on_the_way: Tensors = {}

        def scalar(at: Tensors) -> Tensor:
            value, recorded = f(at)
            on_the_way.update(recorded)
            return value

        return autograd.grad(scalar)(at), on_the_way

    def convolve(self, X: Tensor, W: Tensor, stride: Any, pad: Any) -> Tensor:
        """Convolve with zeros around."""
        X = np.pad(X, ((0, 0), *map(tuple, pad), (0, 0)), "constant")
        return sum(np.dot(x.v, W[tap]) for tap, x in windows(T(X), W.shape[:-2], stride))


def backend(case: Case) -> dict[str, Array]:
    """Answer a case; see :meth:`Pass.answer`."""
    return Autograd(case).answer()
