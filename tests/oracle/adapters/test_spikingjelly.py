"""SpikingJelly's nodes against the oracle's reference."""

from importlib.metadata import version

import numpy as np
import pytest

import liaf_ref as lr
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.error_bounds import tolerances
from liaf_ref.oracle.reference import run
from oracle.adapters import single_layer_cases as them

torch = pytest.importorskip("torch")
pytest.importorskip("spikingjelly")
from spikingjelly.activation_based import neuron, surrogate  # noqa: E402

from liaf_ref.oracle.adapters import spikingjelly_backend as adapter  # noqa: E402

BROKEN = {"2.0.0"}  # whose LIAFNode(step_mode="m") returns spikes
KINDS = {"spikingjelly_0.5", "spikingjelly_0.75", "spikingjelly_0.25", "snntorch", "norse"} | {
    "free",
    "free_detached",
    "free_dense",
}
LIF = {f"{kind}_lif" for kind in KINDS}
LIAF = {f"{kind}_liaf" for kind in KINDS}
SPIKING = [name for name in them.SAFE_CASES if "_lif_" in name]
ANALOG = [name for name in them.SAFE_CASES if "_liaf_" in name]


def test_there_is_a_safe_case_of_every_kind() -> None:
    assert {name[:-2] for name in SPIKING} == LIF
    assert {name[:-2] for name in ANALOG} == LIAF


@pytest.mark.parametrize("name", SPIKING)
def test_lif_node_is_right(name: str) -> None:
    assert not them.wrong_arrays(adapter.lif, them.SAFE_CASES[name])


@pytest.mark.parametrize("name", ANALOG)
def test_liaf_node_is_right(name: str) -> None:
    assert not them.wrong_arrays(adapter.liaf, them.SAFE_CASES[name])


@pytest.mark.parametrize("name", them.SAFE_CASES)
def test_the_backend_chooses_between_them(name: str) -> None:
    assert not them.wrong_arrays(adapter.backend, them.SAFE_CASES[name])


@pytest.mark.parametrize("name", them.EXACT_CASES)
def test_exact_cases_have_the_reference_s_bits(name: str) -> None:
    assert not them.inexact_arrays(adapter.backend, them.EXACT_CASES[name])


@pytest.mark.parametrize("name", ANALOG)
def test_liaf_node_in_multi_step_mode(name: str) -> None:
    case = them.SAFE_CASES[name]
    Y = adapter.liaf_multistep(case)["exp/n.Y"]
    if version("spikingjelly") in BROKEN:
        assert set(np.unique(Y)) <= {0.0, 1.0}
        np.testing.assert_array_equal(Y, run(case)["exp/n.F"])  # the spikes, and right ones
        assert "exp/n.Y" in them.wrong_arrays(adapter.liaf_multistep, case)
    else:
        assert not them.wrong_arrays(adapter.liaf_multistep, case)


def test_published_cases_pass() -> None:
    report = them.check_published(adapter.backend)
    assert report.ok, str(report)
    assert not report.declined


def test_the_checker_says_what_is_wrong_in_multi_step_mode() -> None:
    if version("spikingjelly") not in BROKEN:
        pytest.skip("LIAFNode is right in either mode in this version")
    report = them.check_published(adapter.liaf_multistep, act="tanh", reset="paper")
    assert not report.passed
    assert len(report.failed) == len(report.verdicts)
    assert "exp/n.Y" in str(report)
    assert f"spikes instead of Act: explains {len(report.failed)} of" in str(report)


def liaf_node(step_mode: str, store_v_seq: bool = False) -> Array:
    node = neuron.LIAFNode(torch.tanh, True, tau=2.0, step_mode=step_mode, store_v_seq=store_v_seq)
    x = torch.tensor([[0.5], [2.5], [0.25], [3.0]])
    y = node(x) if step_mode == "m" else torch.stack([node(step) for step in x])
    array: Array = y.numpy()
    return array


def test_the_finding_of_the_page_and_its_way_around() -> None:
    single, multi = liaf_node("s"), liaf_node("m")
    if version("spikingjelly") in BROKEN:
        assert set(multi.ravel()) == {0.0, 1.0}
    else:
        np.testing.assert_array_equal(multi, single)
    np.testing.assert_array_equal(liaf_node("m", store_v_seq=True), single)


def in_floats(case: Case) -> tuple[Array, Array]:
    """A node with its own floats and from its own first potential: output, input gradient."""
    p = {name: float(array[0]) for name, array in case.node_arrays(case.nodes[0]).items()}
    options = {
        "tau": 1 / (1 - p["alpha"]),
        "decay_input": False,
        "v_threshold": p["v_th"],
        "v_reset": p["v_reset"],
        "surrogate_function": surrogate.Rect(),
    }
    spikes = case.nodes[0].options["act"] == "spike"
    node = neuron.LIFNode(**options) if spikes else neuron.LIAFNode(torch.tanh, True, **options)
    X = torch.tensor(case["in/X"], requires_grad=True)
    Y = torch.stack([node(x) for x in X.unbind(1)], 1)
    target = (Y * torch.tensor(case["up/n.Y"])).sum()
    V = p["alpha"] * node.v + p["beta"]
    (target + (V * torch.tensor(case["up/n.VT"])).sum()).backward()
    return Y.detach().numpy(), X.grad.numpy()


@pytest.mark.parametrize("name", [name for name in them.SAFE_CASES if name[:4] == "spik"])
def test_the_map_needs_no_adapter_where_beta_and_v0_are_the_node_s(name: str) -> None:
    case = them.SAFE_CASES[name]
    truth, tolerance = run(case), tolerances(case, np.float32)
    Y, dX = in_floats(case)
    assert (abs(Y - truth["exp/n.Y"]) <= tolerance["exp/n.Y"]).all()
    assert (abs(dX - truth["grad/in/X"]) <= tolerance["grad/in/X"]).all()


@pytest.mark.parametrize(
    ("backend", "case", "reason"),
    [
        (adapter.lif, them.single_neuron_case(act="tanh"), "act tanh: LIFNode returns spikes"),
        (adapter.liaf, them.single_neuron_case(), "act spike: LIAFNode is for analog outputs"),
        (
            adapter.liaf_multistep,
            them.single_neuron_case(),
            "act spike: LIAFNode is for analog outputs",
        ),
        (adapter.backend, them.single_neuron_case_with_alpha(0.0), "alpha outside (0, 1)"),
        (
            adapter.backend,
            them.single_neuron_case_with_alpha(1.0, act="relu"),
            "alpha outside (0, 1)",
        ),
        (adapter.backend, them.recurrent_case(), "expected a single neuron layer"),
    ],
)
def test_what_is_not_supported_is_declined_with_a_reason(
    backend: them.Backend, case: Case, reason: str
) -> None:
    assert (them.decline_reason(backend, case) or "").startswith(reason)


def test_lif_gives_spikes_whatever_the_mode() -> None:
    answers = [adapter.backend(them.single_neuron_case(mode=mode)) for mode in ("TR", "NTR")]
    assert {name: a.tolist() for name, a in answers[0].items()} == {
        name: a.tolist() for name, a in answers[1].items()
    }


def test_spikingjelly_computes_its_preset() -> None:
    rng = np.random.default_rng(0)
    X, dY = rng.normal(0.5, 1.0, (2, 7, 5)), rng.normal(size=(2, 7, 5))
    layer = lr.presets["spikingjelly"].make(lr.DirectLIAF, (5,), act="tanh")
    Y, _, tape = layer(layer.init(0, "float64"), X)
    dX, *_ = layer.backward(dY, tape)
    node = neuron.LIAFNode(torch.tanh, True, tau=2.0, decay_input=False)
    x = torch.tensor(X, requires_grad=True)
    y = torch.stack([node(x[:, t]) for t in range(7)], 1)
    y.backward(torch.tensor(dY))
    np.testing.assert_allclose(y.detach().numpy(), Y, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(x.grad.numpy(), dX, rtol=1e-12, atol=1e-13)


def test_spikingjelly_has_the_soft_reset_and_plif() -> None:
    rng = np.random.default_rng(1)
    X, dY = rng.normal(0.5, 1.0, (2, 6, 4)), rng.normal(size=(2, 6, 4))
    tau = 3.0
    node = neuron.ParametricLIFNode(init_tau=tau, decay_input=False, v_reset=None).double()
    layer = lr.DirectLIF(
        (4,), spike=lr.surrogate("sigmoid", 0.5), v_th=1.0, alpha=1 - 1 / tau, reset="subtract",
        decay="sigmoid", sharing="all",
    )  # fmt: skip
    params = layer.init(0, "float64")
    params["alpha_logit"] = -node.w.detach().numpy().reshape(1)
    assert params["alpha_logit"] == pytest.approx(np.log(tau - 1))
    Y, _, tape = layer(params, X)
    dX, _, grads = layer.backward(dY, tape)
    x = torch.tensor(X, requires_grad=True)
    y = torch.stack([node(x[:, t]) for t in range(6)], 1)
    y.backward(torch.tensor(dY))
    np.testing.assert_array_equal(y.detach().numpy(), Y)
    np.testing.assert_allclose(x.grad.numpy(), dX, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(-node.w.grad.numpy(), grads["alpha_logit"][0], rtol=1e-12)
