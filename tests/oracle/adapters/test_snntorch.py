"""snnTorch's ``Leaky`` against the oracle's reference."""

import itertools

import numpy as np
import pytest

from liaf_ref.oracle.case import Case
from liaf_ref.oracle.error_bounds import tolerances
from liaf_ref.oracle.reference import run
from oracle.adapters import single_layer_cases as them

torch = pytest.importorskip("torch")
snntorch = pytest.importorskip("snntorch")
from liaf_ref.oracle.adapters import snntorch_backend as adapter  # noqa: E402

OURS = [name for name in them.SAFE_CASES if "_lif_" in name or "detached" in name or "snn" in name]
KINDS = {name[:-2] for name in OURS}


def test_it_takes_spikes_and_what_has_a_detached_reset() -> None:
    assert them.accepted_kinds(adapter.backend, them.SAFE_CASES) == KINDS
    assert {"free_lif", "free_dense_lif", "free_detached_lif", "free_detached_liaf"} < KINDS
    assert "free_liaf" not in KINDS


@pytest.mark.parametrize("name", OURS)
def test_leaky_is_right(name: str) -> None:
    assert not them.wrong_arrays(adapter.backend, them.SAFE_CASES[name])


@pytest.mark.parametrize("name", [name for name in them.EXACT_CASES if name[:-2] != "dyadic_liaf"])
def test_exact_cases_have_the_reference_s_bits(name: str) -> None:
    assert not them.inexact_arrays(adapter.backend, them.EXACT_CASES[name])


def test_published_cases_pass_or_are_declined() -> None:
    spiking = them.check_published(adapter.backend, act="spike")
    assert spiking.ok, str(spiking)
    assert not spiking.declined
    detached = them.check_published(adapter.backend, reset="detached")
    assert detached.ok, str(detached)
    assert not detached.declined


def test_leaky_without_the_adapter() -> None:
    """Its own numbers and first potential, where v_reset, beta and V0 are zero."""
    case = them.SAFE_CASES["snntorch_lif_0"]
    p = {name: float(array[0]) for name, array in case.node_arrays(case.nodes[0]).items()}
    node = snntorch.Leaky(
        beta=p["alpha"],
        threshold=p["v_th"],
        reset_mechanism="zero",
        spike_grad=snntorch.surrogate.custom_surrogate(
            lambda x, grad, spikes: grad * (abs(x) < 0.5)
        ),
    )
    X = torch.tensor(case["in/X"], dtype=torch.float32, requires_grad=True)
    Y = torch.stack([node(x)[0] for x in X.unbind(1)], 1)
    (Y * torch.tensor(case["up/n.Y"], dtype=torch.float32)).sum().backward()
    alike = case.with_arrays({"up/n.VT": np.zeros_like(case["up/n.VT"])})
    truth, tolerance = run(alike), tolerances(alike, np.float32)
    np.testing.assert_array_equal(Y.detach().numpy(), truth["exp/n.Y"])
    assert (abs(X.grad.numpy() - truth["grad/in/X"]) <= tolerance["grad/in/X"]).all()


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (
            them.single_neuron_case(act="selu"),
            "act selu and reset paper: where Leaky differentiates",
        ),
        (
            them.single_neuron_case().with_arrays({"par/n.v_th": np.zeros(1)}),
            "v_th <= 0: after its reset",
        ),
        *(
            (
                them.single_neuron_case_with_alpha(alpha, reset=reset),
                "alpha outside (0, 1): Leaky clamps",
            )
            for alpha, reset in itertools.product((-0.5, 0.0, 1.0, 1.5), ("paper", "detached"))
        ),
        (them.recurrent_case(), "expected a single neuron layer"),
    ],
)
def test_what_is_not_supported_is_declined_with_a_reason(case: Case, reason: str) -> None:
    assert (them.decline_reason(adapter.backend, case) or "").startswith(reason)


def test_lif_gives_spikes_whatever_the_mode() -> None:
    answers = [
        adapter.backend(them.single_neuron_case(mode=mode, reset="detached"))
        for mode in ("TR", "NTR")
    ]
    assert {name: a.tolist() for name, a in answers[0].items()} == {
        name: a.tolist() for name, a in answers[1].items()
    }
