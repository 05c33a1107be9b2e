"""The three full backends: ties and edges, given decisions, published cases."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np
import pytest

from liaf_ref.oracle import GoldenCase, check_backend, run
from liaf_ref.oracle.case import Array, Case
from liaf_ref.oracle.error_bounds import tolerances
from liaf_ref.oracle.golden.generation import gate_forced
from oracle.case_builder import CaseSpec, draw_case, op_node
from oracle.golden_sets import all_golden_cases
from oracle.rounding_tolerance import assert_close

OUTPUTS = ("spike", "identity", "relu", "selu", "tanh", "sigmoid")
EXACT_OUTPUTS = ("spike", "identity", "relu")
each = pytest.mark.parametrize("name", ["torch", "jax", "autograd"])


def backend_of(name: str) -> Callable[[Case], Mapping[str, Array]]:
    pytest.importorskip(name, reason=f"{name} is not installed")
    module = import_module(f"liaf_ref.oracle.adapters.{name}_backend")
    backend: Callable[[Case], Mapping[str, Array]] = module.backend
    return backend


def drawn(op: str, seed: int, *sizes: int, **options: Any) -> Case:
    """One node on an input of two samples of four steps."""
    nodes = (op_node(op, "n", "in/X", **options),)
    return draw_case(CaseSpec("one", "L0", "", nodes, {"X": (2, 4, *(sizes or (4,)))}, seed), 0)


def decided_cases() -> Iterator[Case]:
    """A neuron of each kind, a layer of ReLU or SELU, and pools, with decisions by lot."""
    cases = [
        drawn("neuron", seed, act=act, mode=mode, reset=reset)
        for seed, (act, mode, reset) in enumerate(
            product(OUTPUTS, ("TR", "NTR"), ("paper", "detached"))
        )
    ]
    cases.append(drawn("neuron", 30, 2, 3, 4, act="relu", sharing="non"))
    cases += [drawn("act", 40, 4, 5, 4, act=act) for act in ("relu", "selu")]
    cases += [drawn("max_pool", 42, 4, 5, 4, size=[2, 2], stride=[s, s]) for s in (1, 2)]
    for seed, case in enumerate(cases):
        rng = np.random.default_rng([seed, 1])  # not what the case was drawn from
        gates = {name: a for name, a in gate_forced(case).items() if name not in case}
        assert gates
        others = {
            name: rng.integers(0, 4 if name.endswith("first") else 2, a.shape).astype(a.dtype)
            for name, a in gates.items()
        }
        assert all(not np.array_equal(others[name], a) for name, a in gates.items())
        yield case.with_arrays(others)


def expected_of(case: Case) -> dict[str, Array]:
    """The answer without what a framework does not show, the gradients at every step."""
    return {name: array for name, array in run(case).items() if not name.startswith("dbg/")}


@each
def test_decisions_that_are_given(name: str) -> None:
    for case in list(decided_cases())[slice(0, 17, 8) if name == "jax" else slice(None)]:
        assert_close(backend_of(name)(case), expected_of(case))


@each
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("act", OUTPUTS)
def test_ties_and_edges(act: str, dtype: str, name: str) -> None:
    """On a coarse grid, where nothing rounds: the bits of the reference, and the case is left."""
    fine = drawn("neuron", 500, act=act, mu=0.5)
    case = fine.with_arrays({name: np.round(a * 2) / 2 for name, a in fine.items()})
    x = run(case)["exp/n.U"] - case["par/n.v_th"]
    assert (x == 0).sum() >= 2
    assert (abs(x) == 0.5).sum() >= 2
    case = case.astype(dtype)
    before = {name: array.copy() for name, array in case.items()}
    expected, bound, found = expected_of(case), tolerances(case, dtype), backend_of(name)(case)
    assert found.keys() == expected.keys()
    for array, value in found.items():
        assert (value.shape, value.dtype) == (expected[array].shape, expected[array].dtype), array
        off = abs(value.astype(float) - expected[array])
        assert (off <= 2 * bound[array] * (act not in EXACT_OUTPUTS)).all(), array
    assert all(np.array_equal(array, before[name]) for name, array in case.items())


def smallest_case_of_each_operation() -> list[GoldenCase]:
    """Alone; exact and not, by its statistics, with biases and without."""
    found: dict[Any, GoldenCase] = {}
    for golden in sorted(
        all_golden_cases(), key=lambda g: sum(a.size for a in g.expected.values())
    ):
        node, *more = golden.case.nodes
        options = node.options.get("statistics"), node.options.get("bias")
        if not more:
            found.setdefault((node.op, golden.exact, *options), golden)
    return list(found.values())


# JAX compiles every operation once for every shape, step and dtype: those with few.
IN_JAX = {"mse", "softmax_ce", "dense", "dropout", "average_pool", "conv", "conv3d", "lstm"}


@pytest.mark.parametrize(
    ("name", "dtype", "more"),
    [
        ("torch", "float32", slice(0, None, 24)),
        ("torch", "float64", slice(8, None, 24)),
        ("autograd", "float64", slice(0, None, 8)),
        ("jax", "float32", slice(0)),
    ],
)
def test_published_cases(name: str, dtype: str, more: slice) -> None:
    """Of each operation one, and some more; ``liaf-ref oracle check`` takes all."""
    each = smallest_case_of_each_operation()
    if name == "jax":
        smallest = {golden.case.nodes[0].op: golden for golden in reversed(each)}
        each = [golden for op, golden in smallest.items() if op in IN_JAX]
    cases = {golden.name: golden for golden in (*each, *all_golden_cases()[more])}
    report = check_backend(backend_of(name), dtype=dtype, cases=list(cases.values()))
    assert report.passed, report
    assert not report.failed + report.declined, report


def test_jax_leaves_the_precision_of_others_alone() -> None:
    backend_of("jax")(drawn("neuron", 0, act="tanh"))
    assert pytest.importorskip("jax.numpy").zeros(1).dtype == np.float32
