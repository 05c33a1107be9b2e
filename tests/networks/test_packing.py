"""Stories that join a batch when they begin: what is left out changes nothing."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from liaf_ref.kernels.array import Array
from liaf_ref.networks import BabiNetwork, babi, packing
from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.networks.packing import NO_SOURCE_ROW, Segment

VOCAB, T = 7, 40
QUERY = np.array([[0, 3, 2], [1, 2, 3], [0, 0, 4], [5, 6, 1], [2, 2, 2], [0, 1, 1]])
LENGTHS = (31, 3, 9, 9, 1, 18)


def stories() -> Array:
    """Left padded; the last one has a 0 between its tokens."""
    rng = np.random.default_rng(0)
    ids = np.zeros((len(LENGTHS), T), np.int64)
    for row, length in zip(ids, LENGTHS, strict=True):
        row[T - length :] = rng.integers(1, VOCAB, length)
    ids[-1, -4] = 0
    return ids


def random_params(network: BabiNetwork, dtype: Any) -> dict[str, Array]:
    """Parameters; neurons that fire, and whose state decays to something but 0."""
    params = network.init(np.random.default_rng(1), dtype)
    if "story.v_th" in params:
        params["story.v_th"] = params["story.v_th"] * 0.2
        params["story.beta"] = params["story.beta"] + 0.1
    return params


def weights(dtype: Any) -> Array:
    return np.random.default_rng(2).standard_normal((len(LENGTHS), VOCAB)).astype(dtype)


def passes(network: BabiNetwork, dtype: Any) -> tuple[Array, dict[str, Array]]:
    """Logits of the stories, and the gradients of a weighted sum of them."""
    logits, tape = network.forward(random_params(network, dtype), stories(), QUERY)
    return logits, network.backward(weights(dtype), tape)


def force_split(network: BabiNetwork, monkeypatch: pytest.MonkeyPatch) -> BabiNetwork:
    """The same network, for which every sequence is long enough to be cut."""
    # Sequences as long as the constants ask for would be cut either way, and never run whole.
    monkeypatch.setattr(babi, "MIN_STEPS", {True: 1, False: 1})
    other = replace(network)
    assert len(other.plan(stories())) > 1
    return other


def assert_close(actual: dict[str, Array], expected: dict[str, Array], rounding: float) -> None:
    for name, x in expected.items():
        scale = max(abs(x).max(), 1e-30)
        np.testing.assert_allclose(actual[name], x, rtol=0, atol=rounding * scale, err_msg=name)


@pytest.mark.parametrize("cell", CELL_FACTORIES)
@pytest.mark.parametrize(("dtype", "rounding"), [(np.float64, 1e-13), (np.float32, 2e-5)])
def test_common_padding_is_run_once(
    cell: str, dtype: Any, rounding: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound is the rounding of sums over 40 steps and 6 stories, made in another order."""
    network = BabiNetwork(VOCAB, cell, embedding_dim=4, units=5)
    logits, grads = passes(network, dtype)
    cut_logits, cut_grads = passes(force_split(network, monkeypatch), dtype)
    assert_close({"": cut_logits} | cut_grads, {"": logits} | grads, rounding)


@pytest.mark.parametrize("cell", ["lif", "liaf"])
def test_a_neuron_answers_bit_for_bit_alike(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neurons do not see each other, so that nothing is even rounded otherwise."""
    network = BabiNetwork(VOCAB, cell, embedding_dim=4, units=5)
    whole, _ = passes(network, np.float32)
    in_pieces, _ = passes(force_split(network, monkeypatch), np.float32)
    assert (in_pieces == whole).all()


@pytest.mark.parametrize("cell", CELL_FACTORIES)
@pytest.mark.parametrize(("dtype", "rounding"), [(np.float64, 1e-13), (np.float32, 2e-5)])
def test_a_masked_story_begins_at_its_first_token(cell: str, dtype: Any, rounding: float) -> None:
    """Each story alone and without padding, gradients added up."""
    masked = BabiNetwork(VOCAB, cell, embedding_dim=4, units=5, padding="masked")
    plain = replace(masked, padding="unmasked")
    logits, grads = passes(masked, dtype)
    params, dlogits = random_params(plain, dtype), weights(dtype)
    totals = {name: np.zeros_like(g) for name, g in grads.items()}
    answers = np.empty_like(logits)
    for k, (story, query) in enumerate(zip(stories(), QUERY, strict=True)):
        own, asked = (ids[None, (ids != 0).argmax() :] for ids in (story, query))
        answers[k : k + 1], tape = plain.forward(params, own, asked)
        for name, g in plain.backward(dlogits[k : k + 1], tape).items():
            totals[name] += g
    assert_close({"": logits} | grads, {"": answers} | totals, rounding)


def as_tuples(segments: list[Segment]) -> list[tuple[int, int, list[int], list[int]]]:
    return [(p.start, p.stop, p.rows.tolist(), p.source_row.tolist()) for p in segments]


def test_a_plan_by_hand() -> None:
    """Three stories of 1, 2 and 5 tokens; 3 is the row of padding."""
    ids = np.array([[0, 0, 0, 0, 1], [1, 1, 1, 1, 1], [0, 0, 0, 2, 0]])
    assert as_tuples(packing.plan_masked(ids)) == [
        (0, 3, [1], [NO_SOURCE_ROW]),
        (3, 4, [1, 2], [0, NO_SOURCE_ROW]),
        (4, 5, [1, 2, 0], [0, 1, NO_SOURCE_ROW]),
    ]
    long = np.zeros((4, 100), np.int64)
    long[:, -1] = 1
    long[1, 50:] = 1
    assert as_tuples(packing.plan_unmasked(long, 100)) == [
        (0, 50, [4], [NO_SOURCE_ROW]),
        (50, 99, [1, 4], [0, 0]),
        (99, 100, [1, 0, 2, 3], [0, 1, 1, 1]),
    ]


def test_nothing_is_cut_where_little_is_gained() -> None:
    ids = np.ones((3, 200), np.int64)
    ids[1, :20] = 0
    whole = [(0, 200, [0, 1, 2], [NO_SOURCE_ROW] * 3)]
    assert as_tuples(packing.plan_unmasked(ids, 1)) == whole
    ids[:, :190] = 0
    assert as_tuples(packing.plan_unmasked(ids, 201)) == whole
    assert len(packing.plan_unmasked(ids, 200)) == 2
