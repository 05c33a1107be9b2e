"""The network of Fig. 5."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from support import trees_equal

import liaf_ref as lr
from liaf_ref._core.errors import InputError
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Params, neurons_of
from liaf_ref.networks import BabiNetwork

VOCAB, B, T, Q = 7, 3, 5, 2
every_cell = pytest.mark.parametrize("cell", ["liaf", "lif", "rnn", "lstm", "gru"])


def network(cell: str = "gru", act: str = "identity") -> BabiNetwork:
    return BabiNetwork(VOCAB, cell, 4, 6, neuron=lr.Neuron(act=act))


def params(cell: str = "gru", dtype: Any = np.float64) -> Params:
    """Initial parameters, embeddings large enough for neurons to fire, read-only."""
    found = network(cell).init(np.random.default_rng(1), dtype)
    for part in ("story", "query"):
        found[f"{part}.E"] *= 40
    for value in found.values():
        value.flags.writeable = False
    return found


def tokens(steps: int, seed: int) -> Array:
    ids = np.random.default_rng(seed).integers(0, VOCAB, (B, steps))
    ids.flags.writeable = False
    return ids


STORY, QUERY = tokens(T, 2), tokens(Q, 3)


@pytest.mark.parametrize(
    ("cell", "layer", "whole"),
    [
        ("liaf", 5_500, 17_622),
        ("lif", 5_500, 17_622),
        ("rnn", 15_100, 36_822),
        ("gru", 45_300, 97_222),
        ("lstm", 60_400, 127_422),
    ],
)
def test_weights_at_qa1_are_those_of_table_iv(cell: str, layer: int, whole: int) -> None:
    net = BabiNetwork(22, cell)
    drawn = net.init(np.random.default_rng(0))
    assert net.temporal_layer.count_params() == layer
    assert net.count_params() == whole == sum(p.size for p in drawn.values())
    assert {name: p.shape for name, p in drawn.items()} == net.param_shapes()


def test_parameters_are_named_by_part() -> None:
    neurons = ["v_th", "v_reset", "alpha", "beta"]
    branch = ["E", "W", "b", *neurons]
    assert list(params("liaf")) == [
        *(f"story.{name}" for name in branch),
        *(f"query.{name}" for name in branch),
        "head.W",
        "head.b",
    ]


@every_cell
def test_the_answer_is_the_dense_layer_on_both_last_outputs(cell: str) -> None:
    net, p = network(cell), params(cell)
    ends = []
    for part, ids in (("story", STORY), ("query", QUERY)):
        own = {name: p[f"{part}.{name}"] for name in net.temporal_layer.param_shapes()}
        Y, _, _ = net.temporal_layer.forward(own, p[f"{part}.E"][ids])
        ends.append(Y[:, -1])
    expected = np.concatenate(ends, -1) @ p["head.W"] + p["head.b"]
    logits, _ = net.forward(p, STORY, QUERY)
    np.testing.assert_allclose(logits, expected, rtol=1e-13)


@every_cell
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_have_names_shapes_and_dtype_of_the_parameters(cell: str, dtype: Any) -> None:
    net, p = network(cell), params(cell, dtype)
    logits, tape = net.forward(p, STORY, QUERY)
    grads = net.backward(np.ones_like(logits), tape)
    assert list(grads) == list(p)
    assert {n: (g.shape, g.dtype) for n, g in grads.items()} == {
        n: (v.shape, v.dtype) for n, v in p.items()
    }
    assert all(grads[f"{part}.E"].any() for part in ("story", "query"))


@every_cell
def test_the_network_remembers_nothing_between_calls(cell: str) -> None:
    net, p = network(cell), params(cell)
    (logits, tape), (again, tape2) = (net.forward(p, STORY, QUERY) for _ in range(2))
    dZ = np.ones_like(logits)
    assert trees_equal((logits, net.backward(dZ, tape)), (again, net.backward(dZ, tape2)))


@every_cell
def test_an_answer_does_not_depend_on_the_batch_it_arrived_in(cell: str) -> None:
    net, p = network(cell), params(cell)
    together, _ = net.forward(p, STORY, QUERY)
    alone = [net.forward(p, STORY[k : k + 1], QUERY[k : k + 1])[0][0] for k in range(B)]
    np.testing.assert_allclose(together, alone, rtol=1e-13)


def test_the_two_branches_share_no_parameter() -> None:
    drawn = network("rnn").init(np.random.default_rng(0))
    for name in ("E", "W", "U"):
        assert not np.isclose(drawn[f"story.{name}"], drawn[f"query.{name}"]).any()


def test_liaf_is_ntr_and_lif_fires() -> None:
    liaf, lif = (
        neurons_of(network(cell, act).temporal_layer)
        for cell, act in (("liaf", "relu"), ("lif", "identity"))
    )
    assert liaf is not None
    assert lif is not None
    window = spike.paper(0.5)
    assert liaf.neuron.kernel_arguments == (window, activation.relu, neuron.NTR)
    assert lif.neuron.kernel_arguments == (window, window, neuron.TR)


def changed(**changes: Any) -> Params:
    return params() | {name.replace("_", ".", 1): value for name, value in changes.items()}


def forward(p: Any = None, story: Any = STORY, query: Any = QUERY) -> Callable[[], object]:
    return lambda: network().forward(params() if p is None else p, story, query)


def backward(dlogits: Any) -> Callable[[], object]:
    return lambda: network().backward(dlogits, network().forward(params(), STORY, QUERY)[1])


FLOATS = "expected dtype float32, float64, longdouble or complex"
EMPTY = "expected B, T and Q >= 1"
BAD: dict[str, tuple[Callable[[], object], str]] = {
    "cell": (lambda: BabiNetwork(VOCAB, "LIAF"), "cell"),
    "act of another cell": (lambda: network("lif", "relu"), "act"),
    "spike of another cell": (lambda: BabiNetwork(VOCAB, "gru", neuron=lr.Neuron(mu=0)), "mu"),
    "no neuron": (
        lambda: BabiNetwork(VOCAB, "lif", neuron=0.5),  # type: ignore[arg-type]
        "neuron",
    ),
    "seed": (lambda: network("liaf").init(-1), "rng"),
    "forms": (
        lambda: network().forward(params(), STORY, QUERY, "fast"),  # type: ignore[arg-type]
        "kernel_set",
    ),
    "another network's tape": (
        lambda: network("gru").backward(
            np.ones((B, VOCAB)), network("rnn").forward(params("rnn"), STORY, QUERY)[1]
        ),
        "tape",
    ),
    "no tape": (
        lambda: network().backward(np.ones((B, VOCAB)), None),
        "expected the tape that forward returned, got None",
    ),
    "vocab": (lambda: BabiNetwork(0, "rnn"), "vocab_size"),
    "units": (
        lambda: BabiNetwork(VOCAB, "rnn", units=1.5),  # type: ignore[arg-type]
        "units",
    ),
    "missing parameter": (
        forward({k: v for k, v in params().items() if k != "head.b"}),
        "parameters",
    ),
    "no mapping": (forward([1]), "in a mapping, got list"),
    "parameter a list": (forward(changed(head_b=[0.0])), "head.b"),
    "first parameter a list": (forward(changed(story_E=[0.0])), "story.E"),
    "misshapen": (forward(changed(query_W=np.zeros((4, 6)))), "query.W"),
    "mixed precision": (forward(changed(head_W=np.zeros((12, VOCAB), np.float32))), "head.W"),
    "half precision": (
        forward({k: v.astype(np.float16) for k, v in params().items()}),
        f"{FLOATS}, got float16",
    ),
    "integer parameters": (
        forward({k: v.astype(np.int64) for k, v in params().items()}),
        f"{FLOATS}, got int64",
    ),
    "token too large": (forward(story=STORY + VOCAB), "story"),
    "token below 0": (forward(query=QUERY - VOCAB), "query"),
    "tokens of floats": (forward(story=STORY.astype(float)), "story"),
    "tokens in a list": (forward(story=[[1]]), "story"),
    "tokens of rank 1": (forward(story=STORY[0]), "expected shape (B, T), got shape (5,)"),
    "fewer queries": (forward(query=QUERY[1:]), "query"),
    "no questions": (forward(story=STORY[:0], query=QUERY[:0]), f"{EMPTY}, got shapes (0, 5)"),
    "empty stories": (forward(story=STORY[:, :0]), f"{EMPTY}, got shapes (3, 0) and (3, 2)"),
    "empty queries": (forward(query=QUERY[:, :0]), f"{EMPTY}, got shapes (3, 5) and (3, 0)"),
    "gradient size": (
        backward(np.zeros((B, VOCAB + 1))),
        "Fig. 5 (backward): expected shape (3, 7), got shape (3, 8)",
    ),
    "gradient precision": (
        backward(np.zeros((B, VOCAB), np.float32)),
        "Fig. 5 (backward): expected dtype float64",
    ),
    "spoilt gradient": (backward(np.full((B, VOCAB), np.inf)), "got inf at index (0, 0)"),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_a_wrong_value_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message == refused.value.name or message in str(refused.value)


@every_cell
def test_fast_twins_give_the_definitions_answer_and_gradients(cell: str) -> None:
    """In float32; a sum of at most 4,000 terms rounds to within 4,000 units of its largest."""
    net, story, query = network(cell), tokens(T, 2), tokens(Q, 3)
    narrow, dlogits = params(cell, np.float32), np.random.default_rng(4).normal(size=(B, VOCAB))
    wide = {name: value.astype(np.float64) for name, value in narrow.items()}
    logits, tape = net.forward(narrow, story, query)
    exact_logits, exact_tape = net.forward(wide, story, query)
    got = {"logits": logits} | net.backward(dlogits.astype(np.float32), tape)
    want = {"logits": exact_logits} | net.backward(dlogits, exact_tape)
    assert got.keys() == want.keys()
    for name, exact in want.items():
        assert got[name].dtype == np.float32
        bound = 4000 * 2.0**-24 * max(1.0, float(abs(exact).max()))
        np.testing.assert_allclose(got[name], exact, rtol=0, atol=bound, err_msg=name)


def test_nonfinite_parameters_are_refused_by_name() -> None:
    net, bad = network(), dict(params())
    bad["query.U"] = np.full_like(bad["query.U"], np.nan)
    with pytest.raises(
        InputError, match=r"query\.U of BabiNetwork.*: expected finite values, got nan"
    ):
        net.forward(bad, tokens(T, 2), tokens(Q, 3))


def test_unchecked_passes_are_the_checked_ones() -> None:
    net, drawn, ids = network(), params(), (tokens(T, 2), tokens(Q, 3))
    logits, tape = net.forward(drawn, *ids)
    passes = net.passes(np.float64)
    other, other_tape = passes.forward(drawn, *ids)
    assert trees_equal(other, logits)
    ones = np.ones_like(logits)
    assert trees_equal(passes.backward(ones, other_tape), net.backward(ones, tape))
