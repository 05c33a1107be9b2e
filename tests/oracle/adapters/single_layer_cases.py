"""What the tests of the three adapters share: their cases, and the verdict on one."""

from collections.abc import Callable, Mapping

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.checker import Report, check_backend
from liaf_ref.oracle.declined import Declined
from liaf_ref.oracle.error_bounds import spike_safe, tolerances
from liaf_ref.oracle.frameworks.cases import framework_cases
from liaf_ref.oracle.golden import golden_cases
from liaf_ref.oracle.reference import run

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
