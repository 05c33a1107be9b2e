"""LIAFNode, by golden cases of liaf_ref (Apache-2.0): Eqs. (3) to (13) of arXiv:2011.06176."""

import json
from pathlib import Path

import pytest
import torch
from spikingjelly.activation_based import neuron, surrogate

CASES = json.loads((Path(__file__).parent / "vectors.json").read_text())
SPIKES = pytest.param("m", marks=pytest.mark.xfail(strict=True, reason="returns spikes"))


@pytest.mark.parametrize("mode", ["s", SPIKES])
def test_outputs_and_gradients_of_liaf_node(mode):
    case = CASES["l0_tanh_tr_all_mu0500"].items()
    c = {name: torch.tensor(a, dtype=torch.float64) for name, a in case}
    options = {"tau": 1 / (1 - c["alpha"].item()), "v_threshold": c["v_th"].item()}
    options |= {"v_reset": c["v_reset"].item(), "surrogate_function": surrogate.Rect()}
    node = neuron.LIAFNode(torch.tanh, True, decay_input=False, step_mode=mode, **options)
    X = c["X"].movedim(1, 0).requires_grad_()
    node.v = torch.zeros_like(c["V0"])  # it leaks to v_reset, not to beta, and starts at V0
    carried = torch.stack([c["V0"], *[c["beta"].expand_as(X[0])] * (len(X) - 1)])
    drive = X + carried - c["v_reset"] * (1 - c["alpha"])
    Y = node(drive) if mode == "m" else torch.stack([node(x) for x in drive])
    VT = c["alpha"] * node.v + c["beta"]
    ((Y * c["dY"].movedim(1, 0)).sum() + (VT * c["dVT"]).sum()).backward()
    torch.testing.assert_close(Y, c["Y"].movedim(1, 0))
    torch.testing.assert_close(X.grad, c["dX"].movedim(1, 0))
