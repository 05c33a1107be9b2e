"""Masks and running statistics: what layers are given beside their parameters."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from support import trees_equal

from layers.samples import B, T, X, params
from liaf_ref._core.errors import InputError
from liaf_ref.kernels import norm, norm_running
from liaf_ref.kernels.array import Array
from liaf_ref.layers import (
    BatchNorm,
    CheckpointedSequential,
    Dense,
    DirectLIAF,
    Driven,
    Dropout,
    NamedLayer,
    Sequential,
    Tape,
)

H, W, L = 4, 3, 2
SHAPE = (H, W, L)
DROP, NORM, EACH = Dropout((L,), 0.3), BatchNorm(SHAPE), BatchNorm(SHAPE, "per_step", momentum=0.25)
RUNNING = {"m": np.array([0.4, -0.2]), "v": np.array([0.5, 2.0])}
M = DROP.draw_mask(np.random.default_rng(1), B, np.float64)


def test_a_mask_is_0_or_one_over_what_is_kept() -> None:
    mask = Dropout((50, 40, 5), 0.3).draw_mask(np.random.default_rng(0), 2, np.float64)
    assert mask.shape == (2, 1, 50, 40, 5)  # the same at all steps
    assert set(np.unique(mask)) == {0.0, 1 / 0.7}
    deviation = (0.3 / 0.7 / mask.size) ** 0.5
    assert abs(mask.mean() - 1) < 5 * deviation
    assert (
        Dropout((3,), 0.0).draw_mask(np.random.default_rng(0), 2, np.float32).tolist()
        == [[[1] * 3]] * 2
    )


@pytest.mark.parametrize("layer", [NORM, EACH], ids=["joint", "per_step"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_running_statistics_take_the_place_of_the_batchs(layer: BatchNorm, dtype: Any) -> None:
    p, x = params(layer, dtype), X(layer, dtype)
    running = {name: value.astype(dtype) for name, value in RUNNING.items()}
    kernel = norm.Params(p["gamma"], p["b"])
    Y, _, tape = layer.forward(p, x, buffers=running)
    expected, saved = norm_running.forward(x, kernel, norm.Statistics(**running), layer.eps)
    dX, dp = norm_running.backward(np.cos(Y), saved)
    assert trees_equal(Y, expected)
    assert trees_equal(layer.backward(np.cos(Y), tape), (dX, (), dp._asdict()))


def _training_tape(layer: BatchNorm, x: Array) -> Tape:
    return layer.forward(params(layer), x)[2]


def test_the_joint_statistics_are_followed() -> None:
    """Of a channel: its mean and unbiased variance over batch, time and places."""
    x, saved = X(NORM), RUNNING
    got = NORM.update_running_stats(saved, _training_tape(NORM, x))
    for k in range(L):
        of_channel = x[..., k]
        assert got["m"][k] == pytest.approx(0.9 * saved["m"][k] + 0.1 * of_channel.mean())
        assert got["v"][k] == pytest.approx(0.9 * saved["v"][k] + 0.1 * of_channel.var(ddof=1))


def test_the_steps_statistics_are_followed_one_after_the_other() -> None:
    x, saved = X(EACH), {name: value.copy() for name, value in RUNNING.items()}
    for t in range(T):
        for k in range(L):
            saved["m"][k] = 0.75 * saved["m"][k] + 0.25 * x[:, t, ..., k].mean()
            saved["v"][k] = 0.75 * saved["v"][k] + 0.25 * x[:, t, ..., k].var(ddof=1)
    got = EACH.update_running_stats(RUNNING, _training_tape(EACH, x))
    for name, value in saved.items():
        np.testing.assert_allclose(got[name], value, rtol=1e-14)


def shared(layer: BatchNorm, batch: int, steps: int) -> Any:
    return layer.statistics(_training_tape(layer, np.ones((batch, steps, *layer.shape))))


def followed(layer: BatchNorm, tape: Tape, **changed: Array) -> object:
    return layer.update_running_stats(RUNNING | changed, tape)


TRAINED = _training_tape(NORM, X(NORM))
ONE, BELOW = BatchNorm((2,)), np.array([-0.5, 1.0])
CHAIN = Sequential((NamedLayer("dense", Dense(4, L)), NamedLayer("norm", BatchNorm((L,)))))
COMPLEX = {"norm.m": np.zeros(L, complex), "norm.v": -np.ones(L) + 1j}
BAD: dict[str, tuple[Callable[[], object], str]] = {
    "complex variance below 0, in a chain": (
        lambda: CHAIN.forward(params(CHAIN, complex), X(CHAIN, complex), buffers=COMPLEX),
        "buffers['norm.v']",
    ),
    "followed a variance below 0": (lambda: followed(NORM, TRAINED, v=BELOW), "v"),
    "followed in evaluation": (
        lambda: followed(NORM, NORM.forward(params(NORM), X(NORM), buffers=RUNNING)[2]),
        "tape",
    ),
    "followed one entry": (
        lambda: followed(ONE, _training_tape(ONE, np.ones((1, 1, 2)))),
        "expected at least 2 entries per statistic, got 1",
    ),
    "updated by no shares": (lambda: NORM.update(RUNNING, []), "shares"),
    "updated by shares of other steps": (
        lambda: NORM.update(RUNNING, [shared(NORM, 1, 5), shared(NORM, 2, 4)]),
        "of shape (4, 3, 2), got (1, 5, 4, 3, 2), (2, 4, 4, 3, 2)",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_a_wrong_value_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message == refused.value.name or message in str(refused.value)


BUFFERS = {DROP: {"M": M}, BatchNorm((L,)): RUNNING}
NODE = DirectLIAF((L,))


@pytest.mark.parametrize("synapse", BUFFERS, ids=["mask", "statistics"])
@pytest.mark.parametrize("kind", [Sequential, CheckpointedSequential])
def test_what_a_synapse_may_be_given_reaches_it(synapse: Any, kind: type[Sequential]) -> None:
    layer, given = Driven(synapse, NODE), BUFFERS[synapse]
    apart = Sequential((NamedLayer("syn", synapse), NamedLayer("node", NODE)))
    p, x = params(layer), X(layer)
    own = {f"syn.{name}": p[name] for name in synapse.param_shapes()}
    own |= {f"node.{name}": p[name] for name in NODE.param_shapes()}
    expected, _, tape = apart.forward(own, x, buffers={f"syn.{n}": a for n, a in given.items()})
    dX, _, _ = apart.backward(np.cos(expected), tape)
    chain, named = kind((NamedLayer("one", layer),)), {f"one.{n}": a for n, a in given.items()}
    assert (layer.buffer_shapes(), list(chain.buffer_shapes())) == (
        synapse.buffer_shapes(),
        list(named),
    )
    Y, _, tape = layer.forward(p, x, buffers=given)
    assert trees_equal((Y, layer.backward(np.cos(Y), tape)[0]), (expected, dX))
    Y, _, tape = chain.forward({f"one.{n}": a for n, a in p.items()}, x, buffers=named)
    assert trees_equal((Y, chain.backward(np.cos(Y), tape)[0]), (expected, dX))
