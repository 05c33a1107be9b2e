"""The networks of Fig. 6 and Table VIII: what they do, in training and in evaluation."""

from typing import Any

import numpy as np
import pytest
from gradients.dvs_networks import FORMS, NetworkForm, draw_point
from support import trees_equal

from liaf_ref.kernels import loss, loss_softmax_bce, norm_running
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.norm import Statistics
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import (
    REFERENCE,
    BatchNorm,
    CheckpointedSequential,
    Dense,
    DirectLIAF,
    Driven,
    Dropout,
    Flatten,
    NamedLayer,
    Params,
    Sequential,
    TimeMean,
)
from liaf_ref.networks import SequenceClassifier
from liaf_ref.training.optimizers import Adam
from networks.small import DVS_CONFIG, NAMES, small_network

B, T, CLASSES = 6, 3, 3
every_network = pytest.mark.parametrize("name", NAMES)
SPIKING = ["small-lif", "tiny-lif"]
STATELESS = ["small-conv2d", "small-conv3d"]
TINY = [name for name in NAMES if name.startswith("tiny")]


def frames(net: SequenceClassifier, dtype: Any = np.float32) -> Array:
    """Counts of events, read-only."""
    counts = np.random.default_rng(3).poisson(1.0, (B, T, *net.sequential.in_shape)).astype(dtype)
    counts.flags.writeable = False
    return counts


def params(net: SequenceClassifier, dtype: Any = np.float32) -> Params:
    found = net.init(np.random.default_rng(0), dtype)
    for value in found.values():
        value.flags.writeable = False
    return found


def masks(net: SequenceClassifier, seed: int = 1, dtype: Any = np.float32) -> Params:
    return net.draw_masks(np.random.default_rng(seed), B, dtype)


def train_briefly(net: SequenceClassifier, p: Params, buffers: Params) -> tuple[float, Params]:
    logits, tape = net.forward(p, frames(net), buffers)
    value, loss_tape = net.loss.forward(logits, np.arange(B) % CLASSES)
    return float(value), net.backward(net.loss.backward(np.ones((), np.float32), loss_tape), tape)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SPIKING])
def test_a_training_step_lowers_the_loss(name: str) -> None:
    net = small_network(name)
    p, given = params(net), masks(net)
    before, grads = train_briefly(net, p, given)
    after, _ = train_briefly(net, {n: v - np.float32(0.1) * grads[n] for n, v in p.items()}, given)
    assert after < before - 0.02


@pytest.mark.parametrize("name", SPIKING)
def test_training_steps_lower_the_loss_of_what_spikes(name: str) -> None:
    """One alone need not: the loss is flat but for its jumps, and the slope a surrogate."""
    net, rule = small_network(name), Adam(0.01)
    p, given = params(net), masks(net)
    state, (first, _) = rule.initial_state(p), train_briefly(net, p, given)
    for _ in range(30):
        p, state = rule.step(p, train_briefly(net, p, given)[1], state)
    assert train_briefly(net, p, given)[0] < 0.9 * first


@every_network
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_have_names_shapes_and_dtype_of_the_parameters(name: str, dtype: Any) -> None:
    net = small_network(name)
    p = params(net, dtype)
    logits, tape = net.forward(p, frames(net, dtype), masks(net, dtype=dtype))
    grads = net.backward(np.cos(logits), tape)
    assert logits.shape == (B, CLASSES)
    assert list(grads) == list(p) == list(net.param_shapes())
    assert {n: (g.shape, g.dtype) for n, g in grads.items()} == {
        n: (v.shape, v.dtype) for n, v in p.items()
    }


@every_network
def test_a_network_remembers_nothing_and_leaves_what_arrived_as_it_was(name: str) -> None:
    net = small_network(name)
    p, given, x = params(net), masks(net), frames(net)
    copies = {n: v.copy() for n, v in (p | given).items()}
    (logits, tape), (again, tape2) = (net.forward(p, x, given) for _ in range(2))
    dlogits = np.cos(logits)
    assert trees_equal((logits, net.backward(dlogits, tape)), (again, net.backward(dlogits, tape2)))
    assert trees_equal(copies, p | given)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in STATELESS])
def test_a_checkpointed_network_learns_the_same(name: str) -> None:
    whole, checkpointed = small_network(name), small_network(name, CheckpointedSequential)
    assert trees_equal(
        train_briefly(whole, params(whole), masks(whole)),
        train_briefly(checkpointed, params(checkpointed), masks(checkpointed)),
    )


@every_network
def test_unchecked_passes_are_the_checked_ones(name: str) -> None:
    net = small_network(name)
    p, given, x = params(net), masks(net), frames(net)
    logits, tape = net.forward(p, x, given)
    passes = net.passes(np.float32)
    other, other_tape = passes.forward(p, x, given)
    assert trees_equal(logits, other)
    dlogits = np.cos(logits)
    assert trees_equal(net.backward(dlogits, tape), passes.backward(dlogits, other_tape))


@every_network
def test_the_logits_are_the_last_layers_one_step(name: str) -> None:
    net = small_network(name)
    p, x = params(net, np.float64), frames(net, np.float64)
    Y = net.sequential.forward(p, x, kernel_set=REFERENCE)[0]
    assert Y.shape == (B, 1, CLASSES)
    assert trees_equal(net.forward(p, x)[0], Y[:, 0])


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("small")])
def test_without_batch_norm_an_answer_does_not_depend_on_its_batch(name: str) -> None:
    net = small_network(name)
    p, x = params(net, np.float64), frames(net, np.float64)
    together = net.forward(p, x)[0]
    alone = [net.forward(p, x[k : k + 1])[0][0] for k in range(B)]
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", TINY)
def test_with_batch_norm_it_does_not_in_evaluation_alone(name: str) -> None:
    net = small_network(name)
    p, x = params(net, np.float64), frames(net, np.float64)
    _, tape = net.forward(p, x)
    running = net.update_running_stats(net.initial_running_stats(np.float64), tape)
    together, trained = net.forward(p, x, running)[0], net.forward(p, x)[0]
    alone = [net.forward(p, x[k : k + 1], running)[0][0] for k in range(B)]
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-14)
    halves = np.concatenate([net.forward(p, x[k : k + 3])[0] for k in (0, 3)])
    assert abs(halves - trained).max() > 0.1
    assert abs(together - trained).max() > 0.1


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("kind", [Sequential, CheckpointedSequential])
def test_running_statistics_follow_every_norm(name: str, kind: type[Sequential]) -> None:
    net = small_network(name, kind)
    p, x = params(net, np.float64), frames(net, np.float64)
    first = net.initial_running_stats(np.float64)
    _, tape = net.forward(p, x)
    got = net.update_running_stats(first, tape)
    norms = [part for part, _ in net.sequential.layers if part.startswith("norm")]
    assert list(got) == list(first) == [f"{part}.{key}" for part in norms for key in ("m", "v")]
    statistics = dict(net.tape_parts(tape))["norm1"].statistics
    start = Statistics(np.zeros(3), np.ones(3))
    expected = norm_running.follow(start, statistics, B * T * 4 * 4, 0.1)
    assert trees_equal(got["norm1.m"], expected.m.reshape(-1))
    assert trees_equal(got["norm1.v"], expected.v.reshape(-1))
    again = net.update_running_stats(got, tape)
    assert all((abs(again[key] - first[key]) > abs(got[key] - first[key])).any() for key in first)


def test_synapses_have_masks_and_statistics_too() -> None:
    drop, norm = Dropout((128,)), BatchNorm((128,))
    parts = (
        NamedLayer("flat", Flatten((8, 8, 2))),
        NamedLayer("drop", Driven(drop, DirectLIAF((128,)))),
        NamedLayer("norm", Driven(norm, DirectLIAF((128,)))),
        NamedLayer("out", Dense(128, 3)),
        NamedLayer("sum", TimeMean((3,))),
    )
    net = SequenceClassifier(parts, DVS_CONFIG.steps)
    p, x, given = params(net), frames(net), masks(net)
    assert trees_equal(given, {"drop.M": drop.draw_mask(np.random.default_rng(1), B, np.float32)})
    first = net.initial_running_stats()
    assert trees_equal(
        first,
        {f"norm.{name}": value for name, value in norm.initial_running_stats("float32").items()},
    )
    _, tape = net.forward(p, x, given)
    saved = net.update_running_stats(first, tape)
    expected = norm.update_running_stats(
        norm.initial_running_stats("float32"), net.tape_parts(tape)[3][1]
    )
    assert trees_equal(saved, {f"norm.{name}": value for name, value in expected.items()})
    assert not trees_equal(net.forward(p, x, saved)[0], net.forward(p, x, first)[0])


def test_only_what_normalises_a_batch_has_statistics_to_keep() -> None:
    assert small_network("small-liaf").initial_running_stats() == {}
    assert {
        value.dtype for value in small_network("tiny-lif").initial_running_stats().values()
    } == {np.dtype("f4")}


def test_masks_come_from_the_seed() -> None:
    net = small_network("small-lif")
    one, other, third = (masks(net, seed) for seed in (5, 5, 6))
    assert trees_equal(one, other)
    assert not trees_equal(one, third)
    assert {name: mask.shape for name, mask in one.items()} == {"drop1.M": (B, 1, 16)}
    assert set(np.unique(one["drop1.M"])) == {0.0, 2.0}
    assert small_network("tiny-lif").draw_masks(np.random.default_rng(0), B) == {}


def test_a_mask_decides_which_inputs_the_dense_layer_sees() -> None:
    net = small_network("small-conv2d")
    p = params(net)
    dropped = {"drop1.M": np.zeros((B, 1, 16), np.float32)}
    logits, _ = net.forward(p, frames(net), dropped)
    hidden = np.maximum(p["dense1.b"], 0)
    np.testing.assert_allclose(logits, [hidden @ p["out.W"] + p["out.b"]] * B)
    assert not np.isclose(net.forward(p, frames(net))[0], logits).any()


def test_the_losses_are_those_of_the_sections() -> None:
    assert small_network("small-liaf").loss is loss_softmax_bce
    assert small_network("tiny-liaf").loss is loss


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_float32_is_near_float64(form: NetworkForm) -> None:
    """A sum of at most 4,000 terms rounds to within 4,000 units of its largest.

    Where no neuron is near a kink, so that none decides otherwise.
    """
    net = form.make(paper(form.mu))
    point = draw_point(net, form)
    narrow = [
        {n: v.astype(np.float32) for n, v in part.items()} for part in (point.params, point.masks)
    ]
    x, y = point.frames.astype(np.float32), point.classes

    def run(p: Params, frames: Array, given: Params) -> Params:
        logits, tape = net.forward(p, frames, given)
        dlogits = net.loss.backward(np.ones((), p["conv1.W"].dtype), net.loss.forward(logits, y)[1])
        return {"logits": logits} | net.backward(dlogits, tape)

    got = run(narrow[0], x, narrow[1])
    wide = [{n: v.astype(np.float64) for n, v in part.items()} for part in narrow]
    want = run(wide[0], x.astype(np.float64), wide[1])
    for name, exact in want.items():
        assert got[name].dtype == np.float32
        bound = 4000 * 2.0**-24 * max(1.0, float(abs(exact).max()))
        np.testing.assert_allclose(got[name], exact, rtol=0, atol=bound, err_msg=name)
