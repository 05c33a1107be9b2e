"""Runs otherwise than the paper: one thing changes, the others stay, and data are paired."""

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data.events import dataset_trees
from support import ended, trees_equal

from liaf_ref._core.errors import InputError
from liaf_ref.experiments import dvs
from liaf_ref.experiments.dvs import DVSConfig, FrameData
from liaf_ref.experiments.dvs.frame_data import FrameDataset, split_fold
from liaf_ref.kernels.spike import Window
from liaf_ref.layers import neurons_of
from liaf_ref.training.protocols import ArrayDict

PAPER: dict[str, dict[str, Any]] = {
    "mnist-dvs": {"act": "identity", "mode": "TR", "sharing": "channel"},
    "gesture": {"act": "selu", "mode": "NTR", "sharing": "all"},
}
NEURAL = {"mu": 0.5, "surrogate": "window", "gradient": "paper", "neurons": "trained"}
NEURAL |= {"v_th": 0.5, "v_reset": 0.0, "alpha": 0.3, "beta": 0.0, "decay": "alpha"}
TABLE_VIII = {"norm": "batch", "after_pooling": "neurons", "readout": "neurons"}
SPIKES: dict[str, Any] = {"output_levels": 1}


def usual(experiment: str, cell: str = "liaf", **changes: Any) -> DVSConfig:
    config = DVSConfig(experiment, cell, "smoke")
    return replace(config, epochs=1, batch_size=8, **changes)


def data_of(config: DVSConfig, count: int = 18) -> FrameData:
    """Counts that nobody has recorded: what is trained on does not matter here."""
    rng, sizes = np.random.default_rng(1), config.scale_settings
    classes = sizes.network_config.num_classes
    labels = np.arange(count) % classes
    counts = rng.poisson(1.0, (count, *sizes.preprocessing.shape)).astype(np.uint16)
    part = FrameDataset(counts, labels)
    return FrameData(part, part, tuple(map(str, range(classes))), "0", "made")


@cache
def trained(config: DVSConfig) -> tuple[ArrayDict, dict[str, Any]]:
    state, row = ended(dvs.DVSExperiment(config.experiment).run(data_of(config), config))
    return state.params, row


@pytest.mark.parametrize("experiment", PAPER)
@pytest.mark.parametrize("cell", ["liaf", "lif"])
def test_what_is_the_papers_changes_no_bit(experiment: str, cell: str) -> None:
    text = NEURAL | ({"sharing": PAPER[experiment]["sharing"]} if cell == "lif" else {})
    text |= PAPER[experiment] if cell == "liaf" else SPIKES
    if experiment == "mnist-dvs":
        text["block_order"] = {"liaf": "neuron-norm-pool", "lif": "norm-pool-neuron"}[cell]
    else:
        text |= TABLE_VIII
    text |= {"frame_order": "recorded", "events": "counts"}
    plain, spelled = usual(experiment, cell), usual(experiment, cell, **text)
    assert plain.network == spelled.network
    (params, row), (same_params, same_row) = trained(plain), trained(spelled)
    assert trees_equal(params, same_params)
    assert row == same_row


BOTH: tuple[dict[str, Any], ...] = (
    *({"v_th": 0.3}, {"sharing": "all"}, {"mu": 0.2}, {"surrogate": "triangle"}),
    *({"gradient": "detached"}, {"neurons": "fixed"}, {"block_order": "norm-neuron-pool"}),
)
CHANGES: list[tuple[str, dict[str, Any]]] = [
    *((cell, change) for cell in ("liaf", "lif") for change in BOTH),
    *(("liaf", {name: 0.1}) for name in ("v_reset", "alpha", "beta")),
    *(("liaf", {"act": "tanh"}), ("liaf", {"mode": "NTR"}), ("lif", {"decay": "sigmoid"})),
    *(("lif", {"gradient": "detached", "mu": 0.2}), ("conv2d", {"dropout": 0.2})),
    *(("lif", {"output_levels": levels}) for levels in (3, "ramp")),
]


@pytest.mark.parametrize(("cell", "change"), CHANGES)
def test_what_is_not_the_papers_trains_another_network(cell: str, change: dict[str, Any]) -> None:
    plain, other = (trained(usual("mnist-dvs", cell, **each))[0] for each in ({}, change))
    assert not trees_equal(plain, other)


@pytest.mark.parametrize("cell", ["liaf", "lif"])
@pytest.mark.parametrize("name", ["norm", "after_pooling", "readout"])
def test_blocks_can_lack_a_layer_of_table_viii(cell: str, name: str) -> None:
    less = {"norm": "none", "after_pooling": "none", "readout": "dense"}[name]
    plain, other = (usual("gesture", cell, **change).network for change in ({}, {name: less}))
    kinds, fewer = (
        Counter(layer.constructor for _, layer in network.sequential.stages)
        for network in (plain, other)
    )
    node = f"Direct{cell.upper()}"
    missing = {"norm": {"BatchNorm": 5}, "after_pooling": {node: 2}}
    missing["readout"] = {node: 1, "BatchNorm": 1}
    assert kinds - fewer == Counter(missing[name])
    assert not fewer - kinds
    assert trained(usual("gesture", cell, **{name: less}))[1]["weights"] == other.count_params()


@pytest.mark.parametrize("place", ["all", "hidden", "last"])
def test_lif_has_levels_in_some_blocks_and_the_spikes_window_in_all(place: str) -> None:
    config = usual("gesture", "lif", output_levels=3, output_in=place, mu=0.2)
    nodes = [neurons_of(layer) for _, layer in config.network.sequential.stages]
    *hidden, last = (node.neuron for node in nodes if node)
    assert {neuron.activation.slope for neuron in (*hidden, last)} == {Window(0.2)}
    assert {neuron.sends_spikes for neuron in hidden} == {place == "last"}
    assert last.sends_spikes == (place == "hidden")


@pytest.mark.parametrize("levels", [1, "ramp"])
def test_a_diagnosis_finds_dead_neurons_and_what_a_layer_knows(levels: int | str) -> None:
    """Frames that are the class; a threshold out of reach in the second run."""
    config = usual("gesture", "lif", output_levels=levels, diagnose=True)
    data = data_of(config, 44)
    frames = np.zeros_like(data.train.counts)
    frames[np.arange(44), ..., data.train.labels, 0, 0] = 200
    part = FrameDataset(frames, data.train.labels)
    experiment = dvs.DVSExperiment("gesture")
    for v_th, is_dead in ((0.5, False), (1e6, True)):
        given = replace(config, v_th=v_th, neurons="fixed")
        row = ended(experiment.run(data._replace(train=part, test=part), given))[1]
        assert row["probes"]["input"] == 1
        assert (row["dead"]["node1"] == 1) == is_dead
        assert (row["probes"]["node1"] == pytest.approx(1 / 11)) == is_dead
        assert (min(row["first_gradients"]["dense5.W"]) == 0) == is_dead
        assert (row["effective_acs"] > 0) == (levels == 1 and not is_dead)


def test_a_preset_keeps_what_its_code_does_not_train() -> None:
    config = usual("gesture", preset="genunit-2021", act="relu")
    network = config.network
    params, row = trained(config)
    first = network.init(np.random.default_rng(np.random.SeedSequence(0).spawn(3)[0]))
    still = {name for name in params if (params[name] == first[name]).all()}
    stages = [(name, layer) for name, layer in network.sequential.stages if neurons_of(layer)]
    neurons = {f"{name}.{key}" for name, layer in stages for key in layer.shapes}
    assert still & neurons == {name for name in neurons if not name.endswith("alpha_logit")}
    assert row["frozen_weights"] == 3 * len(neurons) // 4
    neuron = neurons_of(stages[0][1]).neuron  # type: ignore[union-attr]
    assert (neuron.reset, neuron.decay, neuron.act) == ("zero", "sigmoid", "relu")


@pytest.mark.parametrize("decay", ["alpha", "sigmoid"])
@pytest.mark.parametrize("experiment", PAPER)  # gesture has weight decay
def test_fixed_neurons_stay_and_are_counted(experiment: str, decay: str) -> None:
    config = usual(experiment, "lif", neurons="fixed", clip=0.1, decay=decay)
    params, row = trained(config)
    network = config.network
    first = network.init(np.random.default_rng(np.random.SeedSequence(0).spawn(3)[0]))
    stages = [(name, layer) for name, layer in network.sequential.stages if neurons_of(layer)]
    fixed = {f"{name}.{key}" for name, layer in stages for key in layer.shapes}
    for name, value in params.items():
        assert (value == first[name]).all() == (name in fixed), name
    assert row["weights"] == network.count_params() == sum(p.size for p in params.values())
    assert row["frozen_weights"] == sum(params[name].size for name in fixed) > 0
    assert "frozen_weights" not in trained(usual(experiment, "lif"))[1]


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("mnist-dvs", "lif", {"act": "relu"}, "act of DVSConfig: expected no value, got"),
    ("gesture", "liaf", {"block_order": "norm-neuron-pool"}, "block_order of DVSConfig"),
    ("mnist-dvs", "liaf", {"gradient": "detached", "mu": 0.5}, "mu of DVSConfig: expected no "),
    ("gesture", "liaf", {"preset": "bidl", "mu": 0.3}, "the preset bidl has a spike of its own"),
    ("gesture", "liaf", {"output_levels": 3}, "output_levels of DVSConfig.*liaf does not use it"),
    ("gesture", "lif", {"output_in": "last"}, "output_in .*spikes have one level in all blocks"),
    ("gesture", "convlstm", {"diagnose": True}, "diagnose .*convlstm does not use it"),
    ("cifar10-dvs", "lif", {"output_in": "all"}, "output_in .*only the blocks of Table VIII"),
    ("mnist-dvs", "liaf", {"fold": 6}, "fold of DVSConfig: expected an integer <= 5"),
    ("mnist-dvs", "liaf", {"folds": 5}, "folds of DVSConfig: expected no value, .* needs `fold`"),
    ("cifar10-dvs", "liaf", {"filters": "8,"}, "expected numbers of filters"),
    ("cifar10-dvs", "liaf", {"filters": "8,8,8,8,8"}, "expected at most 4 blocks, as .* got 5"),
    ("gesture", "lif", {"bars": 1}, "bars .*only simulated MNIST-DVS has drawn digits"),
    ("cifar10-dvs", "lif", {"digits": "uci"}, "digits .*only simulated MNIST-DVS has drawn digits"),
    ("n-mnist", "lif", {"noise": 2}, "noise .*its recordings are not simulated"),
    ("order", "lif", {"noise": 2}, "noise .*it has a simulation of its own"),
]


@pytest.mark.parametrize(("experiment", "cell", "change", "message"), REFUSED)
def test_options_without_use(
    experiment: str, cell: str, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        usual(experiment, cell, **change)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dataset_trees.write_n_mnist(tmp_path_factory.mktemp("sets") / "N-MNIST", train=4, test=3)


def load(folder: Path, **changes: Any) -> FrameData:
    return dvs.load_frames(usual("n-mnist", **changes), folder, partial=True)


def test_frames_are_the_same_time_cut_otherwise(folder: Path) -> None:
    few, many = load(folder), load(folder, frames=20)
    assert many.train.counts.shape[1] == usual("n-mnist", frames=20).network.steps == 20
    joined = many.train.counts.reshape(len(many.train), 5, 4, *many.train.counts.shape[2:])
    assert (joined.sum(axis=2) == few.train.counts).all()
    assert few.sha256 == many.sha256


def test_binary_frames(folder: Path) -> None:
    counts, binary = load(folder).train.counts, load(folder, events="binary")
    assert counts.max() > 1
    assert (binary.train.counts == (counts > 0)).all()


def test_shuffled_frames_are_the_recordings_own_in_both_parts(folder: Path) -> None:
    plain, mixed = load(folder), load(folder, frame_order="shuffled")
    again, other = (load(folder, frame_order="shuffled", seed=seed) for seed in (0, 1))
    for part, by in ((plain.train, mixed.train), (plain.test, mixed.test)):
        assert (part.labels == by.labels).all()
        orders = set()
        for frames, shuffled in zip(part.counts, by.counts, strict=True):
            before, after = ([frame.tobytes() for frame in each] for each in (frames, shuffled))
            assert Counter(before) == Counter(after)
            orders.add(tuple(before.index(frame) for frame in after))
        assert len(orders) > len(part) // 3  # of each recording by itself
    assert trees_equal(mixed.train.counts, again.train.counts)
    assert not trees_equal(mixed.train.counts, other.train.counts)


def test_folds_share_all_recordings_among_them() -> None:
    labels = np.repeat([0, 1, 2], [11, 7, 9])
    parts = [split_fold(labels, k, 5, seed=2) for k in range(1, 6)]
    assert sorted(np.concatenate([test for _, test in parts])) == list(range(27))
    for train, test in parts:
        assert sorted([*train, *test]) == list(range(27))
        assert len(test) in (5, 6)
        for label, count in enumerate((11, 7, 9)):
            assert (labels[test] == label).sum() in (count // 5, count // 5 + 1)
    assert not trees_equal(parts[0], split_fold(labels, 1, 5, seed=3))


def test_a_fold_is_of_both_folders(folder: Path) -> None:
    folds = [load(folder, fold=k, folds=3) for k in (1, 2, 3)]
    assert [len(part.test) for part in folds] == [24, 23, 23]  # of 70 recordings
    assert all(len(part.train) + len(part.test) == 70 for part in folds)
    assert len({part.sha256 for part in folds}) == 3
    everything = np.concatenate([part.test.counts for part in folds]).sum()
    plain = load(folder)
    assert everything == plain.train.counts.sum() + plain.test.counts.sum()


def test_no_network_that_pools_over_time_tells_orders_apart() -> None:
    config = usual("order", "conv2d", train_per_class=2, test_per_class=2)
    data = dvs.load_frames(config, None)
    sums = data.test.counts.sum(axis=1)
    for k in range(0, len(sums), 6):  # six classes of a set of movements
        assert (sums[k : k + 6] == sums[k]).all()
        assert len(np.unique(data.test.counts[k : k + 6], axis=0)) == 6
    assert data.groups is not None
    assert data.groups.tolist() == [0] * 6 + [1] * 6
    network = config.network
    params = network.init(np.random.default_rng(0), np.float64)
    logits, _ = network.forward(params, data.test.counts.astype(np.float64))
    np.testing.assert_allclose(logits[:6], logits[:1].repeat(6, axis=0), rtol=1e-9, atol=1e-12)
    memory = usual("order", "liaf").network
    params = memory.init(np.random.default_rng(0), np.float64)
    logits, _ = memory.forward(params, data.test.counts.astype(np.float64))
    assert np.ptp(logits[:6], axis=0).max() > 1e-3
