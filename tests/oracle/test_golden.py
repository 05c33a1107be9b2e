"""The golden set: what it covers, its answers by other arithmetics, its names and shapes."""

import re
from dataclasses import replace
from fractions import Fraction
from itertools import product

import figures
import numpy as np
import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.oracle import Case, golden_case, golden_cases
from liaf_ref.oracle.case import Node
from liaf_ref.oracle.error_bounds import tolerances
from liaf_ref.oracle.golden import GoldenCase, verify
from liaf_ref.oracle.golden.cases import round_up
from liaf_ref.oracle.opset import LOSSES
from liaf_ref.oracle.shapes import array_shapes, node_shapes
from liaf_ref.oracle.table import FRACTION, run
from oracle.digits import run_in_digits
from oracle.golden_sets import (
    SMALL_SET,
    all_golden_cases,
    case_names,
    exact_cases,
    golden_cases_named,
    inexact_cases,
)
from oracle.kernel_backend import run as kernels

DIGITS = [golden for golden in inexact_cases() if golden.case.level != "L4"][::7]


@pytest.mark.parametrize("golden", DIGITS, ids=case_names(tuple(DIGITS)))
def test_answers_hold_to_fifty_digits(golden: GoldenCase) -> None:
    answer = run_in_digits(golden.case)
    for name, array in golden.expected.items():
        pairs = zip(array.ravel().tolist(), np.asarray(answer[name], object).ravel(), strict=True)
        off = np.array([float(abs(x - y)) for x, y in pairs]).reshape(array.shape)
        maximum = golden.tolerance["float64"][name]
        assert (off <= maximum).all(), name
        figures.record("digits off", (off[maximum > 0] / maximum[maximum > 0]).max(initial=0))


def test_the_independent_implementation_in_fractions_gives_the_same_numbers() -> None:
    for golden in exact_cases():
        answer = run(golden.case, FRACTION)
        for name, array in golden.expected.items():
            expected = np.asarray(answer[name], object)
            assert expected.shape == array.shape, (golden.name, name)
            assert [Fraction(x) for x in array.ravel().tolist()] == expected.ravel().tolist(), (
                golden.name
            )


def test_exact_cases_give_the_same_bits_in_any_float_and_any_order() -> None:
    for golden in exact_cases():
        for dtype in ("float32", "float64"):
            for answer in (run(golden.case.astype(dtype)), kernels(golden.case.astype(dtype))):
                for name, array in answer.items():
                    assert array.dtype == dtype
                    np.testing.assert_array_equal(
                        array, golden.expected[name], f"{golden.name} {name}"
                    )
            assert not any(array.any() for array in tolerances(golden.case, dtype).values())


def test_every_option_of_a_neuron_is_in_a_case() -> None:
    nodes = [g.case.nodes[0] for g in inexact_cases() if g.case.level == "L0"]
    names = ("act", "mode", "mu", "reset", "sharing")
    have = {tuple(n.options[o] for o in names) for n in nodes if n.op == "neuron"}
    for output in product(("identity", "relu", "selu", "tanh", "sigmoid"), ("TR", "NTR")):
        for mu in (0.5, 0.3):
            assert {(*output, mu, "paper", s) for s in ("all", "channel", "non")} <= have
            assert {o[:4] for o in have} >= {(*output, mu, "detached")}


def test_neurons_do_everything_that_a_backend_could_get_wrong() -> None:
    for golden in inexact_cases():
        for node in (node for node in golden.case.nodes if node.op == "neuron"):
            x = golden.expected[f"exp/{node.name}.U"] - golden.case[f"par/{node.name}.v_th"]
            inside = abs(x) < node.options["mu"]
            for kind in (inside & (x >= 0), inside & (x < 0), ~inside):
                assert np.count_nonzero(kind) >= 2, golden.name


def test_a_curve_falls_by_more_than_float32_can_explain() -> None:
    for golden in golden_cases("L4"):
        curve = golden.expected["exp/curve"]
        tolerance = golden.tolerance["float32"]["exp/curve"].max()
        assert curve[0] - curve[-1] > 9 * tolerance, golden.case.name


def test_spikes_are_stated_bit_for_bit() -> None:
    for golden in all_golden_cases():
        for name in (name for name in golden.expected if name.endswith(".F")):
            assert not golden.tolerance["float32"][name].any()
            assert set(np.unique(golden.expected[name])) == {0.0, 1.0}


def test_required_is_the_output_and_everything_derived() -> None:
    for golden in all_golden_cases():
        case, last = golden.case, golden.case.nodes[-1].name
        derivable = {n for n, a in case.items() if a.dtype.kind == "f" and n[:3] in {"in/", "par"}}
        op = case.nodes[-1].op
        output = (
            "loss" if op in LOSSES else "I" if op in {"dense", "conv", "conv3d", "current"} else "Y"
        )
        expected = {f"exp/{last}.{output}"} | {f"grad/{name}" for name in derivable}
        expected |= {
            f"exp/{n.name}.{q}" for n in case.nodes if has_running_statistics(n) for q in "mv"
        }
        if case.optimizer:
            steps = {f"step1/{n.removeprefix('par/')}" for n in derivable if n.startswith("par/")}
            expected |= {"exp/curve"} | steps
        assert golden.required == expected, case.name


def has_running_statistics(node: Node) -> bool:
    """Whether it follows the batch with running statistics."""
    return node.op == "batch_norm" and node.options["statistics"] == "batch"


def test_no_minus_zero_is_stored() -> None:
    for golden in all_golden_cases():
        for name, array in golden.expected.items():
            assert not (np.signbit(array) & (array == 0)).any(), name


def test_answers_are_computed_again() -> None:
    some = (*exact_cases(), *inexact_cases()[::9])
    assert [verdict for verdict in verify(some) if verdict.problem] == []


def test_a_changed_set_is_not_what_is_computed_again() -> None:
    spike, network, one, two = golden_cases_named(*SMALL_SET)
    near = {**network.expected, "exp/ce.loss": network.expected["exp/ce.loss"] * (1 + 2.0**-52)}
    far = {**spike.expected, "exp/n.U": spike.expected["exp/n.U"] + 1e-9}
    bent = {**one.expected, "exp/n.U": np.nextafter(one.expected["exp/n.U"], 9)}
    flat = {**two.expected, (name := next(iter(two.expected))): two.expected[name].ravel()}
    changed = (
        replace(spike, expected=far),
        replace(network, expected=near),
        replace(one, expected=bent),
        replace(two, expected=flat),
        replace(two, required=frozenset()),
    )
    texts = ("exp/n.U.*, error 1e-09, ", "", "exp/n.U.*must match exactly", "expected shape")
    for found, text in zip(verify(changed), (*texts, "required: expected"), strict=True):
        assert bool(found.problem) == bool(text)
        assert re.search(text, found.problem or ""), found


@pytest.mark.parametrize("value", [0.0, 1.0, 1 / 3, 1e-30, 2.0**-149, 2.0**-160, 3e38, 255 / 256])
def test_a_tolerance_is_rounded_up_and_not_far(value: float) -> None:
    for bits in (4, 8):
        rounded = round_up(np.array([value]), bits)
        assert rounded.dtype == np.float32
        assert rounded[0] >= value
        assert rounded[0] <= value * (1 + 2.0 ** (1 - bits)) + 2.0**-149
        assert round_up(rounded, bits) == rounded


NAME = "l0_lif_all_mu0300"


def test_the_error_for_a_wrong_name_lists_the_arrays() -> None:
    case = golden_case(NAME).case
    for arrays in (case, case.astype("float32")):
        with pytest.raises(KeyError) as refused:
            arrays["X"]
        assert str(refused.value).startswith("no array 'X'; the arrays are in/X, in/n.V0, ")
        assert "X" not in arrays
        assert arrays.get("X") is None


def test_the_prefixes_are_explained() -> None:
    used = {name.partition("/")[0] for g in golden_cases() for name in (*g.case, *g.expected)}
    explained = set(re.findall(r"^ *``(\w+)/`` ", Case.__doc__ or "", re.MULTILINE))
    assert explained == used | {"gate"}  # of gate-forced cases, of which the set has none


def test_the_levels_are_explained_with_their_numbers() -> None:
    rows = re.findall(r"^ *``(L\d)`` +(\d+) ", golden_cases.__doc__ or "", re.MULTILINE)
    levels = [golden.case.level for golden in golden_cases()]
    assert {level: int(number) for level, number in rows} == {
        level: levels.count(level) for level in sorted(set(levels))
    }
    assert {len(g.case.nodes) for g in golden_cases("L0")} == {1}
    assert {len(g.case.nodes) for g in golden_cases("L1")} == {2, 3}


def test_an_answer_is_compared_in_its_own_precision() -> None:
    golden = golden_case(NAME)
    assert golden.compare(golden.expected).status == "passed"
    assert golden.compare({}).status == "failed"
    assert repr(golden) == "GoldenCase('l0_lif_all_mu0300', L0, 7 answers)"
    assert repr(golden.case) == "Case('l0_lif_all_mu0300', L0, 8 arrays)"
    half = {**golden.expected} | {"exp/n.Y": golden.expected["exp/n.Y"].astype(np.float32)}
    assert "expected dtype float32, got float64" in golden.compare(half).summary()
    assert "expected dtype float64, got float32" in golden.compare(half, "float64").summary()


def test_the_precision_of_tensors_is_their_dtype() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    golden = golden_case(NAME)
    tensors = {name: torch.tensor(array) for name, array in golden.expected.items()}
    assert golden.compare(tensors).status == "passed"


def test_a_case_has_the_arrays_of_the_table() -> None:
    for golden in all_golden_cases():
        case = golden.case
        given = {n: a.shape for n, a in case.items() if n.startswith("in/") and "." not in n}
        steps = case.optimizer["steps"] if case.optimizer else None
        found = {name: array.shape for name, array in {**case, **golden.expected}.items()}
        derived = array_shapes(case.nodes, given, steps)
        integers = {f"grad/{name}" for name, array in case.items() if array.dtype == np.int64}
        left_out = {
            n for n in derived.keys() - found.keys() if n.startswith("up/") and n[-1] == "T"
        }
        assert found == {n: s for n, s in derived.items() if n not in integers | left_out}, (
            golden.name
        )


@pytest.mark.parametrize(
    ("node", "shape"),
    [
        (Node("n", "max_pool", ("in/X",), {"size": [2], "stride": [1, 1]}), (2, 3, 4, 4, 1)),
        (Node("n", "neuron", ("in/X",), {"sharing": "all"}), (4,)),
        (Node("n", "lstm", ("in/X",), {}), (2, 3, 4, 4)),
    ],
)
def test_what_an_input_cannot_be_is_refused(node: Node, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="expected"):
        node_shapes(node, [shape])
