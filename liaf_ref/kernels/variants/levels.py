"""Spikes of several levels, in place of Eq. (4): a sum of steps.

========  =================  ===========================  =====================================
levels    spike              steps at U =                 source
========  =================  ===========================  =====================================
BINARY    0, 1               ``V_th``, Eq. (4)            the paper
TERNARY   -1, 0, 1           ``V_th`` and ``-V_th``       Guo et al. 2024, "Ternary Spike"
integer   0, 1, ..., D       ``(k - 1/2) V_th``           Luo et al. 2024, I-LIF of SpikeYOLO
========  =================  ===========================  =====================================

With ``V_th = 1`` the integer spike is ``clip(round(U), 0, D)``, a half rounded up.  The window of
Eq. (13) with ``mu = 1/2`` around each step makes its slope 1 from 0 to D, as in that paper.
"""

from typing import NamedTuple, TypeAlias


class Level(NamedTuple):
    """One step, at ``sign U = multiple V_th``; ``opens`` is 1 if the neuron is silent below it."""

    sign: int
    multiple: float
    opens: int


Levels: TypeAlias = tuple[Level, ...]
BINARY: Levels = (Level(1, 1, 1),)
TERNARY: Levels = (Level(1, 1, 1), Level(-1, 1, 1))


def integer(D: int) -> Levels:
    """Spikes 0 to D, as in I-LIF."""
    return tuple(Level(1, k - 0.5, int(k == 1)) for k in range(1, D + 1))
