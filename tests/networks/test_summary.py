"""A network line by line: what it prints, and that the lines add up."""

import json

import numpy as np
import pytest

from liaf_ref import cost
from liaf_ref.errors import InputError
from liaf_ref.layers import Chain, Frugal
from liaf_ref.networks import BabiNetwork
from liaf_ref.networks.memory import needs
from liaf_ref.networks.summary import summary
from networks.small import NAMES, network

every_network = pytest.mark.parametrize("name", NAMES)


@every_network
def test_there_is_a_line_for_every_part_and_they_add_up(name: str) -> None:
    net = network(name)
    table = summary(net, batch=4)
    assert [line.part for line in table.lines] == [part for part, _ in net.chain.parts]
    assert [line.out_shape for line in table.lines] == [
        layer.out_shape for _, layer in net.chain.parts
    ]
    assert sum(line.weights for line in table.lines) == table.exact.weights == net.count()
    wanted = needs(net, 4, net.steps)
    assert (table.tape, table.peak) == (sum(wanted.tape.values()), wanted.peak)
    assert table.paper == cost.total(row.paper for row in cost.count_ops(net.chain, net.steps))


@pytest.mark.parametrize("cell", ["liaf", "lstm"])
def test_fig_5_has_two_branches_and_a_head(cell: str) -> None:
    net = BabiNetwork(22, cell)
    found = net.op_counts(66)
    assert [row.prefix for row in found] == ["story", "story", "query", "query", "head"]
    assert sum(row.exact.weights for row in found) == net.count()
    story, query = found[1].exact, found[3].exact
    assert story.muls * 4 == query.muls * 66  # steps of the story, and of the query
    assert (found[0].exact.muls, found[0].exact.adds) == (0, 0)
    table = summary(net, 32)
    assert table.tape == sum(needs(net, 32, 66).tape.values())


def test_a_line_has_the_layers_name_its_sizes_and_its_counts() -> None:
    text = str(summary(network("small-liaf"), batch=2, steps=10)).splitlines()
    assert text[0] == "small-liaf, Fig. 6 and Table V: batch 2, 10 steps, float32"
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
    assert text[-2].split()[0] == f"{network('small-liaf').count():,}"
    assert text[-1].startswith("operations of one sample forward; a training step needs ")
    assert len({line.rstrip() for line in text}) == len(text)


@every_network
def test_its_json_is_plain_and_the_same(name: str) -> None:
    table = summary(network(name), 2, 5)
    document = json.loads(json.dumps(table.json()))
    assert list(document) == [
        *("network", "batch", "steps", "layers", "paper", "exact", "tape_bytes", "peak_bytes")
    ]
    assert document["exact"]["weights"] == network(name).count()
    assert sum(layer["tape"] for layer in document["layers"]) == document["tape_bytes"]
    first = document["layers"][0]
    assert set(first) == {"part", "layer", "out_shape", "weights", "paper", "exact", "tape"}
    assert set(first["exact"]) == {"muls", "adds", "weights"}


def test_steps_are_the_papers_unless_told() -> None:
    assert summary(network("tiny-lif")).steps == 3
    assert summary(BabiNetwork(7, "rnn", 3, 4)).steps == 66


def test_a_frugal_network_has_the_same_counts_and_less_to_keep() -> None:
    whole, frugal = (summary(network("small-lif", kind), 8) for kind in (Chain, Frugal))
    assert whole.exact == frugal.exact
    assert frugal.tape < whole.tape


@every_network
def test_tapes_come_apart_by_part(name: str) -> None:
    net = network(name)
    frames = np.zeros((1, 2, *net.setting.shape), np.float32)
    _, tape = net.forward(net.init(np.random.default_rng(0)), frames)
    names = [part for part, _ in net.tape_parts(tape)]
    assert list(dict.fromkeys(names)) == [part for part, _ in net.chain.parts]


@pytest.mark.parametrize(("batch", "steps", "name"), [(0, 3, "batch"), (1, 0, "steps")])
def test_no_batch_and_no_steps_are_refused(batch: int, steps: int, name: str) -> None:
    with pytest.raises(InputError, match=rf"{name} of small-liaf, Fig\. 6 and Table V: expected"):
        summary(network("small-liaf"), batch, steps)
