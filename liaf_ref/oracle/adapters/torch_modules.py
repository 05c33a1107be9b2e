"""The backend in PyTorch with ``nn.LSTM`` for Eq. (15), which it computes exactly.

``nn.LSTM`` orders the gates i, f, g, o and keeps the weights the other way round.  It
shows h at every step and c only after the last.  ``nn.GRU`` has no place here: it resets
behind ``U_h`` and swaps z with 1 - z, which is another function than Eq. (16).
"""

from liaf_ref.oracle.adapters.graph import Result, Tensor
from liaf_ref.oracle.adapters.optional_import import optional_import
from liaf_ref.oracle.adapters.torch_backend import OPS, backend
from liaf_ref.oracle.adapters.torch_layers import Options
from liaf_ref.oracle.case import Array, Case

with optional_import("torch"):
    import torch


def lstm(options: Options, A: Tensor, *, h0: Tensor, c0: Tensor, U: Tensor) -> Result:
    """``nn.LSTM`` on the drive: its input weights only bring the gates into its order."""
    L = len(U)
    f, i, o, c_tilde = torch.arange(4 * L).split(L)
    order = torch.cat((i, f, c_tilde, o))
    drive = A.unbind(1)
    module = torch.nn.LSTM(4 * L, L, bias=False, batch_first=True)
    weights = {
        "weight_ih_l0": torch.eye(4 * L, dtype=U.dtype)[order],
        "weight_hh_l0": U.T[order],
    }
    inputs = torch.stack(drive, 1), (h0[None], c0[None])
    Y, (h, c) = torch.func.functional_call(module, weights, inputs)
    return Result(Y, {"h": Y, "Y": Y}, {"h": h[0], "c": c[0]}, {"dA": drive})


def nn_lstm_backend(case: Case) -> dict[str, Array]:
    """Answer a case as :func:`liaf_ref.oracle.adapters.torch_backend.backend` does."""
    return backend(case, {**OPS, "lstm": lstm})
