"""The gradients of a layer that are not finite."""

from liaf_ref.kernels.array import Array
from liaf_ref.layers import Layer, Params
from liaf_ref.networks.nonfinite.entries import LabelledArray, last_nonfinite, nonfinite_value


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
            equation = layer.param_equations.get(name)
            place = f", {equation}," if equation else ""
            return f"the gradient in {name}{place} is {bad}"
    return None
