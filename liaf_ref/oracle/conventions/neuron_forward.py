"""Other neurons, each with the gradient that belongs to it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.conventions.convention import (
    Convention,
    is_spike,
    neuron_convention,
    with_options,
    zero,
)


def _output(z: Any) -> Array:
    """F of LIF, which need not be S(U - v_th); Act(U - s v_th) of LIAF."""
    return np.asarray(z.F if is_spike(z) else z.act.value(z.U - z.s * z.p.v_th))


def _spike_count(z: Any) -> Array:
    """How often v_th fits into U; one spike where v_th is not positive."""
    fired = z.spike.value(z.U - z.p.v_th)
    positive = np.where(z.p.v_th > 0, z.p.v_th, 1)
    return np.asarray(np.where(z.p.v_th > 0, np.maximum(np.floor(z.U / positive), 0), fired))


RESET = (
    neuron_convention(
        "soft reset",
        "A spike subtracts v_th - v_reset from U: R = U - F (v_th - v_reset).",
        R=lambda z: z.U - z.F * (z.p.v_th - z.p.v_reset),
        dF=lambda z: z.dR * (z.p.v_reset - z.p.v_th),
        dv_th=lambda z: -(z.dx + z.s * z.dA) - z.dR * z.F,
        dU=lambda z: z.dR + z.dx + z.dA,
    ),
    neuron_convention(
        "soft reset by v_th",
        "A spike subtracts v_th from U, and v_reset is not used: R = U - F v_th.",
        R=lambda z: z.U - z.F * z.p.v_th,
        dv_reset=zero,
        dF=lambda z: -z.dR * z.p.v_th,
        dv_th=lambda z: -(z.dx + z.s * z.dA) - z.dR * z.F,
        dU=lambda z: z.dR + z.dx + z.dA,
    ),
    neuron_convention(
        "soft reset after the leak",
        "A spike subtracts v_th after the leak: V = alpha U + beta - F v_th.",
        R=lambda z: z.U,
        V=lambda z: z.p.alpha * z.U + z.p.beta - z.F * z.p.v_th,
        dv_reset=zero,
        dF=lambda z: -z.dV * z.p.v_th,
        dv_th=lambda z: -(z.dx + z.s * z.dA) - z.dV * z.F,
        dU=lambda z: z.dR + z.dx + z.dA,
    ),
    neuron_convention(
        "leak before reset",
        "The reset comes last: V = F v_reset + (1 - F) (alpha U + beta).",
        V=lambda z: z.F * z.p.v_reset + (1 - z.F) * (z.p.alpha * z.U + z.p.beta),
        dalpha=lambda z: z.dV * (1 - z.F) * z.U,
        dbeta=lambda z: z.dV * (1 - z.F),
        dv_reset=lambda z: z.dV * z.F,
        dF=lambda z: z.dV * (z.p.v_reset - z.p.alpha * z.U - z.p.beta),
    ),
    neuron_convention(
        "no reset",
        "A spike does not change the potential: V = alpha U + beta.",
        R=lambda z: z.U,
        dv_reset=zero,
        dF=zero,
        dU=lambda z: z.dR + z.dA,
    ),
    neuron_convention(
        "reset to zero",
        "v_reset is always 0.",
        R=lambda z: (1 - z.F) * z.U,
        dv_reset=zero,
        dF=lambda z: -z.dR * z.U,
    ),
    neuron_convention(
        "reset to the threshold",
        "A spike sets the potential to v_th: R = F v_th + (1 - F) U.",
        R=lambda z: z.F * z.p.v_th + (1 - z.F) * z.U,
        dv_reset=zero,
        dF=lambda z: z.dR * (z.p.v_th - z.U),
        dv_th=lambda z: -(z.dx + z.s * z.dA) + z.dR * z.F,
    ),
    neuron_convention(
        "v_reset always added",
        "v_reset is added in every step: R = v_reset + (1 - F) U.",
        R=lambda z: z.p.v_reset + (1 - z.F) * z.U,
        dv_reset=lambda z: z.dR,
        dF=lambda z: -z.dR * z.U,
    ),
    neuron_convention(
        "several spikes a step",
        "A neuron fires floor(U / v_th) times in a step, and each spike subtracts v_th.",
        F=_spike_count,
        R=lambda z: z.U - z.F * z.p.v_th,
        Y=_output,
        dv_reset=zero,
        dF=lambda z: -z.dR * z.p.v_th,
        dv_th=lambda z: -(z.dx + z.s * z.dA) - z.dR * z.F,
        dU=lambda z: z.dR + z.dx + z.dA,
    ),
    neuron_convention(
        "reset one step late",
        "The spike of the previous step resets: R = F' v_reset + (1 - F') U, F' the previous F.",
        R=lambda z: (
            _previous_spike_forward(z) * z.p.v_reset + (1 - _previous_spike_forward(z)) * z.U
        ),
        dv_reset=lambda z: z.dR * _previous_spike_backward(z),
        dF=lambda z: (
            0 * z.dR if z.following is None else z.following.dR * (z.p.v_reset - z.following.U)
        ),
        dU=lambda z: z.dR * (1 - _previous_spike_backward(z)) + z.dx + z.dA,
    ),
)


def _previous_spike_forward(z: Any) -> Array:
    return np.zeros_like(z.U) if z.previous is None else np.asarray(z.previous.F)


def _previous_spike_backward(z: Any) -> Array:
    return np.asarray(z.tape.F[:, z.t - 1] if z.t else np.zeros_like(z.F))


SPIKE = (
    neuron_convention(
        "spike from the previous potential",
        "The spike compares v_th with V before the input is added: F = S(V - v_th).",
        F=lambda z: z.spike.value(z.V - z.p.v_th),
        Y=_output,
        dA=lambda z: z.dY * z.act.slope((_V_before(z) if is_spike(z) else z.U) - z.s * z.p.v_th),
        dx=lambda z: z.dF * z.spike.slope(_V_before(z) - z.p.v_th),
        dU=lambda z: z.dR * (1 - z.F) + (0 if is_spike(z) else z.dA),
        carry=lambda z: z.dU + z.dx + (z.dA if is_spike(z) else 0),
    ),
    neuron_convention(
        "input one step late",
        "U uses the input of the previous step, and 0 in the first.",
        U=lambda z: (0 * z.I if z.previous is None else z.previous.I) + z.V,
        dI=lambda z: 0 * z.dU if z.following is None else z.following.dU,
    ),
    neuron_convention(
        "output one step late",
        "The output is that of the previous step, and 0 in the first.",
        Y=lambda z: 0 * z.U if z.previous is None else z.act.value(z.previous.U - z.s * z.p.v_th),
        dA=lambda z: (
            0 * z.dY if z.following is None else z.following.dY * z.act.slope(z.U - z.s * z.p.v_th)
        ),
    ),
)


def _V_before(z: Any) -> Array:
    """V of the previous step, backward."""
    return np.asarray(z.tape.V[:, z.t])


LEAK = (
    neuron_convention(
        "V = U: no reset, no leak",
        "The next step starts from U: V = U.",
        V=lambda z: z.U,
        dalpha=zero,
        dbeta=zero,
        dR=lambda z: z.dV,
        dv_reset=zero,
        dF=zero,
        dU=lambda z: z.dR + z.dA,
    ),
    neuron_convention(
        "no leak",
        "R is not multiplied by alpha, and beta is not added: V = R.",
        V=lambda z: z.R,
        dalpha=zero,
        dbeta=zero,
        dR=lambda z: z.dV,
    ),
    neuron_convention("beta missing", "V = alpha R.", V=lambda z: z.p.alpha * z.R, dbeta=zero),
    neuron_convention(
        "beta before the leak",
        "V = alpha (R + beta).",
        V=lambda z: z.p.alpha * (z.R + z.p.beta),
        dalpha=lambda z: z.dV * (z.R + z.p.beta),
        dbeta=lambda z: z.dV * z.p.alpha,
    ),
    neuron_convention(
        "leak 1 - alpha",
        "V = (1 - alpha) R + beta.",
        V=lambda z: (1 - z.p.alpha) * z.R + z.p.beta,
        dalpha=lambda z: -z.dV * z.R,
        dR=lambda z: z.dV * (1 - z.p.alpha),
    ),
    neuron_convention(
        "leak applied twice",
        "The potential leaks again when the input is added: U = I + alpha V.",
        U=lambda z: z.I + z.p.alpha * z.V,
        dalpha=lambda z: z.dV * z.R + _full_dU(z) * _V_before(z),
        carry=lambda z: z.dU * z.p.alpha,
    ),
    neuron_convention(
        "leak as a sigmoid",
        "The leak is sigmoid(alpha), as where a scalar is trained: V = sigmoid(alpha) R + beta.",
        V=lambda z: _sigmoid(z.p.alpha) * z.R + z.p.beta,
        dalpha=lambda z: z.dV * z.R * _sigmoid(z.p.alpha) * _sigmoid(-z.p.alpha),
        dR=lambda z: z.dV * _sigmoid(z.p.alpha),
    ),
    neuron_convention(
        "alpha averaged",
        "One leak for all neurons, the mean of alpha.",
        V=lambda z: z.p.alpha.mean() * z.R + z.p.beta,
        dalpha=lambda z: _mean_over_neurons(z.dV * z.R),
        dR=lambda z: z.dV * z.p.alpha.mean(),
    ),
    neuron_convention(
        "input scaled by 1 - alpha",
        "The input is multiplied by 1 - alpha, as by 1 / tau: U = (1 - alpha) I + V.",
        U=lambda z: (1 - z.p.alpha) * z.I + z.V,
        dalpha=lambda z: z.dV * z.R - _full_dU(z) * z.tape.I[:, z.t],
        dI=lambda z: z.dU * (1 - z.p.alpha),
    ),
)


def _sigmoid(x: Array) -> Array:
    return np.asarray((1 + np.tanh(x / 2)) / 2)


def _mean_over_neurons(d: Array) -> Array:
    mean = d.mean(axis=tuple(range(1, d.ndim)), keepdims=True)
    return np.asarray(np.broadcast_to(mean, d.shape))


def _full_dU(z: Any) -> Array:
    """DU before its line's turn."""
    dR = z.dV * z.p.alpha
    dx = dR * (z.p.v_reset - z.U) * z.spike.slope(z.U - z.p.v_th)
    return np.asarray(dR * (1 - z.F) + dx + z.dA)


OUTPUT = (
    neuron_convention(
        "Y from V",
        "Act is applied to V, after reset and leak.",
        Y=lambda z: z.act.value(z.V - z.s * z.p.v_th),
        dA=lambda z: z.dY * z.act.slope(z.tape.V[:, z.t + 1] - z.s * z.p.v_th),
        dV=lambda z: z.dV + z.dA,
        dU=lambda z: z.dR * (1 - z.F) + z.dx,
    ),
    neuron_convention(
        "Y from R",
        "Act is applied to R, after the reset.",
        Y=lambda z: z.act.value(z.R - z.s * z.p.v_th),
        dA=lambda z: z.dY * z.act.slope(z.R - z.s * z.p.v_th),
        dR=lambda z: z.dV * z.p.alpha + z.dA,
        dU=lambda z: z.dR * (1 - z.F) + z.dx,
    ),
    neuron_convention(
        "spikes instead of Act",
        "The output is F, whatever Act is.",
        Y=lambda z: z.F,
        dA=lambda z: z.dY * z.spike.slope(z.U - z.p.v_th),
        dv_th=lambda z: -(z.dx + z.dA),
    ),
    neuron_convention(
        "Act masked by spikes",
        "The output is Act multiplied by F.",
        Y=lambda z: z.F * z.act.value(z.U - z.s * z.p.v_th),
        dA=lambda z: z.dY * z.F * z.act.slope(z.U - z.s * z.p.v_th),
        dF=lambda z: z.dR * (z.p.v_reset - z.U) + z.dY * z.act.value(z.U - z.s * z.p.v_th),
    ),
)


def _with_modes(tr: str, ntr: str) -> Callable[[Case], Case]:
    """The mode in place of TR, and that in place of NTR."""
    modes = {"TR": tr, "NTR": ntr}
    return with_options(
        "neuron", lambda o: {} if o["act"] == "spike" else {"mode": modes[o["mode"]]}
    )


_NEURON = frozenset({"neuron"})
OUTPUT_MODES = (
    Convention(
        "TR and NTR swapped",
        "Act is applied to U - v_th in NTR mode and to U in TR mode.",
        _NEURON,
        transform_case=_with_modes("NTR", "TR"),
    ),
    Convention(
        "always TR",
        "Act is applied to U - v_th in both modes.",
        _NEURON,
        transform_case=_with_modes("TR", "TR"),
    ),
    Convention(
        "always NTR",
        "Act is applied to U in both modes.",
        _NEURON,
        transform_case=_with_modes("NTR", "NTR"),
    ),
)


def _with_initial_potential(name: str) -> Any:
    def case(given: Case) -> Case:
        start = {}
        for node in given.nodes:
            if node.op == "neuron":
                V0 = given[f"in/{node.name}.V0"]
                start[f"in/{node.name}.V0"] = (
                    np.zeros_like(V0) + given[name.format(node.name)] if name else 0 * V0
                )
        return given.with_arrays(start)

    return case


def _with_first_potential(given: Case) -> Case:
    starts = [f"in/{node.name}.V0" for node in given.nodes if node.op == "neuron"]
    return given.with_arrays({name: 0 * given[name] + given[name][:1] for name in starts})


def _in_first(total: Array, d: Array) -> Array:
    first = np.zeros_like(d)
    first[0] = total
    return first


INITIAL_POTENTIAL = (
    neuron_convention("V^0 not used", "The potential starts at 0.", dV0=zero)._replace(
        transform_case=_with_initial_potential("")
    ),
    neuron_convention(
        "V^0 of the first sample",
        "Every sample starts at the potential of the first.",
        dV0=lambda z: _in_first(z.dV.sum(axis=0), z.dV),
    )._replace(transform_case=_with_first_potential),
    neuron_convention("V^0 is v_reset", "The potential starts at v_reset.", dV0=zero)._replace(
        transform_case=_with_initial_potential("par/{}.v_reset")
    ),
)

NEURON_FORWARD: tuple[Convention, ...] = (
    *RESET,
    *SPIKE,
    *LEAK,
    *OUTPUT,
    *OUTPUT_MODES,
    *INITIAL_POTENTIAL,
)
