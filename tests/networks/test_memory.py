"""What a batch will need is what it takes, and a batch that is too large is refused in time."""

import gc
import re
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import start_python, wait_for

from liaf_ref import networks
from liaf_ref._core.errors import RunError
from liaf_ref.analysis import op_count
from liaf_ref.kernels.array import Array
from liaf_ref.layers import CheckpointedSequential
from liaf_ref.networks.base import Network
from liaf_ref.networks.memory import check_memory, count_array_bytes, estimate_memory
from liaf_ref.networks.registry import create_network
from networks.small import NAMES, small_network

# The paper's blocks on images of few pixels; memory is Python's own as well, of which small
# arrays have more in proportion.
MNIST = replace(networks.MNIST_DVS, shape=(16, 16, 2), dense_units=(32, 16))
HANDS = replace(networks.GESTURE, shape=(12, 12, 2), dense_units=(32,))
SMALL: dict[str, networks.SequenceClassifier] = {
    **{
        f"mnist-dvs-{c}": networks.dvs_network(MNIST, c)
        for c in ("liaf", "lif", "conv2d", "conv3d", "convlstm")
    },
    **{f"gesture-{c}": networks.gesture_network(c, network_config=HANDS) for c in ("liaf", "lif")},
    "checkpointed mnist-dvs-liaf": networks.dvs_network(
        MNIST, "liaf", container=CheckpointedSequential
    ),
    "checkpointed gesture-liaf": networks.gesture_network(
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


def inputs(net: Network, batch: int, steps: int) -> tuple[Any, ...]:
    assert isinstance(net, networks.SequenceClassifier)
    rng = np.random.default_rng(1)
    frames = rng.poisson(1.0, (batch, steps, *net.sequential.in_shape)).astype(np.float32)
    return frames, net.draw_masks(rng, batch)


@pytest.mark.parametrize(
    ("name", "batch", "steps"), [*((name, 2, 5) for name in SMALL), ("mnist-dvs-liaf", 1, 10)]
)
def test_what_is_stated_is_what_is_taken(name: str, batch: int, steps: int) -> None:
    net = SMALL[name]
    text = estimate_memory(net, batch, steps)
    assert sum(text.tape_bytes.values()) == pytest.approx(
        bytes_between_passes(net, batch, steps), rel=0.1
    )
    assert list(text.tape_bytes) == [part for part, _ in net.sequential.layers]


PEAK = """
import sys, tracemalloc
import numpy as np
from liaf_ref.networks import create_network, estimate_memory
net = create_network(sys.argv[1])
stated = estimate_memory(net, 32, 66)  # the first of its process
params, (forward, backward) = net.init(0), net.passes()
tracemalloc.start()
inputs = np.random.default_rng(0).integers(1, 22, (32, 66)), np.ones((32, 4), int)
logits, tape = forward(params, *inputs)
backward(np.ones_like(logits), tape)
print(stated.peak_bytes / (tracemalloc.get_traced_memory()[1] + 12 * net.count_params()))
"""


@pytest.mark.parametrize("name", ["babi-lif", "babi-gru"])
def test_the_peak_is_what_a_step_takes(name: str, tmp_path: Path) -> None:
    ended = wait_for(start_python("-c", PEAK, name, cwd=tmp_path))
    assert 0.9 < float(ended.stdout) < 1.7, ended.stderr


@pytest.mark.parametrize("name", ["mnist-dvs-lif", "gesture-lif"])
def test_a_checkpointed_tape_is_at_most_half(name: str) -> None:
    """By the estimate, which is what is taken: the test above."""
    full, minimum = (
        sum(estimate_memory(net, 2, net.steps).tape_bytes.values())
        for net in (create_network(name), create_network(name, CheckpointedSequential))
    )
    assert minimum < full / 2


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


every_network = pytest.mark.parametrize("name", NAMES)


@every_network
def test_there_is_a_line_for_every_part_and_they_add_up(name: str) -> None:
    net = small_network(name)
    table = networks.summary(net, batch=4)
    assert [line.name for line in table.rows] == [part for part, _ in net.sequential.layers]
    assert [line.out_shape for line in table.rows] == [
        layer.out_shape for _, layer in net.sequential.layers
    ]
    assert sum(line.num_params for line in table.rows) == table.exact.weights == net.count_params()
    expected = estimate_memory(net, 4, net.steps)
    assert (table.tape_bytes, table.peak_bytes) == (
        sum(expected.tape_bytes.values()),
        expected.peak_bytes,
    )
    assert table.paper == op_count.total(
        row.paper for row in op_count.count_ops(net.sequential, net.steps)
    )


def test_a_line_has_the_layers_name_its_sizes_and_its_counts() -> None:
    text = str(networks.summary(small_network("small-liaf"), batch=2, steps=10)).splitlines()
    assert text[0] == "small-liaf: batch 2, 10 steps, float32"
    assert " ".join(text[1].split()) == "part layer output parameters MULs ADDs tape MB"
    assert " ".join(text[2].split()).startswith("conv1 ConvLIAF 8 x 8 x 3 69 ")
    relu = next(line for line in text if line.startswith("relu1"))
    assert " ".join(relu.split()).startswith("relu1 Activation 8 x 8 x 3 - ")
    assert text[-2].split()[0] == f"{small_network('small-liaf').count_params():,}"
    assert text[-1].startswith("operations of one sample forward; a training step needs ")
    assert len({line.rstrip() for line in text}) == len(text)
