"""Masks and running statistics: what layers are given beside their parameters."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from support import same

from layers.samples import B, T, X, drawn, params
from liaf_ref.errors import InputError
from liaf_ref.kernels import dropout, norm, norm_running
from liaf_ref.kernels.array import Array
from liaf_ref.layers import (
    BatchNorm,
    Chain,
    Dense,
    DirectLIAF,
    DirectLIF,
    Dropout,
    Frugal,
    Integrated,
    Part,
    Tape,
)

H, W, L = 4, 3, 2
SHAPE = (H, W, L)
DROP, NORM, EACH = Dropout((L,), 0.3), BatchNorm(SHAPE), BatchNorm(SHAPE, "each", momentum=0.25)
RUNNING = {"m": np.array([0.4, -0.2]), "v": np.array([0.5, 2.0])}
M = DROP.mask(np.random.default_rng(1), B, np.float64)


def test_a_mask_is_0_or_one_over_what_is_kept() -> None:
    mask = Dropout((50, 40, 5), 0.3).mask(np.random.default_rng(0), 2, np.float64)
    assert mask.shape == (2, 1, 50, 40, 5)  # the same at all steps
    assert set(np.unique(mask)) == {0.0, 1 / 0.7}
    deviation = (0.3 / 0.7 / mask.size) ** 0.5
    assert abs(mask.mean() - 1) < 5 * deviation
    assert (
        Dropout((3,), 0.0).mask(np.random.default_rng(0), 2, np.float32).tolist() == [[[1] * 3]] * 2
    )


def test_a_mask_is_in_the_dtype_asked_for_and_from_the_generator() -> None:
    draws = [Dropout((90,)).mask(np.random.default_rng(seed), 2, np.float32) for seed in (3, 3, 4)]
    assert draws[0].dtype == np.float32
    assert same(draws[0], draws[1])
    assert not same(draws[0], draws[2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_a_mask_is_applied_both_ways(dtype: Any) -> None:
    x, mask = X(DROP, dtype), M.astype(dtype)
    Y, _, tape = DROP.forward({}, x, given={"M": mask})
    dX, _, grads = DROP.backward(np.cos(Y), tape)
    assert not grads
    assert same(Y, dropout.forward(x, mask)[0])
    assert same(dX, np.cos(Y) * mask)


@pytest.mark.parametrize("layer", [NORM, EACH], ids=["joint", "each"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_running_statistics_take_the_place_of_the_batchs(layer: BatchNorm, dtype: Any) -> None:
    p, x = params(layer, dtype), X(layer, dtype)
    running = {name: value.astype(dtype) for name, value in RUNNING.items()}
    kernel = norm.Params(p["gamma"], p["b"])
    Y, _, tape = layer.forward(p, x, given=running)
    wanted, kept = norm_running.forward(x, kernel, norm.Statistics(**running), layer.eps)
    dX, dp = norm_running.backward(np.cos(Y), kept)
    assert same(Y, wanted)
    assert same(layer.backward(np.cos(Y), tape), (dX, (), dp._asdict()))


def test_a_sample_in_evaluation_does_not_depend_on_its_batch() -> None:
    p, x = params(NORM), X(NORM)
    together = NORM.forward(p, x, given=RUNNING)[0]
    alone = [NORM.forward(p, x[k : k + 1], given=RUNNING)[0][0] for k in range(B)]
    assert same(tuple(together), tuple(alone))


def _trained(layer: BatchNorm, x: Array) -> Tape:
    return layer.forward(params(layer), x)[2]


def test_the_joint_statistics_are_followed() -> None:
    """Of a channel: its mean and unbiased variance over batch, time and places."""
    x, kept = X(NORM), RUNNING
    got = NORM.follow(kept, _trained(NORM, x))
    for k in range(L):
        of_channel = x[..., k]
        assert got["m"][k] == pytest.approx(0.9 * kept["m"][k] + 0.1 * of_channel.mean())
        assert got["v"][k] == pytest.approx(0.9 * kept["v"][k] + 0.1 * of_channel.var(ddof=1))


def test_the_steps_statistics_are_followed_one_after_the_other() -> None:
    x, kept = X(EACH), {name: value.copy() for name, value in RUNNING.items()}
    for t in range(T):
        for k in range(L):
            kept["m"][k] = 0.75 * kept["m"][k] + 0.25 * x[:, t, ..., k].mean()
            kept["v"][k] = 0.75 * kept["v"][k] + 0.25 * x[:, t, ..., k].var(ddof=1)
    got = EACH.follow(RUNNING, _trained(EACH, x))
    for name, value in kept.items():
        np.testing.assert_allclose(got[name], value, rtol=1e-14)


@pytest.mark.parametrize("layer", [NORM, EACH], ids=["joint", "each"])
def test_statistics_of_shares_are_followed_as_those_of_the_batch(layer: BatchNorm) -> None:
    x = drawn((5, T, *SHAPE)) + np.arange(5).reshape(5, 1, 1, 1, 1)
    wanted = layer.follow(RUNNING, _trained(layer, x))
    for ends in ((0, 5), (0, 3, 5), (0, 1, 2, 5)):
        parts = [x[low:high] for low, high in pairwise(ends)]
        got = layer.update(RUNNING, [layer.statistics(_trained(layer, part)) for part in parts])
        for name, value in wanted.items():
            np.testing.assert_allclose(got[name], value, rtol=1e-14)


def test_shares_of_one_entry_are_followed_together() -> None:
    layer, x = BatchNorm((2,), momentum=1.0), np.array([[[1.0, -2.0]], [[4.0, 0.0]]])
    shares = [layer.statistics(_trained(layer, x[k : k + 1])) for k in range(2)]
    got = layer.update(RUNNING, shares)
    assert (got["m"].tolist(), got["v"].tolist()) == ([2.5, -1.0], [4.5, 2.0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_statistics_start_as_no_change_and_keep_their_dtype(dtype: Any) -> None:
    running = NORM.running(dtype)
    assert same(running, {"m": np.zeros(L, dtype), "v": np.ones(L, dtype)})
    layer = BatchNorm(SHAPE, momentum=0.0)
    assert same(layer.follow(running, _trained(layer, X(layer))), running)


def test_following_goes_through_a_frugal_chain() -> None:
    parts = Part("norm", NORM), Part("node", DirectLIF(SHAPE))
    whole, frugal = Chain(parts), Frugal(parts)
    tapes = [dict(c.tapes(c.forward(params(c), X(c))[2])) for c in (whole, frugal)]
    one, other = (NORM.follow(RUNNING, tape["norm"]) for tape in tapes)
    assert same(one, other)


def forward(layer: Any, given: Any) -> Callable[[], object]:
    return lambda: layer.forward(params(layer), X(layer), given=given)


def follow(layer: BatchNorm, running: Any, tape: Callable[[], Any]) -> Callable[[], object]:
    return lambda: layer.follow(running, tape())


def shared(layer: BatchNorm, batch: int, steps: int) -> Any:
    return layer.statistics(_trained(layer, np.ones((batch, steps, *layer.shape))))


ROW = Chain(
    (Part("drop", Dropout((4,))), Part("dense", Dense(4, L)), Part("norm", BatchNorm((L,))))
)
ROW_GIVEN = {"drop.M": np.ones((B, 1, 4)), "norm.m": np.zeros(L), "norm.v": np.ones(L)}
SOURCE = "BatchNorm((4, 3, 2)), Section VI-C2"
BAD: dict[str, tuple[Callable[[], object], str]] = {
    "no mapping": (forward(DROP, M), "given of Dropout((2,)), Section VI-B2: expected arrays by"),
    "unknown": (
        forward(DROP, {"mask": M}),
        "given of Dropout((2,)), Section VI-B2: expected M; unknown: 'mask'",
    ),
    "nothing to give": (
        forward(Dense(3, 4), {"M": M}),
        "given of Dense(3, 4), Eq. (2): expected nothing; unknown: 'M'",
    ),
    "unknown in a chain": (
        forward(ROW, {"M": M}),
        "given of Chain, Section II-D: expected drop.M, norm.m, norm.v; unknown: 'M'",
    ),
    "mean without variance": (
        forward(NORM, {"m": RUNNING["m"]}),
        f"given of {SOURCE}: expected v beside its companion, got none",
    ),
    "variance without mean, in a chain": (
        forward(ROW, {key: value for key, value in ROW_GIVEN.items() if key != "norm.m"}),
        "given of Chain, Section II-D: expected norm.m beside its companion, got none",
    ),
    "mask of another batch": (
        forward(DROP, {"M": M[:1]}),
        "given['M'] of Dropout((2,)), Section VI-B2: expected shape (2, 1, 2), got shape (1, 1, 2)",
    ),
    "mask of every step": (
        forward(DROP, {"M": np.ones((B, T, L))}),
        "expected shape (2, 1, 2), got shape (2, 5, 2)",
    ),
    "mask of booleans": (forward(DROP, {"M": M > 0}), "expected dtype float32, float64, longdoub"),
    "mask in single precision": (
        forward(ROW, ROW_GIVEN | {"drop.M": np.ones((B, 1, 4), np.float32)}),
        "given['drop.M'] of Chain, Section II-D: expected dtype float64 like the parameters, got "
        "float32",
    ),
    "statistics that are none": (
        forward(NORM, RUNNING | {"v": np.array([1.0, np.nan])}),
        f"given['v'] of {SOURCE}: expected finite values, got nan at index (1,)",
    ),
    "variance below 0": (
        forward(NORM, RUNNING | {"v": np.array([0.0, -1.0])}),
        f"given['v'] of {SOURCE}: expected a variance, >= 0, got -1.0 at index (1,)",
    ),
    "complex variance below 0, in a chain": (
        lambda: ROW.forward(
            params(ROW, complex),
            X(ROW, complex),
            given={k: v.astype(complex) for k, v in ROW_GIVEN.items()}
            | {"norm.v": -np.ones(L) + 1j},
        ),
        "given['norm.v'] of Chain, Section II-D: expected a variance, >= 0, got (-1+1j) at",
    ),
    "followed a variance below 0": (
        follow(NORM, RUNNING | {"v": np.array([-0.5, 1.0])}, lambda: _trained(NORM, X(NORM))),
        f"v of {SOURCE}: expected a variance, >= 0, got -0.5 at index (0,)",
    ),
    "statistics in a list": (
        forward(NORM, {"m": [0, 0], "v": [1, 1]}),
        f"given['m'] of {SOURCE}: expected an array of shape (2,), got list [0, 0]",
    ),
    "followed in evaluation": (
        follow(NORM, RUNNING, lambda: NORM.forward(params(NORM), X(NORM), given=RUNNING)[2]),
        f"tape of {SOURCE}: expected that of a pass in training, got one that was given m and v",
    ),
    "followed one entry": (
        follow(BatchNorm((2,)), RUNNING, lambda: _trained(BatchNorm((2,)), np.ones((1, 1, 2)))),
        "expected a mean of at least 2 entries, got a batch of shape (1, 1, 2)",
    ),
    "followed one entry of each step": (
        follow(
            BatchNorm((2,), "each"),
            RUNNING,
            lambda: _trained(BatchNorm((2,), "each"), np.ones((1, 5, 2))),
        ),
        "expected a mean of at least 2 entries, got a batch of shape (1, 5, 2)",
    ),
    "updated by no shares": (
        lambda: NORM.update(RUNNING, []),
        f"shares of {SOURCE}: expected those of one batch, of shape (B, T, 4, 3, 2), got none",
    ),
    "updated by shares of other steps": (
        lambda: NORM.update(RUNNING, [shared(NORM, 1, 5), shared(NORM, 2, 4)]),
        "of shape (B, T, 4, 3, 2), got (1, 5, 4, 3, 2), (2, 4, 4, 3, 2)",
    ),
    "updated by another layer's share": (
        lambda: NORM.update(RUNNING, [shared(BatchNorm((2,)), 3, 5)]),
        "of shape (B, T, 4, 3, 2), got (3, 5, 2)",
    ),
    "updated by tapes": (
        lambda: NORM.update(RUNNING, [_trained(NORM, X(NORM))]),  # type: ignore[list-item]
        f"shares of {SOURCE}: expected what statistics returned only, got Tape",
    ),
    "updated by one entry": (
        lambda: BatchNorm((2,)).update(RUNNING, [shared(BatchNorm((2,)), 1, 1)]),
        "batch of BatchNorm((2,)), Section VI-C2: expected a mean of at least 2 entries, got a "
        "batch of shape (1, 1, 2)",
    ),
    "followed without statistics": (
        follow(NORM, {}, lambda: _trained(NORM, X(NORM))),
        f"running statistics of {SOURCE}: expected m, v; missing: m, v",
    ),
    "followed of other channels": (
        follow(NORM, {"m": np.zeros(3), "v": np.ones(3)}, lambda: _trained(NORM, X(NORM))),
        f"m of {SOURCE}: expected shape (2,), got shape (3,)",
    ),
    "followed no tape": (
        follow(NORM, RUNNING, lambda: None),
        f"tape of {SOURCE}: expected a batch's, got NoneType None",
    ),
    "followed another layer": (
        follow(NORM, RUNNING, lambda: DROP.forward({}, X(DROP), given={"M": M})[2]),
        f"tape of {SOURCE}: expected a batch's, got an array",
    ),
    "rate of everything": (
        lambda: Dropout((2,), 1.0),
        "rate of Dropout((2,)), Section VI-B2: expected a number within 0 .. 1, 1 left out, got 1",
    ),
    "mask of a seed": (
        lambda: DROP.mask(0, B, np.float32),  # type: ignore[arg-type]
        "rng of Dropout((2,)), Section VI-B2: expected a numpy.random.Generator, got int 0",
    ),
    "mask of nobody": (
        lambda: DROP.mask(np.random.default_rng(0), -2, np.float32),
        "batch of Dropout((2,)), Section VI-B2: expected a whole number >= 1, got -2",
    ),
    "mask of integers": (
        lambda: DROP.mask(np.random.default_rng(0), B, "int32"),
        "dtype of Dropout((2,)), Section VI-B2: expected dtype float32, float64, longdouble or",
    ),
    "statistics of integers": (
        lambda: NORM.running("int8"),
        f"dtype of {SOURCE}: expected dtype float32, float64, longdouble or complex, got int8",
    ),
    "rate below 0": (lambda: Dropout((2,), -0.1), "1 left out, got -0.1"),
    "momentum above 1": (
        lambda: BatchNorm((2,), momentum=1.5),
        "momentum of BatchNorm, Section VI-C2: expected a number within 0 .. 1, got 1.5",
    ),
    "norm of nothing": (
        lambda: BatchNorm((2,), eps=0.0),
        "eps of BatchNorm, Section VI-C2: expected a finite number > 0, got 0.0",
    ),
    "steps": (
        lambda: BatchNorm((2,), "all"),
        "steps of BatchNorm, Section VI-C2: expected one of joint, each, got str 'all'",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_a_wrong_guest_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message in str(refused.value)


def test_all_that_a_chain_may_be_given_reaches_its_layers() -> None:
    p, x = params(ROW), X(ROW)
    mask, running = drawn((B, 1, 4)), {"m": drawn((L,)), "v": abs(drawn((L,), seed=4))}
    Y, _, _ = Dropout((4,)).forward({}, x, given={"M": mask})
    Y, _, _ = Dense(4, L).forward({"W": p["dense.W"], "b": p["dense.b"]}, Y)
    affine = {"gamma": p["norm.gamma"], "b": p["norm.b"]}
    Y, _, _ = BatchNorm((L,)).forward(affine, Y, given=running)
    given = {"drop.M": mask} | {f"norm.{name}": value for name, value in running.items()}
    assert same(ROW.forward(p, x, given=given)[0], Y)
    assert ROW.given() == {"drop.M": ("B", 1, 4), "norm.m": (L,), "norm.v": (L,)}


GIVEN = {DROP: {"M": M}, BatchNorm((L,)): RUNNING}
NODE = DirectLIAF((L,))


@pytest.mark.parametrize("synapse", GIVEN, ids=["mask", "statistics"])
@pytest.mark.parametrize("kind", [Chain, Frugal])
def test_what_a_synapse_may_be_given_reaches_it(synapse: Any, kind: type[Chain]) -> None:
    layer, given = Integrated(synapse, NODE), GIVEN[synapse]
    apart = Chain((Part("syn", synapse), Part("node", NODE)))
    p, x = params(layer), X(layer)
    own = {f"syn.{name}": p[name] for name in synapse.shapes()}
    own |= {f"node.{name}": p[name] for name in NODE.shapes()}
    wanted, _, tape = apart.forward(own, x, given={f"syn.{n}": a for n, a in given.items()})
    dX, _, _ = apart.backward(np.cos(wanted), tape)
    chain, named = kind((Part("one", layer),)), {f"one.{n}": a for n, a in given.items()}
    assert (layer.given(), list(chain.given())) == (synapse.given(), list(named))
    Y, _, tape = layer.forward(p, x, given=given)
    assert same((Y, layer.backward(np.cos(Y), tape)[0]), (wanted, dX))
    Y, _, tape = chain.forward({f"one.{n}": a for n, a in p.items()}, x, given=named)
    assert same((Y, chain.backward(np.cos(Y), tape)[0]), (wanted, dX))
