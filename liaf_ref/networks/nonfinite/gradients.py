"""The kernels under which non-finite values are looked for, and the gradients of a stage."""

from liaf_ref.kernels import gru, lstm, neuron, readout, rnn, tokens
from liaf_ref.kernels.array import Array
from liaf_ref.layers import FAST, Layer, Params
from liaf_ref.networks.nonfinite.entries import LabelledArray, last_nonfinite, nonfinite_value

# The reference where its tapes keep more than those of the fast kernels, else the fast kernels.
TRACING_KERNELS = FAST._replace(
    tokens=tokens, neuron=neuron, rnn=rnn, lstm=lstm, gru=gru, readout=readout
)
# Where a neuron's parameters stand.
PARAM_EQUATIONS = {
    "v_th": "Eqs. (4), (8)",
    "v_reset": "Eq. (5)",
    "alpha": "Eq. (6)",
    "beta": "Eq. (6)",
}


def nonfinite_gradient(
    layer: Layer,
    dX: Array | None,
    grads: Params,
    step_offset: int = 0,
    total_steps: int | None = None,
) -> str | None:
    """Describe the non-finite gradient of a layer whose output gradient is finite."""
    found = None if dX is None else last_nonfinite(LabelledArray(layer.input_gradient, dX))
    if dX is not None and found:
        return found.describe(dX.shape[1] if total_steps is None else total_steps, step_offset)
    for name, value in grads.items():
        bad = nonfinite_value(value)
        if bad:
            place = f", {PARAM_EQUATIONS[name]}," if name in PARAM_EQUATIONS else ""
            return f"the gradient in {name}{place} is {bad}"
    return None
