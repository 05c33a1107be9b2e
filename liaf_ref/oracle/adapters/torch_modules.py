"""The backend in PyTorch with ``nn.LSTM`` for Eq. (15), which it computes exactly.

``nn.LSTM`` orders the gates i, f, g, o and keeps the weights the other way round.  It
shows h at every step and c only after the last.  ``nn.GRU`` has no place here: it resets
behind ``U_h`` and swaps z with 1 - z, which is another function than Eq. (16).
"""

from collections.abc import Collection

from liaf_ref.oracle.adapters.framework import Options, Result, Tensor, Tensors
from liaf_ref.oracle.adapters.optional_import import optional_import
from liaf_ref.oracle.adapters.torch_backend import Torch
from liaf_ref.oracle.case import Array, Case

with optional_import("torch"):
    import torch


class TorchModules(Torch):
    """PyTorch with ``nn.LSTM``: its input weights only bring the gates into its order."""

    def recur(
        self, op: str, options: Options, drive: Tensor, own: Tensors, detached: Collection[int] = ()
    ) -> Result:
        """Run an operation with states over all steps."""
        if op != "lstm" or detached:
            return super().recur(op, options, drive, own, detached)
        L, U = len(own["U"]), own["U"]
        f, i, o, c_tilde = torch.arange(4 * L).split(L)
        order = torch.cat((i, f, c_tilde, o))
        weights = {
            "weight_ih_l0": torch.eye(4 * L, dtype=U.dtype)[order],
            "weight_hh_l0": U.T[order],
        }
        inputs = drive + own.get("dA", 0.0), (own["h0"][None], own["c0"][None])
        module = torch.nn.LSTM(4 * L, L, bias=False, batch_first=True)
        Y, (h, c) = torch.func.functional_call(module, weights, inputs)
        return Result(Y, {"h": Y, "Y": Y}, {"h": h[0], "c": c[0]})


def nn_lstm_backend(case: Case) -> dict[str, Array]:
    """Answer a case as :func:`liaf_ref.oracle.adapters.torch_backend.backend` does."""
    return TorchModules().answer(case)
