"""The synaptic current before neurons, which gives them a second state."""

from typing import Annotated

import numpy as np

from liaf_ref._core.kinds import About
from liaf_ref.kernels.array import Array
from liaf_ref.layers import types as t
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.layer import Param, constant
from liaf_ref.layers.plain import Shaped
from liaf_ref.layers.types import Arrays, Grads, Pass, Shape, State


class SynapticCurrent(Shaped):
    """A synaptic current: the input of a step, and what is left of the steps before.

    Between synapses and neurons it makes LIF a CuBa LIF, with two states; LIAF alike.

    Parameters
    ----------
    shape : tuple of int
        Shape of the neurons: ``(L,)`` or ``(H, W, L)``.
    decay : float
        Initial part of the current that is left after a step, such as ``1 - dt / tau_syn``.
    sharing : str
        Which neurons share the decay, Section II-B: ``"all"``, ``"channel"`` or ``"non"``.
    trained : bool
        Whether the decay is a parameter; if not, it stays as it is.

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    The parameter is ``decay``, (L,) under Channel-Sharing; the state is the current.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.layers import SynapticCurrent
    >>> layer = SynapticCurrent((1,), decay=0.5)
    >>> Y, _, _ = layer(layer.init(0), np.array([[[1.0], [0.0], [0.0]]]))
    >>> Y.ravel().tolist()
    [1.0, 0.5, 0.25]

    Two states:

    >>> cuba = lr.Sequential([lr.Dense(4, 3), SynapticCurrent((3,)), lr.DirectLIF((3,))])
    >>> len(cuba.state_shapes())
    2
    """

    equation = "before Eq. (3)"
    decay: Annotated[t.Number, About("initial decay of the current")] = 0.5
    sharing: t.Sharing = "channel"
    trained: t.Flag = True

    def params(self) -> dict[str, Param]:
        """The decay, if it is trained."""
        shape = t.shared_shape(self.shape, self.sharing)
        return {"decay": Param(shape, constant(self.decay))} if self.trained else {}

    def state_shapes(self) -> tuple[Shape, ...]:
        """The current."""
        return (self.shape,)

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        decay = p["decay"] if self.trained else np.full(1, self.decay, X.dtype)
        Y, I, saved = kernels.current.forward(X, *state, decay)
        return Y, (I,), saved

    def back(self, dY: Array, d_state: State, saved: object, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        dX, dI, ddecay = kernels.current.backward(dY, *d_state, saved)
        return dX, (dI,), {"decay": ddecay} if self.trained else {}
