"""Networks otherwise than the paper's: what a variant changes, and who has no use for it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from liaf_ref.errors import InputError
from liaf_ref.kernels.spike import detached, paper
from liaf_ref.layers import Layer, Neurons
from liaf_ref.networks import fig6, table_viii
from liaf_ref.networks.variant import FIG6 as OWN
from liaf_ref.networks.variant import TABLE_VIII, Variant, neuron_parameters
from networks.small import FIG6, VIII

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
    network = fig6(FIG6, cell, variant=Variant(block_order=order))
    found = [name[:-1] for name, _ in network.chain.parts if name.endswith("2")]
    wanted = [name.removesuffix(".W") for name in BLOCKS[cell, order]]
    assert found == wanted
    joined = "conv.W" in BLOCKS[cell, order]  # synapses and neurons are one layer
    assert ("conv2.v_th" in network.shapes()) == joined
    neurons = [layer for _, layer in network.chain.stages if isinstance(layer, Neurons)]
    assert len(neurons) == len(FIG6.blocks)
    assert {layer.spiking for layer in neurons} == {cell == "lif"}


@pytest.mark.parametrize(("cell", "order"), BLOCKS)
def test_an_order_is_the_papers_own_where_it_is_the_papers(cell: str, order: str) -> None:
    own = {"liaf": "neuron-norm-pool", "lif": "norm-pool-neuron"}[cell] == order
    assert (fig6(FIG6, cell, variant=Variant(block_order=order)) == fig6(FIG6, cell)) == own


def neurons_of(network: object) -> set[tuple[object, ...]]:
    stages: list[tuple[str, Layer]] = network.chain.stages  # type: ignore[attr-defined]
    found = [layer for _, layer in stages if isinstance(layer, Neurons)]
    return {
        (n.act_name or n.choices[1], "TR" if n.threshold_related else "NTR", n.sharing, n.spike)
        for n in found
    }


def test_every_neuron_is_what_the_variant_says() -> None:
    wide = paper(0.3)
    other = Variant("tanh", "NTR", "non")
    assert neurons_of(fig6(FIG6, variant=other, spike=wide)) == {("tanh", "NTR", "non", wide)}
    placed = replace(other, block_order="norm-pool-neuron")
    assert neurons_of(fig6(FIG6, variant=placed, spike=wide)) == {("tanh", "NTR", "non", wide)}
    other = Variant("relu", "TR", "channel")
    found = neurons_of(table_viii(setting=VIII, variant=other, spike=wide))
    assert found == {("relu", "TR", "channel", wide)}


@pytest.mark.parametrize("order", ["neuron-norm-pool", "norm-pool-neuron"])
def test_lif_shows_one_spike_above_and_another_to_its_reset(order: str) -> None:
    variant = Variant(sharing="all", block_order=order, output=paper(0.3))
    found = neurons_of(fig6(FIG6, "lif", variant=variant, spike=detached()))
    assert found == {(paper(0.3), "TR", "all", detached())}


def test_parameters_of_neurons_by_name() -> None:
    names = neuron_parameters(fig6(FIG6, "lif"))
    assert names == {
        f"node{k}.{name}" for k in (1, 2) for name in ("v_th", "v_reset", "alpha", "beta")
    }
    assert "conv1.alpha" in neuron_parameters(fig6(FIG6))
    assert not neuron_parameters(fig6(FIG6, "conv3d"))


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "act of lif": (
        lambda: fig6(FIG6, "lif", variant=Variant(act="tanh")),
        "act of Fig. 6 and Table V: expected none with the cell lif, got tanh: LIF's activation",
    ),
    "mode of lif": (
        lambda: table_viii("lif", variant=replace(TABLE_VIII, mode="TR")),
        "mode of Table VIII: expected none with the cell lif, got TR: LIF is threshold related",
    ),
    "sharing of conv2d": (
        lambda: fig6(FIG6, "conv2d", variant=Variant(sharing="all")),
        "sharing of Fig. 6 and Table V: expected none with the cell conv2d",
    ),
    "output of liaf": (
        lambda: fig6(FIG6, variant=Variant(output=paper(0.5))),
        "output of Fig. 6 and Table V: expected none with the cell liaf",
    ),
    "order in Table VIII": (
        lambda: table_viii(variant=replace(TABLE_VIII, block_order="norm-neuron-pool")),
        "block_order of Table VIII: expected none",
    ),
    "no variant": (
        lambda: fig6(FIG6, variant="TR"),  # type: ignore[arg-type]
        "variant of Fig. 6 and Table V: expected a Variant",
    ),
    "unknown order": (lambda: Variant(block_order="pool"), "block_order of Fig. 6: expected one"),
    "unknown mode": (lambda: Variant(mode="tr"), "mode of Eq"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_has_no_use_is_refused(wrong: str) -> None:
    make, message = WRONG[wrong]
    with pytest.raises(InputError, match=message.replace("(", r"\(").replace(")", r"\)")):
        make()


def test_the_papers_own_are_the_defaults() -> None:
    assert fig6(FIG6) == fig6(FIG6, variant=OWN)
    assert table_viii(setting=VIII) == table_viii(setting=VIII, variant=TABLE_VIII)
