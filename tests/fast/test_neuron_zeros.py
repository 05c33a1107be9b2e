"""Where all terms of a parameter's gradient are 0, the fast neuron's gradient is exactly 0."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from fast.neurons import ACTS, CHUNKS, EPS, SHARING, to_float64
from liaf_ref import layers
from liaf_ref.fast import memory_layout
from liaf_ref.fast import neuron as fast
from liaf_ref.kernels import neuron, spike
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import NTR, TR, Params
from liaf_ref.training.optimizers import Adam

MEANS = (-3.0, 3.0, 0.0, 0.3, 0.6)  # never fires, always fires, at 0, at rest, near the threshold


def draw(rng: np.random.Generator, sharing: str) -> tuple[Array, Array, Params]:
    """I, V and parameters; neurons that never or always fire, or get no input, are many."""
    S = tuple(int(n) for n in rng.integers(1, 6, rng.choice([1, 3])))
    shape = (int(rng.integers(1, 6)), int(rng.integers(1, 12)), *S)
    size = S if rng.random() < 0.5 else ()  # one kind of neuron, or one for each place
    mean, spread = rng.choice(MEANS, size), rng.choice([0.0, 0.1], size)
    I = (mean + spread * rng.normal(size=shape)).astype(np.float32)
    V = (rng.choice([0.0, 0.2]) * rng.normal(size=(shape[0], *S))).astype(np.float32)
    values = rng.uniform(0.3, 0.6), *(rng.choice(x) for x in ([0, 0.12], [0, 0.3, 0.7], [0, 0.05]))
    shapes = SHARING[sharing](S)
    p = (np.full(s, x, np.float32) for s, x in zip(shapes, values, strict=True))
    return I, V, Params(*p)


@pytest.mark.parametrize("chunk", CHUNKS)
@pytest.mark.parametrize("sharing", SHARING)
@pytest.mark.parametrize("s", [NTR, TR])
def test_zero_where_the_definition_is_zero(
    s: int, sharing: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With float32 and with float64 the definition must say 0: no sum is then 0 by chance."""
    monkeypatch.setattr(memory_layout, "CHUNK", chunk)
    rng = np.random.default_rng((s, list(SHARING).index(sharing), chunk))
    found: Counter[str] = Counter()
    for _ in range(60):
        I, V, p = draw(rng, sharing)
        choices: Any = spike.paper(rng.choice([0.5, 0.3, 0])), ACTS[rng.choice(list(ACTS))], s
        k = int(rng.choice([1, I.shape[1]]))
        dY = np.zeros_like(I)
        dY[:, I.shape[1] - k :] = rng.choice([0, 1]) * rng.normal(size=(len(I), k, *I.shape[2:]))
        dV = (rng.choice([0, 1]) * rng.normal(size=V.shape)).astype(np.float32)
        _, _, tape = fast.forward(I, V, p, *choices)
        _, _, got = fast.backward(dY[:, I.shape[1] - k :], dV, tape, *choices)
        _, _, tape32 = neuron.forward(I, V, p, *choices)
        _, _, want = neuron.backward(dY, dV, tape32, *choices)
        _, _, tape64 = neuron.forward(*to_float64(I, V, p), *choices)
        _, _, sure = neuron.backward(dY.astype(float), dV.astype(float), tape64, *choices)
        for name, d, d32, d64 in zip(p._fields, got, want, sure, strict=True):
            if name == "alpha" and s == TR:
                continue
            zero = (d32 == 0) & (d64 == 0)
            found[name] += zero.sum()
            assert (d[zero] == 0).all(), (name, d[zero])
    assert min(found.values()) >= 10, found


@pytest.mark.parametrize("s", [NTR, TR])
def test_v_th_is_as_exact_as_its_own_terms(s: int) -> None:
    """One of 100,000 neuron steps is in the window; the gradients of all others are as large.

    Its term may be off by what dI may be off by, see ``check`` of test_neuron, times its factor.
    """
    rng = np.random.default_rng(0)
    I = rng.normal(-2, 0.2, (50, 40, 50)).astype(np.float32)
    I[25, -1, 25] = 1.6
    V = np.zeros_like(I[:, 0])
    p = Params(*(np.full(1, x, np.float32) for x in (0.5, 0.1, 0.3, 0.05)))
    choices = spike.paper(0.5), ACTS["identity"], s
    dY = rng.normal(1, 0.2, I.shape).astype(np.float32) * np.float32(s == NTR)
    dV = rng.normal(1, 0.2, V.shape).astype(np.float32)
    _, _, tape = fast.forward(I, V, p, *choices)
    _, _, dp = fast.backward(dY, dV, tape, *choices)
    _, _, tape64 = neuron.forward(*to_float64(I, V, p), *choices)
    dI, _, dp64 = neuron.backward(dY.astype(float), dV.astype(float), tape64, *choices)
    (U,) = tape64.U[abs(tape64.U - 0.5) < 0.5]
    bound = 64 * EPS * abs(dI).max() * abs(0.3 * (0.1 - U))
    assert abs(dp.v_th - dp64.v_th).item() <= bound < 1e-3 * abs(dp64.v_th).item()


def test_adam_does_not_move_the_parameters_of_what_never_fires() -> None:
    """Adam makes steps of its full length of the smallest gradients that are not 0."""
    layer = layers.DirectLIAF((10,), mode="NTR")
    rng = np.random.default_rng(0)
    params = layer.init(rng, np.float32)
    adam = Adam(1e-3)
    state = adam.initial_state(params)
    for _ in range(300):
        X = rng.uniform(-3, -2, (8, 20, 10)).astype(np.float32)
        Y, _, tape = layer.forward(params, X)
        assert Y.max() < 0  # U
        dY = rng.normal(size=Y.shape).astype(np.float32)
        _, _, grads = layer.backward(dY, tape)
        params, state = adam.step(params, grads, state)
    assert (params["v_th"] == np.float32(layer.neuron.v_th)).all()
    assert (params["v_reset"] == np.float32(layer.neuron.v_reset)).all()
    assert (params["alpha"] != np.float32(layer.neuron.alpha)).all()
    assert (params["beta"] != np.float32(layer.neuron.beta)).all()
