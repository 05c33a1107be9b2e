"""Leaky, by golden cases of liaf_ref (Apache-2.0): Eqs. (3) to (7) of arXiv:2011.06176."""

import json
from pathlib import Path

import pytest
import snntorch
import torch

CASES = json.loads((Path(__file__).parent / "vectors.json").read_text())
TIES = pytest.mark.xfail(strict=True, reason="U = threshold does not fire, as documented")


@pytest.mark.parametrize(
    "name", ["l0_lif_all_mu0500_detached", pytest.param("l0_exact_lif_all_mu0500", marks=TIES)]
)
def test_spikes_and_potentials_of_leaky(name):
    c = {n: torch.tensor(a) for n, a in CASES[name].items()}
    leaky = snntorch.Leaky(beta=c["alpha"], threshold=c["v_th"], reset_mechanism="zero")
    F, U, carried = 0 * c["V0"], 0 * c["V0"], c["V0"]
    for x, y, u in zip(*(c[name].movedim(1, 0) for name in ("X", "Y", "U")), strict=True):
        F, U = leaky(x + carried + F * c["alpha"] * c["v_reset"], U)  # it resets to 0
        torch.testing.assert_close(F, y)
        torch.testing.assert_close(U, u)
        carried = c["beta"]
