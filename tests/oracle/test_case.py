"""A case: its arrays by name, and what a wrong name suggests."""

import re

import numpy as np
import pytest

from liaf_ref.oracle import Case, golden_case, golden_cases

NAME = "l0_lif_all_mu0300"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("X", "no array 'X'; did you mean 'in/X'?"),
        ("v_th", "no array 'v_th'; did you mean 'par/n.v_th'?"),
        ("par/n.vth", "no array 'par/n.vth'; did you mean 'par/n.v_th'"),
        ("exp/n.Y", "no array 'exp/n.Y' here; exp/ arrays are in golden.expected"),
        ("q", "no array 'q'; the arrays are in/X, in/n.V0, par/n.alpha, "),
    ],
)
def test_a_wrong_name_suggests_the_right_one(name: str, message: str) -> None:
    case = golden_case(NAME).case
    for arrays in (case, case.astype("float32")):
        with pytest.raises(KeyError) as refused:
            arrays[name]
        assert str(refused.value).startswith(message)
        assert name not in arrays
        assert arrays.get(name) is None


def test_a_wrong_name_of_the_answer_suggests_the_right_one() -> None:
    golden = golden_case(NAME)
    for arrays in (golden.expected, golden.tolerance["float32"]):
        with pytest.raises(KeyError, match=re.escape("did you mean 'exp/n.Y'?")):
            arrays["Y"]
        with pytest.raises(KeyError, match=re.escape("in/ arrays are in golden.case")):
            arrays["in/X"]


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
    half = {**golden.expected} | {"exp/n.Y": golden.expected["exp/n.Y"].astype(np.float32)}
    assert "expected dtype float32, got float64" in golden.compare(half).summary()
    assert "expected dtype float64, got float32" in golden.compare(half, "float64").summary()


def test_the_precision_of_tensors_is_their_dtype() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    golden = golden_case(NAME)
    tensors = {name: torch.tensor(array) for name, array in golden.expected.items()}
    assert golden.compare(tensors).status == "passed"
