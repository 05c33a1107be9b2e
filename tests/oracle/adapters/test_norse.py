"""Norse's ``LIF`` and ``LIFBoxCell`` against the oracle's reference."""

import warnings

import pytest

from liaf_ref.oracle.case import Case
from oracle.adapters import single_layer_cases as them

torch = pytest.importorskip("torch")
with warnings.catch_warnings():
    # Norse compiles some of its functions as it is imported, by means that PyTorch has
    # deprecated since.
    warnings.filterwarnings("ignore", "`torch.jit.script`", DeprecationWarning)
    norse = pytest.importorskip("norse.torch")
    from liaf_ref.oracle.adapters import norse_backend as adapter

WIDE = [name for name in them.SAFE_CASES if name.startswith("norse")]
DETACHED_ANALOG = [
    name for name in them.SAFE_CASES if "detached_liaf" in name or "torch_liaf" in name
]


def test_what_each_of_them_takes() -> None:
    assert them.accepted_kinds(adapter.lif, them.SAFE_CASES) == {"norse_lif"}
    boxed = {"norse_lif", "norse_liaf", "free_detached_liaf", "snntorch_liaf"}
    assert them.accepted_kinds(adapter.lif_box, them.SAFE_CASES) == boxed
    assert them.accepted_kinds(adapter.backend, them.SAFE_CASES) == boxed


@pytest.mark.parametrize("name", [name for name in WIDE if "_lif_" in name])
def test_lif_is_right_where_no_step_leaves_the_window(name: str) -> None:
    assert not them.wrong_arrays(adapter.lif, them.SAFE_CASES[name])
    assert not them.wrong_arrays(adapter.backend, them.SAFE_CASES[name])


@pytest.mark.parametrize("name", WIDE + DETACHED_ANALOG)
def test_the_box_is_right_there_and_where_no_slope_is_asked_for(name: str) -> None:
    assert not them.wrong_arrays(adapter.lif_box, them.SAFE_CASES[name])


def test_published_cases_with_a_detached_reset_pass_or_are_declined() -> None:
    report = them.check_published(adapter.lif_box, reset="detached")
    assert report.ok, str(report)
    assert report.passed


def test_none_of_its_slopes_is_a_window() -> None:
    x = torch.linspace(-2.0, 2.0, 65)
    for method in ("super", "triangle", "tanh", "circ", "heavi_erfc"):
        at = x.clone().requires_grad_()
        norse.functional.threshold.threshold(at, method, 1.0).sum().backward()
        levels = set(at.grad.numpy().tolist())
        assert len(levels) > 2, method  # a window has two


def test_the_sharpness_of_super_spike_has_no_effect() -> None:
    slopes = []
    for alpha in (1.0, 100.0):
        x = torch.linspace(-2.0, 2.0, 65, requires_grad=True)
        norse.functional.threshold.threshold(x, "super", alpha).sum().backward()
        slopes.append(x.grad)
    assert torch.equal(*slopes)


def test_a_tie_does_not_fire() -> None:
    cell = norse.LIFBoxCell(norse.LIFBoxParameters(tau_mem_inv=torch.tensor(1.0)), dt=1.0)
    assert cell(torch.tensor([1.0]))[0].item() == 0
    assert cell(torch.tensor([1.0 + 2.0**-20]))[0].item() == 1


@pytest.mark.parametrize(
    ("backend", "case", "reason"),
    [
        (
            adapter.lif,
            them.single_neuron_case(act="tanh"),
            "act tanh: LIF returns spikes and shows no U",
        ),
        (
            adapter.lif,
            them.single_neuron_case(reset="detached"),
            "reset detached: LIF differentiates",
        ),
        (adapter.lif, them.SAFE_CASES["free_lif_0"], "|U - v_th| >= mu occurs"),
        (adapter.lif_box, them.SAFE_CASES["free_liaf_0"], "|U - v_th| >= mu occurs"),
        (adapter.lif, them.EXACT_CASES["dyadic_lif_0"], "U = v_th occurs"),
        (adapter.lif_box, them.EXACT_CASES["dyadic_detached_liaf_0"], "U = v_th occurs"),
        (adapter.backend, them.single_neuron_case_with_alpha(1.0), "alpha = 1"),
        (adapter.backend, them.recurrent_case(), "expected a single neuron layer"),
    ],
)
def test_what_is_not_supported_is_declined_with_a_reason(
    backend: them.Backend, case: Case, reason: str
) -> None:
    assert (them.decline_reason(backend, case) or "").startswith(reason)
