"""What the tests of the three adapters share: their cases, and the verdict on one."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.checker import Report, check_backend
from liaf_ref.oracle.declined import Declined
from liaf_ref.oracle.error_bounds import spike_safe, tolerances
from liaf_ref.oracle.golden import golden_cases
from liaf_ref.oracle.reference import run

SHAPE = (3, 6, 4)  # B, T, L
LIF, LIAF = {"act": "spike"}, {"act": "tanh"}


def framework_cases(seed: int = 0) -> Iterator[Case]:
    """Draw L0 and L1 cases, each the map of one framework's parameters."""
    # spikingjelly: alpha = 1 - 1/tau, beta = v_reset / tau, V0 = v_reset, shared by all.
    # snntorch: v_reset, beta and V0 zero, reset detached. norse: a window so wide that no step
    # leaves it. free: parameters of each neuron, related by nothing. dyadic: quarters and
    # alpha = 1/2, so that nothing rounds, with ties and edges.
    rng = np.random.default_rng(seed)
    for act in (LIF, LIAF):
        free = _draw_arrays(rng, (1,), 2**-20)
        each = _draw_arrays(rng, SHAPE[2:], 2**-20)
        for alpha in (0.5, 0.75, 0.25):  # tau 2, 4 and 4/3
            reset = np.round(64 * free["par/n.v_reset"]) / 64
            natural = {"par/n.alpha": np.array([alpha]), "par/n.beta": (1 - alpha) * reset}
            natural |= {"par/n.v_reset": reset, "in/n.V0": np.broadcast_to(reset, SHAPE[::2])}
            yield _case(f"spikingjelly_{alpha:g}", free | natural, act)
        zero = {name: 0 * free[name] for name in ("par/n.v_reset", "par/n.beta", "in/n.V0")}
        yield _case("snntorch", free | zero, {**act, "reset": "detached"})
        yield _case("norse", each, {**act, "mu": 64.0})
        yield _case("free", each, {**act, "mu": 0.375})
        yield _case("free_detached", each, {**act, "reset": "detached"})
        synapses = {
            "par/d.W": _draw_grid(rng, -1.0, 1.0, (SHAPE[2], SHAPE[2]), 2**-20),
            "par/d.b": _draw_grid(rng, -0.25, 0.5, SHAPE[2:], 2**-20),
        }
        yield _case("free_dense", each | synapses, act)
    for act in (LIF, {"act": "identity"}):
        coarse = _draw_arrays(rng, SHAPE[2:], 0.25) | {"par/n.alpha": np.full(SHAPE[2:], 0.5)}
        yield _case("dyadic", coarse, act)
        yield _case("dyadic_detached", coarse, {**act, "reset": "detached"})


def _draw_arrays(
    rng: np.random.Generator, parameter_shape: tuple[int, ...], step: float
) -> dict[str, Array]:
    bounds = {"v_th": (0.25, 0.75), "v_reset": (-0.25, 0.25), "alpha": (0.25, 0.75)}
    bounds["beta"] = (-0.25, 0.25)
    arrays = {
        f"par/n.{name}": _draw_grid(rng, *ends, parameter_shape, step)
        for name, ends in bounds.items()
    }
    arrays["in/X"] = _draw_grid(rng, -1.0, 1.5, SHAPE, step)
    arrays["up/n.Y"] = _draw_grid(rng, -1.0, 1.0, SHAPE, step)
    for name in ("in/n.V0", "up/n.VT"):
        arrays[name] = _draw_grid(rng, -0.5, 0.5, SHAPE[::2], step)
    return arrays


def _draw_grid(
    rng: np.random.Generator, low: float, high: float, shape: tuple[int, ...], step: float
) -> Array:
    drawn: Array = low + step * rng.integers(0, round((high - low) / step) + 1, shape)
    return drawn


def _case(name: str, arrays: Mapping[str, Array], overrides: Mapping[str, Any]) -> Case:
    sharing = "all" if arrays["par/n.v_th"].shape == (1,) else "channel"
    options = {"mode": "TR", "sharing": sharing, "mu": 0.5, "reset": "paper", **overrides}
    name = f"{name}_{'lif' if overrides['act'] == 'spike' else 'liaf'}"
    if "par/d.W" not in arrays:
        return Case(name, "L0", (Node("n", "neuron", ("in/X",), options),), arrays)
    dense = Node("d", "dense", ("in/X",), {"units": SHAPE[2], "bias": True})
    return Case(name, "L1", (dense, Node("n", "neuron", ("d",), options)), arrays)


Backend = Callable[[Case], Mapping[str, Array]]
SAMPLED_CASES = {f"{case.name}_{seed}": case for seed in range(3) for case in framework_cases(seed)}
EXACT_CASES = {name: case for name, case in SAMPLED_CASES.items() if name.startswith("dyadic")}
SAFE_CASES = {
    name: case
    for name, case in SAMPLED_CASES.items()
    if name not in EXACT_CASES and spike_safe(case, np.float32)
}


def decline_reason(backend: Backend, case: Case) -> str | None:
    """Why a backend declines a case; None if it takes it."""
    try:
        backend(case)
    except Declined as declined:
        return declined.reason
    return None


def accepted_kinds(backend: Backend, cases: Mapping[str, Case]) -> set[str]:
    """The kinds of cases that a backend takes, without their seeds."""
    return {name[:-2] for name, case in cases.items() if decline_reason(backend, case) is None}


def wrong_arrays(backend: Backend, case: Case) -> set[str]:
    """The arrays of a float32 answer that are wrong, missing, or of another shape or dtype."""
    answer, truth = backend(case.astype(np.float32)), run(case)
    tolerance = tolerances(case, np.float32)
    required = {"exp/n.Y"} | {name for name in truth if name.startswith("grad/")}
    wrong = {
        name
        for name, value in answer.items()
        if (value.shape, value.dtype.name) != (truth[name].shape, "float32")
        or not (abs(value - truth[name]) <= tolerance[name]).all()
    }
    return wrong | (required - set(answer))


def inexact_arrays(backend: Backend, case: Case) -> set[str]:
    """The arrays that differ in a bit from the reference's, in either dtype."""
    found = set()
    for dtype in (np.float32, np.float64):
        truth = run(case)
        answer = backend(case.astype(dtype))
        found |= {name for name, value in answer.items() if not (value == truth[name]).all()}
    return found


def check_published(backend: Backend, **options: str) -> Report:
    """The checker's, on the published cases of one layer of neurons with some options."""
    layers = ["neuron"], ["dense", "neuron"]
    cases = [
        golden
        for golden in golden_cases()
        if [node.op for node in golden.case.nodes] in layers
        and options.items() <= golden.case.nodes[-1].options.items()
    ]
    assert cases
    return check_backend(backend, cases=cases)


def single_neuron_case(**options: object) -> Case:
    """One case with some options, of one step."""
    chosen = {"act": "spike", "mode": "TR", "sharing": "all", "mu": 0.5, "reset": "paper"}
    arrays = {f"par/n.{name}": np.array([0.5]) for name in ("v_th", "v_reset", "alpha", "beta")}
    arrays |= {"in/X": np.ones((1, 1, 1)), "up/n.Y": np.ones((1, 1, 1)), "in/n.V0": np.ones((1, 1))}
    return Case("alone", "L0", (Node("n", "neuron", ("in/X",), chosen | options),), arrays)


def single_neuron_case_with_alpha(alpha: float, **options: object) -> Case:
    """The same with an alpha."""
    return single_neuron_case(**options).with_arrays({"par/n.alpha": np.array([alpha])})


def recurrent_case() -> Case:
    """A case that is no neuron."""
    return Case("rnn", "L0", (Node("r", "rnn", ("in/X",), {}),), {"in/X": np.ones((1, 1, 1))})
