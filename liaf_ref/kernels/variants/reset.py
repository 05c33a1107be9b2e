"""What a spike leaves of the potential, in place of Eq. (5): three numbers.

=======================  =======================  ===============================================
reset                    potential after a spike  name in other frameworks
=======================  =======================  ===============================================
``v_reset``              ``V_reset``, Eq. (5)     hard reset; SpikingJelly ``v_reset=0.0``
``zero``                 0                        snnTorch ``reset_mechanism="zero"``
``threshold``            ``V_th``                 MA-SNN
``subtract``             ``U - V_th``             soft reset; snnTorch ``"subtract"``,
                                                  SpikingJelly ``v_reset=None``, Norse ``"soft"``
``subtract difference``  ``U - V_th + V_reset``   soft reset to ``V_reset``
``none``                 ``U``                    snnTorch ``reset_mechanism="none"``
=======================  =======================  ===============================================

The soft reset keeps what exceeds the threshold: Rueckauer et al. 2017, "Conversion of
continuous-valued deep networks to efficient event-driven networks", Section 2.2.
"""

from typing import NamedTuple


class Reset(NamedTuple):
    """The coefficients of Eq. (5'): how much of U goes, and of V_reset and V_th comes."""

    U: int
    v_reset: int
    v_th: int


RESETS = {
    "v_reset": Reset(U=1, v_reset=1, v_th=0),
    "zero": Reset(U=1, v_reset=0, v_th=0),
    "threshold": Reset(U=1, v_reset=0, v_th=1),
    "subtract": Reset(U=0, v_reset=0, v_th=-1),
    "subtract difference": Reset(U=0, v_reset=1, v_th=-1),
    "none": Reset(U=0, v_reset=0, v_th=0),
}
