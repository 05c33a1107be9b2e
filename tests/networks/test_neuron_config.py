"""Networks otherwise than the paper's: what a variant changes, and who has no use for it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.spike import detached, paper
from liaf_ref.layers import Layer, Neurons
from liaf_ref.networks import dvs_network, gesture_network
from liaf_ref.networks.gesture import GestureBlocks
from liaf_ref.networks.neuron_config import DVS_NEURONS as OWN
from liaf_ref.networks.neuron_config import GESTURE_NEURONS, NeuronConfig, neuron_param_names
from networks.small import DVS_CONFIG, GESTURE_CONFIG

BLOCKS = {
    ("liaf", "neuron-norm-pool"): ["conv.W", "norm", "relu", "pool"],
    ("liaf", "norm-neuron-pool"): ["conv", "norm", "node", "relu", "pool"],
    ("liaf", "norm-pool-neuron"): ["conv", "norm", "pool", "node", "relu"],
    ("lif", "neuron-norm-pool"): ["conv.W", "norm", "relu", "pool"],
    ("lif", "norm-neuron-pool"): ["conv", "norm", "node", "pool"],
    ("lif", "norm-pool-neuron"): ["conv", "norm", "pool", "node"],
}


@pytest.mark.parametrize(("cell", "order"), BLOCKS)
def test_the_order_of_a_block(cell: str, order: str) -> None:
    network = dvs_network(DVS_CONFIG, cell, neuron_config=NeuronConfig(block_order=order))
    found = [name[:-1] for name, _ in network.sequential.layers if name.endswith("2")]
    expected = [name.removesuffix(".W") for name in BLOCKS[cell, order]]
    assert found == expected
    joined = "conv.W" in BLOCKS[cell, order]  # synapses and neurons are one layer
    assert ("conv2.v_th" in network.param_shapes()) == joined
    neurons = [layer for _, layer in network.sequential.flat_layers if isinstance(layer, Neurons)]
    assert len(neurons) == len(DVS_CONFIG.blocks)
    assert {layer.is_spiking for layer in neurons} == {cell == "lif"}


@pytest.mark.parametrize(("cell", "order"), BLOCKS)
def test_an_order_is_the_papers_own_where_it_is_the_papers(cell: str, order: str) -> None:
    own = {"liaf": "neuron-norm-pool", "lif": "norm-pool-neuron"}[cell] == order
    assert (
        dvs_network(DVS_CONFIG, cell, neuron_config=NeuronConfig(block_order=order))
        == dvs_network(DVS_CONFIG, cell)
    ) == own


def neurons_of(network: object) -> set[tuple[object, ...]]:
    stages: list[tuple[str, Layer]] = network.sequential.flat_layers  # type: ignore[attr-defined]
    found = [layer for _, layer in stages if isinstance(layer, Neurons)]
    return {
        (
            n.act_name or n.kernel_arguments[1],
            "TR" if n.threshold_related else "NTR",
            n.sharing,
            n.spike,
        )
        for n in found
    }


def test_every_neuron_is_what_the_variant_says() -> None:
    wide = paper(0.3)
    other = NeuronConfig("tanh", "NTR", "non")
    assert neurons_of(dvs_network(DVS_CONFIG, neuron_config=other, spike=wide)) == {
        ("tanh", "NTR", "non", wide)
    }
    placed = replace(other, block_order="norm-pool-neuron")
    assert neurons_of(dvs_network(DVS_CONFIG, neuron_config=placed, spike=wide)) == {
        ("tanh", "NTR", "non", wide)
    }
    other = NeuronConfig("relu", "TR", "channel")
    found = neurons_of(
        gesture_network(network_config=GESTURE_CONFIG, neuron_config=other, spike=wide)
    )
    assert found == {("relu", "TR", "channel", wide)}


@pytest.mark.parametrize("order", ["neuron-norm-pool", "norm-pool-neuron"])
def test_lif_shows_one_spike_above_and_another_to_its_reset(order: str) -> None:
    variant = NeuronConfig(sharing="all", block_order=order, output=paper(0.3))
    found = neurons_of(dvs_network(DVS_CONFIG, "lif", neuron_config=variant, spike=detached()))
    assert found == {(paper(0.3), "TR", "all", detached())}


def test_parameters_of_neurons_by_name() -> None:
    names = neuron_param_names(dvs_network(DVS_CONFIG, "lif"))
    assert names == {
        f"node{k}.{name}" for k in (1, 2) for name in ("v_th", "v_reset", "alpha", "beta")
    }
    assert "conv1.alpha" in neuron_param_names(dvs_network(DVS_CONFIG))
    assert not neuron_param_names(dvs_network(DVS_CONFIG, "conv3d"))


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "act of lif": (
        lambda: dvs_network(DVS_CONFIG, "lif", neuron_config=NeuronConfig(act="tanh")),
        "act of Fig. 6 and Table V: expected no value for the cell lif, got tanh: LIF's activation",
    ),
    "mode of lif": (
        lambda: gesture_network("lif", neuron_config=replace(GESTURE_NEURONS, mode="TR")),
        "mode of Table VIII: expected no value for the cell lif, got TR: LIF is threshold related",
    ),
    "sharing of conv2d": (
        lambda: dvs_network(DVS_CONFIG, "conv2d", neuron_config=NeuronConfig(sharing="all")),
        "sharing of Fig. 6 and Table V: expected no value for the cell conv2d",
    ),
    "output of liaf": (
        lambda: dvs_network(DVS_CONFIG, neuron_config=NeuronConfig(output=paper(0.5))),
        "output of Fig. 6 and Table V: expected no value for the cell liaf",
    ),
    "order in Table VIII": (
        lambda: gesture_network(
            neuron_config=replace(GESTURE_NEURONS, block_order="norm-neuron-pool")
        ),
        "block_order of Table VIII: expected None",
    ),
    "blocks of convlstm": (
        lambda: gesture_network("convlstm", gesture_blocks=GestureBlocks(norm="none")),
        "gesture_blocks of Table VIII: expected those of Table VIII for the cell convlstm",
    ),
    "unknown norm": (lambda: GestureBlocks(norm="layer"), "norm of Table VIII: expected one"),
    "no threshold": (lambda: NeuronConfig(v_th=float("nan")), "v_th of Eqs. (4)-(6): expected"),
    "no variant": (
        lambda: dvs_network(DVS_CONFIG, neuron_config="TR"),  # type: ignore[arg-type]
        "neuron_config of Fig. 6 and Table V: expected a NeuronConfig",
    ),
    "unknown order": (
        lambda: NeuronConfig(block_order="pool"),
        "block_order of Fig. 6: expected one",
    ),
    "unknown mode": (lambda: NeuronConfig(mode="tr"), "mode of Eq"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_has_no_use_is_refused(wrong: str) -> None:
    make, message = WRONG[wrong]
    with pytest.raises(InputError, match=message.replace("(", r"\(").replace(")", r"\)")):
        make()


def test_the_papers_own_are_the_defaults() -> None:
    assert dvs_network(DVS_CONFIG) == dvs_network(DVS_CONFIG, neuron_config=OWN)
    assert gesture_network(network_config=GESTURE_CONFIG) == gesture_network(
        network_config=GESTURE_CONFIG, neuron_config=GESTURE_NEURONS
    )
