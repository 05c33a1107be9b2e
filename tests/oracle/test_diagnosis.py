"""The diagnosis of partial mistakes: some nodes, some options, some arrays, one case of many."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from liaf_ref.kernels.array import Array
from liaf_ref.oracle import Case
from liaf_ref.oracle.checker import match
from liaf_ref.oracle.checker.diagnose import Diagnosis, diagnose
from liaf_ref.oracle.checker.match import Answers, make_failure
from liaf_ref.oracle.deviations.deviation import NodeChoice
from liaf_ref.oracle.formats import rounded_to
from liaf_ref.oracle.golden import GoldenCase
from oracle.deviating import deviating, named
from oracle.golden_sets import golden_cases_named
from oracle.judged_cases import diagnose_verdicts, judge_all, smallest_cases
from oracle.kernel_backend import PAPER_KERNELS, run
from oracle.wrong_backends.build import WrongBackend, backend
from oracle.wrong_backends.limited import replace_functions
from oracle.wrong_backends.table import NEURON, SUM

Answer = Callable[[Case], Mapping[str, Array]]
pytestmark = pytest.mark.usefixtures("few_pairs")


def some_cases(*levels: str) -> tuple[GoldenCase, ...]:
    return tuple(golden for golden in smallest_cases() if golden.case.level in levels)


def diagnosis(answer: Answer, *levels: str) -> Diagnosis:
    return diagnose_verdicts(judge_all(answer, "float32", some_cases(*levels)), "float32")


def where(**options: str) -> NodeChoice:
    """The nodes with some options; ``other`` is an activation that they do not have."""
    other = options.pop("other", None)
    return lambda nodes: [
        node
        for node in nodes
        if options.items() <= node.options.items() and node.options.get("act") != other
    ]


ANALOG = "act=identity or relu or selu or sigmoid or tanh"


@pytest.mark.parametrize(
    ("name", "nodes", "levels", "place"),
    [
        ("reset detached", lambda nodes: nodes[:1], ("L0", "L2"), ", in the first node only"),
        (
            "gradient of beta times alpha",
            lambda nodes: nodes[1:],
            ("L0", "L2"),
            ", in all nodes but the first",
        ),
        ("reset detached", where(sharing="non"), ("L0", "L1"), "sharing=non"),
        ("gradient of beta times alpha", where(other="spike"), ("L0",), ANALOG),
        (
            "gradient of v_th negated",
            where(mode="TR", sharing="all"),
            ("L0",),
            "mode=TR, sharing=all",
        ),
        # Another convention that explains the same needs a longer condition.
        ("derivative of Act missing, but not that of LIF", where(mode="TR"), ("L0",), "mode=TR"),
    ],
)
def test_a_mistake_in_some_nodes_is_named_with_its_place_or_their_options(
    name: str, nodes: NodeChoice, levels: tuple[str, ...], place: str
) -> None:
    found = diagnosis(deviating(named(name).restricted("", nodes)), *levels)
    (explanation,) = found.explanations
    assert not found.unexplained
    assert explanation.explained == explanation.total > 1
    assert explanation.contradicted == 0
    if place.startswith(","):
        assert name + place in explanation.names
    else:
        assert explanation.names == (name,)
        assert {*explanation.where.split(", ")} == {*place.split(", ")}
        assert f" failures, all with {explanation.where}." in str(explanation)


def test_a_halved_gradient_is_no_mean_over_a_batch_of_two() -> None:
    def halved(case: Case) -> dict[str, Array]:
        return {n: a / 2 if n.endswith("/d.b") else a for n, a in run(case).items()}

    found = diagnosis(halved, "L0", "L1")
    assert not found.explanations
    assert len(found.unexplained) > 2
    n = len(found.unexplained)
    assert found.wrong == (f"grad/par/dense.b ({n} of {n})",)
    assert "grad/par/dense.W" in found.right


def test_an_optional_array_hides_no_answer() -> None:
    """V is carried from U, but the R that is returned is the paper's."""

    def answer(case: Case) -> dict[str, Array]:
        found = dict(deviating(named("no reset"))(case))
        for node in case.nodes:
            if node.op == "neuron":
                F, U = (found[f"exp/{node.name}.{name}"] for name in "FU")
                R = F * case[f"par/{node.name}.v_reset"] + (1 - F) * U
                found[f"exp/{node.name}.R"] = R.astype(U.dtype)
        return found

    found = diagnosis(answer, "L0", "L1")
    (explanation,) = found.explanations
    assert explanation.names == ("no reset",)
    assert explanation.explained == explanation.total
    assert explanation.optional == ("exp/neuron.R",)
    assert "(Optional arrays disagree: exp/neuron.R.)" in str(explanation)


def test_the_forward_pass_is_no_curve_of_the_training() -> None:
    """A mistake of the gradients alone is not called a forward pass."""
    wrong = WrongBackend("", {NEURON: {SUM: "*(np.resize(d**2, value.shape) for d"}})
    found = diagnosis(backend(wrong), "L0", "L4")
    assert found.unexplained
    assert not found.explanations


def test_an_explanation_of_one_case_of_many_is_none() -> None:
    """One case is answered by a convention, and thirty others by something unknown."""

    def answer(case: Case) -> dict[str, Array]:
        if case.name == "l0_lif_all_mu0300":
            return dict(
                deviating(named("gaussian surrogate, exp(-x^2 / (2 mu^2)) / (mu sqrt(2 pi))"))(case)
            )
        return {n: 3 * a if n.endswith(".alpha") else a for n, a in run(case).items()}

    found = diagnosis(answer, "L0")
    assert not found.explanations
    assert "l0_lif_all_mu0300" in found.unexplained
    assert len(found.unexplained) > 20


def test_an_explanation_that_passed_cases_contradict_is_none() -> None:
    """Two cases are wrong in a way that fails others with the same options."""

    def answer(case: Case) -> Mapping[str, Array]:
        wrong = case.name in {"l0_lif_all_mu0300", "l0_identity_ntr_non_mu0500"}
        return deviating(named("gradient of v_th negated"))(case) if wrong else run(case)

    found = diagnosis(answer, "L0")
    assert not found.explanations
    assert len(found.unexplained) == 2


def rounding_dense(bits: int, forward: bool) -> Answer:
    """Results of dense layers in fewer bits, backward alone or in both passes."""
    kernel = PAPER_KERNELS.dense

    def stored(x: Array, here: bool = True) -> Array:
        return rounded_to(bits, x) if here else x

    def value(X: Array, p: Any) -> Any:
        I, tape = kernel.forward(X, p)
        return stored(I, forward), tape

    def gradient(dI: Array, tape: Any) -> Any:
        dX, dp = kernel.backward(dI, tape)
        return stored(dX), dp._replace(W=stored(dp.W))

    other = replace_functions(kernel, forward=value, backward=gradient)
    return lambda case: run(case, PAPER_KERNELS._replace(dense=other))


@pytest.mark.parametrize(
    ("bits", "forward", "name", "scope"),
    [
        (11, False, "arithmetic of 11 bits (TF32, float16)", "backward"),
        (8, True, "arithmetic of 8 bits (bfloat16)", ""),
    ],
)
def test_fewer_bits_are_recognised_by_their_bound(
    bits: int, forward: bool, name: str, scope: str
) -> None:
    found = diagnosis(rounding_dense(bits, forward), "L1")
    (explanation,) = found.explanations
    assert (explanation.names, explanation.scope) == ((name,), scope)
    assert explanation.explained > 0.9 * explanation.total


BFLOAT16 = "products of 8 bits (bfloat16)"


@pytest.mark.parametrize(("off", "near"), [(0.9, True), (1.1, False)])
def test_an_entry_may_be_off_by_what_rounding_does_to_how_far_it_is_led(
    off: float, near: bool
) -> None:
    (golden,), convention = golden_cases_named("l0_dense"), named(BFLOAT16)
    answer = {k: v for part in Answers()(convention, golden) for k, v in part.items()}
    I, allowed = golden.expected["exp/d.I"], golden.tolerance["float32"]["exp/d.I"]
    led = np.abs(answer["exp/d.I"] - I)
    assert 3 * allowed.max() < led.max() < 0.1 < abs(I).max()
    answer["exp/d.I"][led == led.max()] += off * allowed.max() * (1 + led.max() / abs(I).max())
    failed = make_failure(golden.compare(answer), "float32")
    assert bool(Answers().explains(convention, failed)) == near


def test_the_search_ends_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []
    monkeypatch.setattr(match, "MAX_SECONDS", 0.0)  # no search here takes so long
    verdicts = judge_all(deviating(named("reset detached")), "float32", some_cases("L0"))
    found = diagnose(verdicts, "float32", on_time=told.append)
    assert not found.explanations
    assert len(found.unexplained) == sum(v.status == "failed" for v in verdicts)
    assert told
