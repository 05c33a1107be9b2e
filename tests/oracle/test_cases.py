"""The descriptions: what they cover, what a draw is, and when it is fit."""

from itertools import permutations, product

import numpy as np
import pytest

from liaf_ref._core.errors import RunError
from liaf_ref.oracle.case import LEVELS
from liaf_ref.oracle.cases import CASE_SPECS, CaseSpec, sample_case, statistics
from liaf_ref.oracle.cases.distributions import RANDOM_DISTRIBUTIONS, ZERO, UniformGrid
from liaf_ref.oracle.cases.draw import draw_case
from liaf_ref.oracle.cases.nodes import neuron
from liaf_ref.oracle.error_bounds import margins
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import LOSSES, OPS
from oracle.golden_sets import (
    all_golden_cases,
    case_names,
    exact_cases,
    golden_cases_named,
    inexact_cases,
)

ACTS = ("identity", "relu", "selu", "tanh", "sigmoid")
OUTPUTS = [("spike", "TR"), *product(ACTS, ("TR", "NTR"))]


def test_enough_cases_with_names_of_their_own() -> None:
    assert len({recipe.name for recipe in CASE_SPECS}) == len(CASE_SPECS) >= 200
    assert len({recipe.seed for recipe in CASE_SPECS}) == len(CASE_SPECS)
    assert sum(recipe.exact for recipe in CASE_SPECS) >= 60
    assert {recipe.level for recipe in CASE_SPECS} == set(LEVELS)
    assert [recipe.name for recipe in CASE_SPECS] == case_names(all_golden_cases())


def test_every_option_of_a_neuron() -> None:
    have = {
        tuple(recipe.nodes[0].options[o] for o in ("act", "mode", "sharing", "mu", "reset"))
        for recipe in CASE_SPECS
        if recipe.level == "L0" and recipe.nodes[0].op == "neuron" and not recipe.exact
    }
    outputs = [
        (*output, s, mu)
        for output, s, mu in product(OUTPUTS, ("all", "channel", "non"), (0.5, 0.3))
    ]
    assert {(*options, "paper") for options in outputs} <= have
    detached = {(act, mode, mu) for act, mode, _, mu, reset in have if reset == "detached"}
    assert {(*output, mu) for output, mu in product(OUTPUTS, (0.5, 0.3))} <= detached


def test_sizes_of_one_and_a_plane() -> None:
    shapes = [
        r.input_shapes["X"] for r in CASE_SPECS if r.level == "L0" and r.nodes[0].op == "neuron"
    ]
    flat = [shape for shape in shapes if len(shape) == 3]
    assert all(any(shape[axis] == 1 for shape in flat) for axis in range(3))
    assert any(len(shape) == 5 for shape in shapes)


def test_training_of_every_cell_by_every_optimizer() -> None:
    have = {
        (r.optimizer["name"], op)
        for r in CASE_SPECS
        if r.optimizer
        for op in (n.options.get("act", n.op) for n in r.nodes)
    }
    assert (
        set(product(("adam", "adamw", "sgd"), ("identity", "spike", "rnn", "lstm", "gru"))) <= have
    )


def test_every_operation_in_a_network_or_a_block() -> None:
    ops = {
        node.op for recipe in CASE_SPECS if recipe.level in {"L2", "L3"} for node in recipe.nodes
    }
    assert ops == set(OPS)


def test_every_option_of_an_operation_on_images() -> None:
    nodes = [recipe.nodes[0] for recipe in CASE_SPECS if recipe.level == "L0" and not recipe.exact]
    have = {op: [n.options for n in nodes if n.op == op] for op in OPS}
    for op in ("conv", "conv3d"):
        assert {o["bias"] for o in have[op]} == {True, False}
        assert any(a != b for o in have[op] for a, b in o["pad"])
    assert {tuple(o["stride"]) for o in have["conv"]} >= {(1, 1), (2, 2), (2, 1)}
    assert {tuple(o["kernel"]) for o in have["conv"]} >= {(3, 3), (2, 2), (3, 2), (1, 1)}
    assert {o["pad"][0][1] for o in have["conv3d"]} == {0, 1}
    for op in ("average_pool", "max_pool"):
        assert {o["size"] == o["stride"] for o in have[op]} == {True, False}
    assert {o["axes"] for o in have["layer_norm"]} == {"HWL", "L"}
    assert {o["axes"] for o in have["batch_norm"]} == {"BTHW", "BHW", "BT", "B"}
    assert {o["statistics"] for o in have["batch_norm"]} == {"batch", "running"}
    for op in ("layer_norm", "batch_norm"):
        assert {o["eps"] for o in have[op]} == {1e-3, 1e-5}
    assert {o["act"] for o in have["act"]} == {"relu", "selu", "tanh", "sigmoid"}
    assert all(have[op] for op in (*LOSSES, "convlstm", "dropout", "flatten"))


@pytest.mark.parametrize("recipe", CASE_SPECS, ids=lambda recipe: recipe.name)
def test_a_draw_is_the_published_case_and_a_float32(recipe: CaseSpec) -> None:
    (golden,) = golden_cases_named(recipe.name)
    case = draw_case(recipe, golden.metadata["attempt"])
    assert case.keys() == golden.case.keys()
    for name, array in case.items():
        assert array.dtype == golden.case[name].dtype in (np.int64, np.float64), name
        assert np.array_equal(array, golden.case[name]), name
        assert (array.astype(np.float32) == array).all(), name
    described = [
        (c.name, c.level, c.description, c.nodes, c.optimizer) for c in (case, golden.case)
    ]
    assert described[0] == described[1]


@pytest.mark.parametrize("golden", all_golden_cases(), ids=case_names(all_golden_cases()))
def test_what_is_stated_of_its_neurons_is_so(golden: GoldenCase) -> None:
    # It was counted on float64 numbers; those published are of longdouble, rounded once.
    for fact, text in statistics.neuron_statistics(golden.case, golden.expected).items():
        assert text == pytest.approx(golden.metadata[fact], rel=1e-9), fact


def test_tokens_come_more_than_once() -> None:
    for golden in all_golden_cases():
        for node in golden.case.nodes:
            if node.op == "embedding":
                ids = golden.case[node.inputs[0]]
                assert np.unique(ids).size < ids.size, golden.case.name


@pytest.mark.parametrize("golden", inexact_cases(), ids=case_names(inexact_cases()))
def test_neurons_do_everything_that_a_backend_could_get_wrong(golden: GoldenCase) -> None:
    for node, x in statistics.threshold_distances(golden.case, golden.expected):
        inside = abs(x) < node.options["mu"]
        for kind in (inside & (x >= 0), inside & (x < 0), ~inside):
            assert np.count_nonzero(kind) >= 2, node.name


def test_no_float32_backend_can_take_another_spike_for_right() -> None:
    spread = [g for g in inexact_cases() if g.case.level != "L4"][::4] + [
        g for g in inexact_cases() if g.case.level == "L4"
    ][::6]
    for golden in spread:
        for node, margin in margins(golden.case, "float32").items():
            assert margin.smallest > 0
            if np.isfinite(margin.smallest):
                assert margin.smallest == pytest.approx(golden.metadata["float32_margin"][node])
            if node in golden.metadata["spike_margin"]:
                assert margin.smallest < golden.metadata["spike_margin"][node]


def test_a_curve_falls_by_more_than_float32_can_explain() -> None:
    for golden in all_golden_cases():
        if golden.case.optimizer:
            curve = golden.expected["exp/curve"]
            assert curve.shape == (golden.case.optimizer["steps"],)
            tolerance = golden.tolerance["float32"]["exp/curve"].max()
            assert curve[0] - curve[-1] > 9 * tolerance, golden.case.name


@pytest.mark.parametrize("name", ["l0_tanh_ntr_non_mu0500", "l3_fig5_rnn"])
def test_what_is_accepted_says_how_it_was_drawn(name: str) -> None:
    (golden,), (recipe,) = (
        golden_cases_named(name),
        [recipe for recipe in CASE_SPECS if recipe.name == name],
    )
    facts = sample_case(recipe).metadata
    assert (facts["seed"], facts["attempt"]) == (recipe.seed, golden.metadata["attempt"])
    assert golden.metadata["seed"] == recipe.seed


def test_what_has_no_fit_draw_is_refused() -> None:
    grids = {**RANDOM_DISTRIBUTIONS, "X": UniformGrid(-9.0, -8.0), "V0": ZERO}
    recipe = CaseSpec("silent", "L0", "", (neuron("n", "in/X"),), {"X": (2, 3, 4)}, 0, grids)
    with pytest.raises(RunError, match="case silent: none of 3 sampled cases"):
        sample_case(recipe, max_attempts=3)


def test_a_tie_among_random_draws_is_refused() -> None:
    grids = {
        **RANDOM_DISTRIBUTIONS,
        "X": UniformGrid(-1.0, 1.5, 0.5),
        "v_th": UniformGrid(0.5, 0.5),
        "beta": ZERO,
    }
    grids |= {"V0": ZERO, "v_reset": ZERO}
    recipe = CaseSpec("ties", "L0", "", (neuron("n", "in/X", mu=0.3),), {"X": (1, 1, 16)}, 0, grids)
    case = draw_case(recipe, 0)
    assert statistics.count_ties(case, {"exp/n.U": case["in/X"]}) > 0
    assert margins(case, "float32")["n"].smallest <= 0


def test_a_draw_needs_two_steps_of_each_kind() -> None:
    grids = {**RANDOM_DISTRIBUTIONS, "v_th": UniformGrid(0.5, 0.5)}
    recipe = CaseSpec("n", "L0", "", (neuron("n", "in/X", mu=0.3),), {"X": (1, 1, 6)}, 0, grids)
    case = draw_case(recipe, 0)
    fired, rested, outside = (0.6, 0.7), (0.4, 0.3), (0.9, -0.5)
    assert statistics.meets_quotas(case, {"exp/n.U": np.array([*fired, *rested, *outside])})
    for enough, more, less in permutations((fired, rested, outside)):
        one_short = np.array([*enough, *more, more[0], less[0]])
        assert not statistics.meets_quotas(case, {"exp/n.U": one_short})


def test_exact_cases_are_on_three_levels() -> None:
    assert {golden.case.level for golden in exact_cases()} == {"L0", "L1", "L2"}
