"""Spikes of several levels and graded spikes as lines of the neuron, with their gradients.

``F`` is the spike, and ``G`` is 1 where it is not 0.  A hard reset asks whether the neuron
fired, and a subtraction how much it sent.  ``X`` is what is reset, as in :mod:`.reset`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.conventions.convention import is_spike, zero
from liaf_ref.oracle.declaration import reset
from liaf_ref.oracle.declaration.reset import Reset


class Step(NamedTuple):
    """One step of a spike: its size, where it is, and the argument of S there."""

    size: int
    multiple: float  # of v_th
    opens: int  # 1: the neuron is silent below it
    argument: Callable[[Any], Array]


def _upwards(multiple: float, opens: int) -> Step:
    return Step(1, multiple, opens, lambda z: z.U - multiple * z.p.v_th)


BINARY = (_upwards(1.0, 1),)
TERNARY = (*BINARY, Step(-1, 1.0, 1, lambda z: -z.U - z.p.v_th))
INTEGER_4 = tuple(_upwards(k + 0.5, int(k == 0)) for k in range(4))
Steps = tuple[Step, ...]


def _sum(steps: Steps, z: Any, S: Pair, weights: Callable[[Step], int]) -> Array:
    total = zero_like(z.U)
    for step in steps:
        if weights(step):
            total = total + weights(step) * S.value(step.argument(z))
    return total


def zero_like(x: Any) -> Array:
    """Zeros of the numbers of x."""
    return 0 * x  # type: ignore[no-any-return]


class Law(NamedTuple):
    """A spike of several steps: which of them, and whether Act is sent where it fires alone."""

    steps: Steps
    graded: bool

    def lines(self, given: Reset, leak: Callable[[Reset], dict[str, Any]]) -> dict[str, Any]:
        """The lines of a neuron with this spike, and a reset and a leak."""
        lines = leak(self._reset(given))
        own_v_th = lines["dv_th"]
        return lines | {
            "F": lambda z: _sum(self.steps, z, z.spike, lambda step: step.size),
            "Y": self._sent,
            "dA": self._dA,
            "dx": lambda z: sum(step.size * d for step, d in self._dx(z)),
            # leak() subtracts dx, which belongs to U.
            "dv_th": lambda z: own_v_th(z) + sum(
                (step.size - step.multiple) * d for step, d in self._dx(z)
            ),
        }  # fmt: skip

    def _fired(self, z: Any) -> Array:
        return _sum(self.steps, z, z.spike, lambda step: step.opens)

    def _reset(self, given: Reset) -> Reset:
        """The reset of this spike; its dF has one part for F and one for G."""
        clears = given not in {reset.BY_THRESHOLD, reset.BY_DIFFERENCE, reset.NO_RESET}
        to_v_reset = given in {reset.TO_V_RESET, reset.BY_DIFFERENCE}
        v_th = {reset.TO_THRESHOLD: 1, reset.BY_THRESHOLD: -1, reset.BY_DIFFERENCE: -1}.get(given)

        def apply(z: Any, X: Array) -> Array:
            left = (1 - self._fired(z)) * X if clears else X
            left = left + self._fired(z) * z.p.v_reset if to_v_reset else left
            return left if v_th is None else left + v_th * z.F * z.p.v_th

        def dF(z: Any, X: Array, d: Array) -> Any:
            dF = zero(z) if v_th is None else v_th * d * z.p.v_th
            dG = d * z.p.v_reset if to_v_reset else zero(z)
            return dF, dG - d * X if clears else dG

        return Reset(
            apply,
            lambda z, d: d * (1 - self._fired(z)) if clears else d,
            dF,
            lambda z, d: d * self._fired(z) if to_v_reset else zero(z),
            lambda z, d: zero(z) if v_th is None else v_th * d * z.F,
        )

    def _sent(self, z: Any) -> Any:
        if is_spike(z):
            return _sum(self.steps, z, z.act, lambda step: step.size)
        A = z.act.value(z.U - z.s * z.p.v_th)
        return z.F * A if self.graded else A

    def _dA(self, z: Any) -> Any:
        if is_spike(z):
            return zero(z)
        d = z.dY * z.act.slope(z.U - z.s * z.p.v_th)
        return d * z.F if self.graded else d

    def _dx(self, z: Any) -> list[tuple[Step, Array]]:
        """The gradient in the argument of each step, over its size."""
        dF, dG = z.dF
        if self.graded and not is_spike(z):
            dF = dF + z.dY * z.act.value(z.U - z.s * z.p.v_th)
        sent = z.dY if is_spike(z) else None
        return [(step, self._of_step(z, step, dF, dG, sent)) for step in self.steps]

    def _of_step(self, z: Any, step: Step, dF: Any, dG: Any, sent: Any) -> Any:
        x = step.argument(z)
        d = (step.size * dF + step.opens * dG) * z.spike.slope(x)
        return d if sent is None else d + step.size * sent * z.act.slope(x)
