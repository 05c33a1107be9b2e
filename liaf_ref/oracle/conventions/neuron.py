"""The neuron with each equation as a function, so that a convention can replace one."""

# With no line replaced this is kernels.neuron, bit for bit; a test checks this.

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.sharing import sum_to

Equation = Callable[[Any], Array]


class NeuronEquations(NamedTuple):
    """Forward, then backward, in the order they are computed."""

    # A line gets the step: p, spike, act, s, t, T, and what the lines before it gave, by their
    # names. Forward, ``previous`` is the previous step; backward, ``tape`` is whole and
    # ``following`` is step t + 1.
    U: Equation
    F: Equation
    R: Equation
    V: Equation
    Y: Equation
    dVT: Equation
    read: Callable[[Any], tuple[Array, Array, Array]]
    dA: Equation
    dV: Equation
    dalpha: Equation
    dbeta: Equation
    dR: Equation
    dv_reset: Equation
    dF: Equation
    dx: Equation
    dv_th: Equation
    dU: Equation
    dI: Equation
    carry: Equation
    dV0: Equation
    collect: Callable[[Array, tuple[int, ...]], Array]


PAPER_EQUATIONS = NeuronEquations(
    U=lambda z: z.I + z.V,  # (3)
    F=lambda z: z.spike.value(z.U - z.p.v_th),  # (4)
    R=lambda z: z.F * z.p.v_reset + (1 - z.F) * z.U,  # (5)
    V=lambda z: z.p.alpha * z.R + z.p.beta,  # (6)
    Y=lambda z: z.act.value(z.U - z.s * z.p.v_th),  # (7), (8)
    dVT=lambda z: z.dV,
    read=lambda z: (z.tape.U[:, z.t], z.tape.F[:, z.t], z.tape.R[:, z.t]),
    dA=lambda z: z.dY * z.act.slope(z.U - z.s * z.p.v_th),  # (7), (8)
    dV=lambda z: z.dV,
    dalpha=lambda z: z.dV * z.R,  # (6)
    dbeta=lambda z: z.dV,  # (6)
    dR=lambda z: z.dV * z.p.alpha,  # (6)
    dv_reset=lambda z: z.dR * z.F,  # (5)
    dF=lambda z: z.dR * (z.p.v_reset - z.U),  # (5)
    dx=lambda z: z.dF * z.spike.slope(z.U - z.p.v_th),  # (4), (13)
    dv_th=lambda z: -(z.dx + z.s * z.dA),  # (4), (8)
    dU=lambda z: z.dR * (1 - z.F) + z.dx + z.dA,  # (12)
    dI=lambda z: z.dU,  # (3)
    carry=lambda z: z.dU,  # (3)
    dV0=lambda z: z.dV,
    collect=sum_to,
)
FORWARD_ORDER = ("U", "F", "R", "V", "Y")
BACKWARD_ORDER = ("dA", "dV", "dalpha", "dbeta", "dR", "dv_reset", "dF", "dx", "dv_th", "dU", "dI")


class Tape(NamedTuple):
    """What the backward pass reads: each ``(B, T, ...)``, ``V`` with V^0 before its T steps."""

    U: Array
    F: Array
    R: Array
    V: Array
    I: Array
    p: Params


class Neuron(NamedTuple):
    """A neuron like :mod:`liaf_ref.kernels.neuron`, of the lines it is given."""

    equations: NeuronEquations = PAPER_EQUATIONS

    def replace(self, **equations: Any) -> "Neuron":
        """The same neuron with some of its lines replaced."""
        return Neuron(self.equations._replace(**equations))

    def forward(
        self, I: Array, V: Array, p: Params, spike: Pair, act: Pair, s: int
    ) -> tuple[Array, Array, Tape]:
        """Run; arguments and result as :func:`liaf_ref.kernels.neuron.forward`."""
        T = I.shape[1]
        saved: dict[str, list[Array]] = {name: [] for name in FORWARD_ORDER}
        z = None
        for t in range(T):
            z = SimpleNamespace(p=p, spike=spike, act=act, s=s, t=t, T=T, previous=z)
            z.I, z.V = I[:, t], V if z.previous is None else z.previous.V
            for name in FORWARD_ORDER:
                value = getattr(self.equations, name)(z)
                setattr(z, name, value)
                whole = value if np.shape(value) == V.shape else np.broadcast_to(value, V.shape)
                saved[name].append(whole.astype(I.dtype))
            if z.previous is not None:
                z.previous.previous = None
        Y, U, F, R = (np.stack(saved[name], axis=1) for name in ("Y", "U", "F", "R"))
        return Y, saved["V"][-1], Tape(U, F, R, np.stack([V, *saved["V"]], axis=1), I, p)

    def backward(
        self, dY: Array, dV: Array, tape: Tape, spike: Pair, act: Pair, s: int
    ) -> tuple[Array, Array, Params]:
        """Differentiate; arguments and result as :func:`liaf_ref.kernels.neuron.backward`."""
        p, T, lines = tape.p, dY.shape[1], self.equations
        dI = np.empty_like(dY)
        sums = {name: np.zeros_like(dV) for name in p._fields}
        z = SimpleNamespace(p=p, spike=spike, act=act, s=s, T=T, dV=dV, tape=tape, following=None)
        dV = lines.dVT(z)
        for t in reversed(range(T)):
            z.following = None
            following = z if t < T - 1 else None
            z = SimpleNamespace(
                p=p, spike=spike, act=act, s=s, t=t, T=T, tape=tape, following=following
            )
            z.dV, z.dY = dV, dY[:, t]
            z.U, z.F, z.R = lines.read(z)
            for name in BACKWARD_ORDER:
                setattr(z, name, getattr(lines, name)(z))
            for name in sums:
                sums[name] += getattr(z, f"d{name}")
            dI[:, t], dV = z.dI, lines.carry(z)
        z.dV = dV
        dp = (lines.collect(sums[name], value.shape) for name, value in p._asdict().items())
        return dI, lines.dV0(z), Params(*dp)
