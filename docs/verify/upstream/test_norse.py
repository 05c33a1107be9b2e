"""LIFBoxCell, by a golden case of liaf_ref (Apache-2.0): Eqs. (3) to (7) of arXiv:2011.06176."""

import json
from pathlib import Path

import pytest
import torch
from norse.torch.functional.lif_box import LIFBoxFeedForwardState, LIFBoxParameters
from norse.torch.functional.threshold import threshold
from norse.torch.module.lif_box import LIFBoxCell

CASES = json.loads((Path(__file__).parent / "vectors.json").read_text())


def test_spikes_and_potentials_of_lif_box():
    case = CASES["l0_lif_all_mu0500_detached"].items()
    c = {name: torch.tensor(a, dtype=torch.float64) for name, a in case}
    leak = {"tau_mem_inv": 1 - c["alpha"], "v_leak": c["beta"] / (1 - c["alpha"])}
    p = LIFBoxParameters(v_th=c["v_th"], v_reset=c["v_reset"], **leak)
    cell, state = LIFBoxCell(p, dt=1.0), LIFBoxFeedForwardState((c["V0"] - c["beta"]) / c["alpha"])
    for x, y, r in zip(*(c[name].movedim(1, 0) for name in ("X", "Y", "R")), strict=True):
        F, state = cell(x / (1 - c["alpha"]), state)
        torch.testing.assert_close((F, state.v), (y, r))


@pytest.mark.xfail(strict=True, reason="alpha is ignored")
def test_superspike_uses_alpha():
    x = torch.tensor([-0.25], requires_grad=True)
    threshold(x, "super", 100.0).backward()
    torch.testing.assert_close(x.grad, 1 / (100.0 * x.detach().abs() + 1) ** 2)
