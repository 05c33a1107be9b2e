"""A network line by line: what it prints, and that the lines add up."""

import json

import numpy as np
import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import count_ops
from liaf_ref.layers import CheckpointedSequential, Sequential
from liaf_ref.networks import BabiNetwork, summary
from liaf_ref.networks.memory import estimate_memory
from networks.small import NAMES, small_network

every_network = pytest.mark.parametrize("name", NAMES)


@every_network
def test_there_is_a_line_for_every_part_and_they_add_up(name: str) -> None:
    net = small_network(name)
    table = summary(net, batch=4)
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


@pytest.mark.parametrize("cell", ["liaf", "lstm"])
def test_fig_5_has_two_branches_and_a_head(cell: str) -> None:
    net = BabiNetwork(22, cell)
    found = count_ops(net, 66)
    assert [row.prefix for row in found] == ["story", "story", "query", "query", "head"]
    assert sum(row.exact.weights for row in found) == net.count_params()
    story, query = found[1].exact, found[3].exact
    assert story.muls * 4 == query.muls * 66  # steps of the story, and of the query
    assert (found[0].exact.muls, found[0].exact.adds) == (0, 0)
    table = summary(net, 32)
    assert table.tape_bytes == sum(estimate_memory(net, 32, 66).tape_bytes.values())


def test_a_line_has_the_layers_name_its_sizes_and_its_counts() -> None:
    text = str(summary(small_network("small-liaf"), batch=2, steps=10)).splitlines()
    assert text[0] == "small-liaf: batch 2, 10 steps, float32"
    assert text[1].split() == [
        "part",
        "layer",
        "output",
        "parameters",
        "MULs",
        "ADDs",
        "tape",
        "MB",
    ]
    assert text[2].split()[:8] == ["conv1", "ConvLIAF", "8", "x", "8", "x", "3", "69"]
    relu = next(line for line in text if line.startswith("relu1"))
    assert relu.split()[:8] == ["relu1", "Activation", "8", "x", "8", "x", "3", "-"]
    assert text[-2].split()[0] == f"{small_network('small-liaf').count_params():,}"
    assert text[-1].startswith("operations of one sample forward; a training step needs ")
    assert len({line.rstrip() for line in text}) == len(text)


@every_network
def test_its_json_is_plain_and_the_same(name: str) -> None:
    table = summary(small_network(name), 2, 5)
    document = json.loads(json.dumps(table.to_dict()))
    assert list(document) == [
        *("network", "batch", "steps", "layers", "paper", "exact", "tape_bytes", "peak_bytes")
    ]
    assert document["exact"]["weights"] == small_network(name).count_params()
    assert sum(layer["tape_bytes"] for layer in document["layers"]) == document["tape_bytes"]
    first = document["layers"][0]
    assert set(first) == {
        *("name", "layer", "out_shape", "num_params", "paper", "exact", "tape_bytes")
    }
    assert set(first["exact"]) == {"muls", "adds", "weights"}


def test_steps_are_the_papers_unless_stated() -> None:
    assert summary(small_network("tiny-lif")).steps == 3
    assert summary(BabiNetwork(7, "rnn", 3, 4)).steps == 66


def test_a_checkpointed_network_has_the_same_counts_and_less_to_keep() -> None:
    whole, checkpointed = (
        summary(small_network("small-lif", kind), 8)
        for kind in (Sequential, CheckpointedSequential)
    )
    assert whole.exact == checkpointed.exact
    assert checkpointed.tape_bytes < whole.tape_bytes


@every_network
def test_tapes_come_apart_by_part(name: str) -> None:
    net = small_network(name)
    frames = np.zeros((1, 2, *net.sequential.in_shape), np.float32)
    _, tape = net.forward(net.init(np.random.default_rng(0)), frames)
    names = [part for part, _ in net.tape_parts(tape)]
    assert list(dict.fromkeys(names)) == [part for part, _ in net.sequential.layers]


@pytest.mark.parametrize(("batch", "steps", "name"), [(0, 3, "batch"), (1, 0, "steps")])
def test_no_batch_and_no_steps_are_refused(batch: int, steps: int, name: str) -> None:
    with pytest.raises(InputError, match=rf"{name} of small-liaf: expected"):
        summary(small_network("small-liaf"), batch, steps)
