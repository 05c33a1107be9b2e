"""Other neurons: their lines forward, with the gradient that belongs to them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations.deviation import Deviation, Edit, deviation, given
from liaf_ref.oracle.table.functions import number, sigmoid, value
from liaf_ref.oracle.table.tape import T, as_if, stop


def _output(z: Any) -> T:
    """F of LIF, which need not be S(U - v_th); Act(U - s v_th) of LIAF."""
    y: T = z.act(z.U - z.s * z.p.v_th)
    return as_if(z.F, y) if z.is_lif else y


def _spike_count(z: Any) -> T:
    """How often v_th fits into U; one spike where v_th is not positive."""
    F, v_th = z.spike(z.U - z.p.v_th), value(z.p.v_th)
    positive = np.where(v_th > 0, v_th, 1)
    count = np.where(v_th > 0, np.maximum(np.floor(value(z.U) / positive), 0), value(F))
    return as_if(T(number(count)), F)


def _previous(z: Any, name: str) -> T:
    """A value of the step before, and 0 at first."""
    return getattr(z.steps[-1], name) if z.steps else 0 * z.I  # type: ignore[no-any-return]


def _mean(p: T) -> T:
    total = p.sum(tuple(range(len(p.shape))), True)
    return total / float(p.v.size)


def _modes(tr: str, ntr: str) -> Edit:
    """The mode in place of TR, and that in place of NTR."""
    modes = {"TR": tr, "NTR": ntr}

    def change(*_: T, act: str, mode: str = "TR", **__: Any) -> Mapping[str, Any]:
        return {} if act == "spike" else {"mode": modes[mode]}

    return given("neuron", change)


def _start(change: Any) -> Edit:
    """Another initial potential, of the given one and the parameters."""

    def wrap(old: Any) -> Any:
        def run(z: Any, I: T, **options: Any) -> Any:
            if getattr(z, "is_first", True):
                z.states = {"V": change(z.states["V"], z.parameters)}
            return old(z, I, **options)

        return run

    return Edit("neuron", wrap, "V0")


NEURON: tuple[Deviation, ...] = (
    deviation(
        "soft reset",
        "A spike subtracts v_th - v_reset from U: R = U - F (v_th - v_reset).",
        R=lambda z: z.U - z.F * (z.p.v_th - z.p.v_reset),
    ),
    deviation(
        "soft reset by v_th",
        "A spike subtracts v_th from U, and v_reset is not used: R = U - F v_th.",
        R=lambda z: z.U - z.F * z.p.v_th,
    ),
    deviation(
        "soft reset after the leak",
        "A spike subtracts v_th after the leak: V = alpha U + beta - F v_th.",
        R=lambda z: z.U,
        V=lambda z: z.p.alpha * z.U + z.p.beta - z.F * z.p.v_th,
    ),
    deviation(
        "leak before reset",
        "The reset comes last: V = F v_reset + (1 - F) (alpha U + beta).",
        V=lambda z: z.F * z.p.v_reset + (1 - z.F) * (z.p.alpha * z.U + z.p.beta),
    ),
    deviation(
        "no reset", "A spike does not change the potential: V = alpha U + beta.", R=lambda z: z.U
    ),
    deviation("reset to zero", "v_reset is always 0.", R=lambda z: (1 - z.F) * z.U),
    deviation(
        "reset to the threshold",
        "A spike sets the potential to v_th: R = F v_th + (1 - F) U.",
        R=lambda z: z.F * z.p.v_th + (1 - z.F) * z.U,
    ),
    deviation(
        "v_reset always added",
        "v_reset is added in every step: R = v_reset + (1 - F) U.",
        R=lambda z: z.p.v_reset + (1 - z.F) * z.U,
    ),
    deviation(
        "several spikes a step",
        "A neuron fires floor(U / v_th) times in a step, and each spike subtracts v_th.",
        F=_spike_count,
        R=lambda z: z.U - z.F * z.p.v_th,
        Y=_output,
    ),
    deviation(
        "reset one step late",
        "The spike of the previous step resets: R = F' v_reset + (1 - F') U, F' the previous F.",
        R=lambda z: _previous(z, "F") * z.p.v_reset + (1 - _previous(z, "F")) * z.U,
    ),
    deviation(
        "spike from the previous potential",
        "The spike compares v_th with V before the input is added: F = S(V - v_th).",
        F=lambda z: z.spike(z.V - z.p.v_th),
        Y=lambda z: z.act((z.before if z.is_lif else z.U) - z.s * z.p.v_th),
    ),
    deviation(
        "input one step late",
        "U uses the input of the previous step, and 0 in the first.",
        U=lambda z: _previous(z, "I") + z.V,
    ),
    deviation(
        "output one step late",
        "The output is that of the previous step, and 0 in the first.",
        Y=lambda z: z.act(z.steps[-1].U - z.s * z.p.v_th) if z.steps else 0 * z.U,
    ),
    deviation("V = U: no reset, no leak", "The next step starts from U: V = U.", V=lambda z: z.U),
    deviation(
        "no leak", "R is not multiplied by alpha, and beta is not added: V = R.", V=lambda z: z.R
    ),
    deviation("beta missing", "V = alpha R.", V=lambda z: z.p.alpha * z.R),
    deviation(
        "beta before the leak", "V = alpha (R + beta).", V=lambda z: z.p.alpha * (z.R + z.p.beta)
    ),
    deviation(
        "leak 1 - alpha", "V = (1 - alpha) R + beta.", V=lambda z: (1 - z.p.alpha) * z.R + z.p.beta
    ),
    deviation(
        "leak applied twice",
        "The potential leaks again when the input is added: U = I + alpha V.",
        U=lambda z: z.I + z.p.alpha * z.V,
    ),
    deviation(
        "leak as a sigmoid",
        "The leak is sigmoid(alpha), as where a scalar is trained: V = sigmoid(alpha) R + beta.",
        V=lambda z: sigmoid(z.p.alpha) * z.R + z.p.beta,
    ),
    deviation(
        "alpha averaged",
        "One leak for all neurons, the mean of alpha.",
        V=lambda z: _mean(z.p.alpha) * z.R + z.p.beta,
    ),
    deviation(
        "input scaled by 1 - alpha",
        "The input is multiplied by 1 - alpha, as by 1 / tau: U = (1 - alpha) I + V.",
        U=lambda z: (1 - z.p.alpha) * z.I + z.V,
    ),
    deviation(
        "Y from V",
        "Act is applied to V, after reset and leak.",
        Y=lambda z: z.act(z.V - z.s * z.p.v_th),
    ),
    deviation(
        "Y from R", "Act is applied to R, after the reset.", Y=lambda z: z.act(z.R - z.s * z.p.v_th)
    ),
    deviation("spikes instead of Act", "The output is F, whatever Act is.", Y=lambda z: z.F),
    deviation(
        "Act masked by spikes",
        "The output is Act multiplied by F.",
        Y=lambda z: z.F * z.act(z.U - z.s * z.p.v_th),
    ),
    deviation(
        "TR and NTR swapped",
        "Act is applied to U - v_th in NTR mode and to U in TR mode.",
        _modes("NTR", "TR"),
    ),
    deviation("always TR", "Act is applied to U - v_th in both modes.", _modes("TR", "TR")),
    deviation("always NTR", "Act is applied to U in both modes.", _modes("NTR", "NTR")),
    deviation("V^0 not used", "The potential starts at 0.", _start(lambda V0, p: 0 * stop(V0))),
    deviation(
        "V^0 of the first sample",
        "Every sample starts at the potential of the first.",
        _start(lambda V0, p: 0 * V0 + V0[:1]),
    ),
    deviation(
        "V^0 is v_reset",
        "The potential starts at v_reset.",
        _start(lambda V0, p: 0 * stop(V0) + stop(p["v_reset"])),
    ),
)
