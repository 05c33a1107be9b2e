"""LIF in discrete time, by a golden case of liaf_ref (Apache-2.0)."""

import json
from pathlib import Path

import jax.numpy as jnp
import pytest
from jaxsnn.discrete.functional.lif import LIFParameters
from jaxsnn.discrete.modules.lif import LIF

CASES = json.loads((Path(__file__).parent / "vectors.json").read_text())


@pytest.mark.xfail(strict=True, reason="half a spike at V = v_th")
def test_every_output_is_a_spike_or_none():
    c = {name: jnp.array(a) for name, a in CASES["l0_exact_lif_all_mu0500"].items()}
    alpha, v_th = (float(c[name][0]) for name in ("alpha", "v_th"))
    L = c["X"].shape[-1]
    p = LIFParameters(tau_mem=1 / (1 - alpha), tau_syn=1.0, v_th=v_th)
    layer = LIF(L, p).generator(1.0)
    for X, V0, Y in zip(c["X"], c["V0"], c["Y"], strict=True):
        state, _ = layer.state()
        drive = jnp.concatenate([X.at[0].add(V0), jnp.zeros((1, L))]) / (1 - alpha)
        for t, x in enumerate(drive):  # an input acts one step later
            state, F = layer.step({"input": x}, state, None)
            assert t == 0 or jnp.array_equal(F, Y[t - 1])
