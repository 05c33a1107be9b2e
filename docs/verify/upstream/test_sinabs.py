"""LIF, by golden cases of liaf_ref (Apache-2.0): Eqs. (3) to (7) of arXiv:2011.06176."""

import json
from pathlib import Path

import pytest
import torch
from sinabs import activation, layers

CASES = json.loads((Path(__file__).parent / "vectors.json").read_text())
ADDED = pytest.mark.xfail(strict=True, reason="MembraneReset adds its value without a spike")


@pytest.mark.parametrize(
    "name", ["l0_exact_lif_all_mu0500", pytest.param("l0_lif_all_mu0500_detached", marks=ADDED)]
)
def test_spikes_and_potentials_of_lif(name):
    c = {n: torch.tensor(a) for n, a in CASES[name].items()}
    reset = activation.MembraneReset(reset_value=c["v_reset"].item())
    options = {"reset_fn": reset, "spike_fn": activation.SingleSpike, "norm_input": False}
    tau, v_th = -1 / torch.log(c["alpha"]).item(), c["v_th"]
    lif = layers.LIF(tau_mem=tau, spike_threshold=v_th, record_states=True, **options)
    carried = [c["V0"], *[c["beta"].expand_as(c["V0"])] * (c["X"].shape[1] - 1)]
    F = lif(c["X"] + torch.stack(carried, 1))
    torch.testing.assert_close(F, c["Y"])
    torch.testing.assert_close(lif.recordings["v_mem"], c["R"])
