"""What a batch will need is what it takes, and a batch that is too large is refused in time."""

import gc
import re
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.system import available_memory
from liaf_ref.kernels.array import Array
from liaf_ref.layers import CheckpointedSequential, Sequential
from liaf_ref.networks import (
    GESTURE,
    MNIST_DVS,
    BabiNetwork,
    SequenceClassifier,
    dvs_network,
    gesture_network,
)
from liaf_ref.networks.base import Network
from liaf_ref.networks.memory import _measure, check_memory, count_array_bytes, estimate_memory
from liaf_ref.networks.registry import create_network

# The paper's blocks on images of few pixels; memory is Python's own as well, of which small
# arrays have more in proportion.
MNIST = replace(MNIST_DVS, shape=(16, 16, 2), dense_units=(32, 16))
HANDS = replace(GESTURE, shape=(12, 12, 2), dense_units=(32,))
SMALL: dict[str, SequenceClassifier] = {
    **{
        f"mnist-dvs-{c}": dvs_network(MNIST, c)
        for c in ("liaf", "lif", "conv2d", "conv3d", "convlstm")
    },
    **{
        f"gesture-{c}": gesture_network(c, network_config=HANDS)
        for c in ("liaf", "lif", "convlstm")
    },
    "checkpointed mnist-dvs-liaf": dvs_network(MNIST, "liaf", container=CheckpointedSequential),
    "checkpointed gesture-liaf": gesture_network(
        "liaf", network_config=HANDS, container=CheckpointedSequential
    ),
}


@contextmanager
def tracing_allocations() -> Iterator[None]:
    """What is allocated within is counted; garbage is looked for there alone, which is quick."""
    gc.freeze()
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()
        gc.unfreeze()


def bytes_between_passes(net: Network, batch: int, steps: int) -> int:
    """Bytes that are held between the passes, inputs included."""
    params, (forward, _) = net.init(np.random.default_rng(0)), net.passes()
    forward(params, *inputs(net, 1, 2))  # what is made once, at first use, is not the batch's
    with tracing_allocations():
        saved = forward(params, *inputs(net, batch, steps))
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
    assert len(saved) == 2
    return size


def peak_bytes(net: Network, batch: int, steps: int) -> int:
    """The most bytes at any time of a training step."""
    params, (forward, backward) = net.init(np.random.default_rng(0)), net.passes()
    forward(params, *inputs(net, 1, 2))
    with tracing_allocations():
        logits, tape = forward(params, *inputs(net, batch, steps))
        grads = backward(np.ones_like(logits), tape)
        _, peak = tracemalloc.get_traced_memory()
    assert len(grads) == len(params)
    return peak + 3 * 4 * net.count_params()  # and the parameters, Adam's two moments


def inputs(net: Network, batch: int, steps: int) -> tuple[Any, ...]:
    assert isinstance(net, SequenceClassifier)
    rng = np.random.default_rng(1)
    frames = rng.poisson(1.0, (batch, steps, *net.sequential.in_shape)).astype(np.float32)
    return frames, net.draw_masks(rng, batch)


@pytest.mark.parametrize(("batch", "steps"), [(2, 5), (1, 10)])
@pytest.mark.parametrize("name", SMALL)
def test_what_is_stated_is_what_is_taken(name: str, batch: int, steps: int) -> None:
    net = SMALL[name]
    text = estimate_memory(net, batch, steps)
    assert sum(text.tape_bytes.values()) == pytest.approx(
        bytes_between_passes(net, batch, steps), rel=0.1
    )
    assert list(text.tape_bytes) == [part for part, _ in net.sequential.layers]


@pytest.mark.parametrize(
    ("name", "kind", "batch", "steps"),
    [
        ("mnist-dvs-liaf", Sequential, 4, 10),
        ("mnist-dvs-lif", Sequential, 2, 10),
        ("mnist-dvs-liaf", CheckpointedSequential, 2, 10),
        ("gesture-liaf", Sequential, 1, 10),
    ],
)
def test_the_peak_is_not_stated_too_small(
    name: str, kind: type[Sequential], batch: int, steps: int
) -> None:
    """Nor much too large: what the passes use between stops growing when a piece is full."""
    net = create_network(name, kind)
    assert (
        0.98 < estimate_memory(net, batch, steps).peak_bytes / peak_bytes(net, batch, steps) < 1.4
    )


def test_it_grows_with_the_batch_and_with_the_steps() -> None:
    net = SMALL["mnist-dvs-liaf"]
    few, more, longer = (
        estimate_memory(net, 1, 4),
        estimate_memory(net, 3, 4),
        estimate_memory(net, 1, 8),
    )
    fixed = 4 * 4 * net.count_params()
    assert more.peak_bytes - fixed == 3 * (few.peak_bytes - fixed)
    assert more.tape_bytes == {name: 3 * size for name, size in few.tape_bytes.items()}
    assert 1.5 < longer.tape_bytes["conv1"] / few.tape_bytes["conv1"] <= 2  # V has no steps


@pytest.mark.parametrize(
    "name",
    [
        f"{data}-{cell}"
        for data in ("mnist-dvs", "cifar10-dvs", "gesture")
        for cell in ("liaf", "lif")
    ],
)
def test_a_checkpointed_tape_is_at_most_half(name: str) -> None:
    whole, checkpointed = (
        create_network(name, kind) for kind in (Sequential, CheckpointedSequential)
    )
    (full, minimum) = (
        sum(estimate_memory(net, 2, net.steps).tape_bytes.values()) for net in (whole, checkpointed)
    )
    assert minimum < full / 2
    taken_full, taken_least = (bytes_between_passes(net, 1, 12) for net in (whole, checkpointed))
    assert taken_least < taken_full / 2


@pytest.mark.parametrize("cell", ["liaf", "gru"])
def test_fig_5_is_stated_too(cell: str) -> None:
    net = BabiNetwork(22, cell)
    params = net.init(np.random.default_rng(0))
    forward, _ = net.passes()
    forward(params, np.zeros((1, 2), int), np.zeros((1, 2), int))
    with tracing_allocations():
        tape = forward(params, np.zeros((32, 66), int), np.zeros((32, 4), int))[1]
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    assert tape is not None
    assert sum(estimate_memory(net, 32, 66).tape_bytes.values()) == pytest.approx(held, rel=0.1)


def largest(message: str) -> int:
    found = re.search(r"; the largest batch that fits is (\d+)$", message)
    assert found, message
    return int(found[1])


@pytest.mark.parametrize("name", ["mnist-dvs-liaf", "gesture-lif", "checkpointed mnist-dvs-liaf"])
@pytest.mark.parametrize("samples", [1, 7.3, 411.5])
def test_the_batch_that_is_stated_to_fit_does_and_one_more_does_not(
    name: str, samples: float
) -> None:
    net = SMALL[name]
    fixed = 4 * 4 * net.count_params()
    free = fixed + int(samples * (estimate_memory(net, 1, 7).peak_bytes - fixed))
    with pytest.raises(RunError) as refused:
        check_memory(net, 500, 7, free)
    fits = largest(str(refused.value))
    assert fits == int(samples)
    check_memory(net, fits, 7, free)
    with pytest.raises(RunError, match=f"the largest batch that fits is {fits}$"):
        check_memory(net, fits + 1, 7, free)


def test_what_is_needed_and_what_is_free_is_stated() -> None:
    net = SMALL["mnist-dvs-lif"]
    with pytest.raises(RunError) as refused:
        check_memory(net, 10_000, 20, 2_000_000_000)
    expected = estimate_memory(net, 10_000, 20).peak_bytes / 1e6
    assert str(refused.value).startswith(
        "mnist-dvs-lif: a step with batch 10000 and 20 steps needs "
        f"{expected:,.0f} MB, expected at most 2,000 MB, the free memory; the largest batch "
    )


@pytest.mark.parametrize("free", [0, 1_000_000])
def test_where_nothing_fits_that_is_stated(free: int) -> None:
    with pytest.raises(RunError, match=r"; not even one sample fits$"):
        check_memory(SMALL["mnist-dvs-liaf"], 3, 20, free)


def test_what_fits_the_machine_passes() -> None:
    check_memory(SMALL["mnist-dvs-lif"], 1, 2)
    assert 2**20 < available_memory() < 2**50


@pytest.mark.parametrize(("batch", "steps", "name"), [(0, 3, "batch"), (1, 0, "steps")])
def test_no_batch_and_no_steps_are_refused(batch: int, steps: int, name: str) -> None:
    text = rf"{name} of mnist-dvs-lif: expected an integer >= 1, got 0"
    for check in (estimate_memory, check_memory):
        with pytest.raises(InputError, match=text):
            check(SMALL["mnist-dvs-lif"], batch, steps)


def test_who_counts_memory_already_goes_on_and_changes_nothing() -> None:
    net = SMALL["mnist-dvs-lif"]
    _measure.cache_clear()
    text = estimate_memory(net, 3, 5)
    _measure.cache_clear()
    with tracing_allocations():
        saved, gone = np.ones(10**6), np.ones(2 * 10**6)
        del gone
        found = estimate_memory(net, 3, 5)
        assert tracemalloc.is_tracing()
        size, _ = tracemalloc.get_traced_memory()
    assert saved.nbytes <= size
    assert found.tape_bytes == text.tape_bytes
    assert found.peak_bytes == pytest.approx(text.peak_bytes, rel=0.01)


def test_a_memory_is_counted_once_under_the_first_that_has_it() -> None:
    one, other, known = (np.zeros(n, np.float32) for n in (10, 20, 40))
    views: list[Array] = [one[2:], one.reshape(2, 5), other[::2]]
    tapes = [
        ("a", (views[0], known)),
        ("b", {"x": views[1], "y": [views[2]]}),
        ("a", other),
        ("c", 3),
    ]
    assert count_array_bytes(tapes, [known[1:]]) == {"a": 40, "b": 80, "c": 0}
