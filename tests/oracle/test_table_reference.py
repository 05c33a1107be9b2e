"""The independent implementation against the kernels, over all options of a case."""

from collections.abc import Callable

import numpy as np
import pytest

from liaf_ref.oracle import reference, table
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.error_bounds import bound
from oracle.decided_cases import decided_cases
from oracle.rounding_tolerance import assert_close
from oracle.table_cases import (
    Array,
    NormalDraw,
    first_case_where,
    network_case,
    neuron_case,
    recurrent_case,
    threshold_distances,
    two_layer_case,
)

ACTS = ["identity", "relu", "selu", "tanh", "sigmoid"]
OUTPUTS = [("spike", "TR"), *((act, mode) for act in ACTS for mode in ("TR", "NTR"))]


def assert_implementations_agree(case: Case) -> dict[str, Array]:
    """Every array of both, and the answer of the independent one."""
    found = table.run(case)
    assert {array.dtype for array in found.values()} == {np.dtype(np.float64)}
    assert_close(found, reference.run(case))
    return found


def covers_every_situation(case: Case) -> bool:
    """Whether in each layer a twentieth fired in the window, outside, and so of the others."""
    for x, mu in threshold_distances(case, reference.run(case)).values():
        inside = np.abs(x) < mu
        outside = ~inside
        parts = (inside & (x >= 0), inside & (x < 0), outside & (x >= 0), outside & (x < 0))
        if min(part.sum() for part in parts) < x.size / 20:
            return False
    return True


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("reset", ["paper", "detached"])
@pytest.mark.parametrize("mu", [0.5, 0.3])
@pytest.mark.parametrize("sharing", ["all", "channel", "non"])
@pytest.mark.parametrize(("act", "mode"), OUTPUTS)
def test_two_layers_with_every_option(
    act: str, mode: str, sharing: str, mu: float, reset: str, bias: bool
) -> None:
    options = {"act": act, "mode": mode, "sharing": sharing, "mu": mu, "reset": reset}
    assert_implementations_agree(
        first_case_where(
            lambda seed: two_layer_case(NormalDraw(seed), bias, **options), covers_every_situation
        )
    )


@pytest.mark.parametrize("sharing", ["all", "channel", "non"])
@pytest.mark.parametrize(("act", "mode"), OUTPUTS)
def test_neurons_of_feature_maps(act: str, mode: str, sharing: str) -> None:
    options = {"act": act, "mode": mode, "sharing": sharing}
    assert_implementations_agree(
        first_case_where(
            lambda seed: neuron_case(NormalDraw(seed), (2, 3, 2), **options), covers_every_situation
        )
    )


@pytest.mark.parametrize("op", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("bias", [True, False])
def test_recurrences_with_gradients_in_their_last_states(op: str, bias: bool) -> None:
    assert_implementations_agree(recurrent_case(NormalDraw(3), op, bias))


@pytest.mark.parametrize(
    "case", [neuron_case(NormalDraw(4)), recurrent_case(NormalDraw(5), "lstm")]
)
def test_states_whose_end_nobody_reads(case: Case) -> None:
    unread = {name: a for name, a in case.items() if not name.endswith("T")}
    assert len(unread) < len(case)
    assert_implementations_agree(Case("unread", case.level, case.nodes, unread))


@pytest.mark.parametrize("readout", ["last", "mean"])
def test_a_network_with_its_loss(readout: str) -> None:
    assert_implementations_agree(
        first_case_where(
            lambda seed: network_case(NormalDraw(seed), readout), covers_every_situation
        )
    )


@pytest.mark.parametrize(
    "optimizer",
    [
        {"name": "sgd", "lr": 0.01, "momentum": 0.5, "weight_decay": 0.1},
        {"name": "adam", "lr": 0.01, "weight_decay": 0.1},
        {"name": "adam", "lr": 0.02, "beta1": 0.8, "beta2": 0.9, "eps": 1e-3},
        {"name": "adamw", "lr": 0.01, "weight_decay": 0.1},
    ],
)
def test_ten_steps_of_an_optimizer(optimizer: dict[str, object]) -> None:
    answer = assert_implementations_agree(
        network_case(NormalDraw(7), optimizer=optimizer | {"steps": 10})
    )
    assert answer["exp/curve"].shape == (10,)
    assert answer["exp/curve"][-1] < answer["exp/curve"][0]


def test_a_neuron_on_the_given_drive_is_trained() -> None:
    draw = NormalDraw(8)
    alone = neuron_case(draw)
    arrays = {name: a for name, a in alone.items() if not name.startswith("up/")}
    arrays |= {"par/o.W": draw(4, 3), "in/y": np.array([2, 0])}
    nodes = (
        *alone.nodes,
        Node("m", "mean", ("n",), {}),
        Node("o", "dense", ("m",), {}),
        Node("loss", "softmax_ce", ("o",), {}),
    )
    optimizer = {"name": "sgd", "lr": 0.1, "steps": 3}
    answer = assert_implementations_agree(Case("drive", "L4", nodes, arrays, optimizer))
    assert answer["exp/curve"][-1] < answer["exp/curve"][0]


@pytest.mark.parametrize(
    "run",
    [table.run, reference.run, lambda case: bound(case, "float32").tolerance],
    ids=["independent", "reference", "error bounds"],
)
def test_lif_gives_spikes_whatever_the_mode(run: Callable[[Case], dict[str, Array]]) -> None:
    tr, ntr = (run(neuron_case(NormalDraw(8), act="spike", mode=mode)) for mode in ("TR", "NTR"))
    assert all(np.array_equal(tr[name], ntr[name]) for name in tr)
    np.testing.assert_array_equal(tr["exp/n.Y"], tr["exp/n.F"])


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=str(i)) for i, c in enumerate(decided_cases())]
)
def test_decisions_that_are_given(case: Case) -> None:
    assert_implementations_agree(case)


def test_a_case_is_left_as_it_was() -> None:
    case = network_case(NormalDraw(9), optimizer={"name": "adam", "lr": 0.1, "steps": 2})
    before = {name: a.copy() for name, a in case.items()}
    table.run(case)
    assert all(np.array_equal(before[name], a) for name, a in case.items())
