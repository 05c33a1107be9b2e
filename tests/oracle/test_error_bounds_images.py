"""On images too: right backends are within the bound, slightly wrong ones are not."""

from typing import Any

import numpy as np
import pytest

from liaf_ref.kernels import conv, loss_softmax_bce, max_pool, norm
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.error_bounds import margins, spike_safe
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.reference import PAPER_KERNELS, KernelTable, run
from oracle.alternative_image_backends import BACKENDS
from oracle.golden_sets import IMAGE_OPS, inexact_cases
from oracle.wrong_backends.build import rebuild_on

IMAGES = tuple(
    g
    for g in inexact_cases()
    if g.case.level != "L4" and (IMAGE_OPS | {"softmax_ce"}) & {n.op for n in g.case.nodes}
)


def worst(golden: GoldenCase, answer: dict[str, Array], dtype: str) -> float:
    """The largest error over tolerance; infinite where the tolerance is zero."""
    found = [0.0]
    for name, expected in golden.expected.items():
        off, allowed = np.abs(answer[name] - expected), golden.tolerance[dtype][name]
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(float(np.where(off > 0, off / allowed, 0).max(initial=0)))
    return max(found)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_right_backend_in_float32_is_within_the_bound(name: str) -> None:
    for golden in IMAGES:
        answer = BACKENDS[name](golden.case.astype("float32"))
        assert worst(golden, answer, "float32") <= 1, golden.case.name


@pytest.mark.parametrize("name", BACKENDS)
def test_a_right_backend_in_float64_is_within_the_bound(name: str) -> None:
    for golden in IMAGES[::5]:
        assert worst(golden, BACKENDS[name](golden.case), "float64") <= 1, golden.case.name


def test_another_order_of_a_convolution_is_another_order() -> None:
    """What the backends above change has to show in the bits, or they would prove nothing."""
    for name in set(BACKENDS) - {"kernels"}:
        changed = 0
        for golden in IMAGES[::3]:
            case = golden.case.astype("float32")
            mine, theirs = run(case), BACKENDS[name](case)
            changed += any(not np.array_equal(mine[n], theirs[n]) for n in mine)
        assert changed > 10, name


class Scaled:
    """A kernel whose gradient is off by a relative ``share``."""

    def __init__(self, kernel: Any, share: float) -> None:
        self.kernel, self.share = kernel, share

    def forward(self, *given: Any) -> Any:
        return self.kernel.forward(*given)

    def backward(self, d: Array, *given: Any) -> Any:
        return self.kernel.backward(d * (1 + self.share), *given)


class OtherEps:
    """A normalisation with another eps."""

    backward = staticmethod(norm.backward)

    def forward(self, X: Array, p: norm.Params, axes: Any, eps: float) -> Any:
        return norm.forward(X, p, axes, eps * 1.01)


WRONG: dict[str, KernelTable] = {
    "a convolution's gradient off by 1e-5": PAPER_KERNELS._replace(conv=Scaled(conv, 1e-5)),
    "ConvLSTM's convolution off by 1e-3": PAPER_KERNELS._replace(
        convlstm=rebuild_on("convlstm", "conv", Scaled(conv, 1e-3))
    ),
    "eps off by a hundredth": PAPER_KERNELS._replace(norm=OtherEps()),
    "a norm's gradient off by 1e-4": PAPER_KERNELS._replace(norm=Scaled(norm, 1e-4)),
    "the loss's gradient off by 1e-4": PAPER_KERNELS._replace(
        loss_softmax_bce=Scaled(loss_softmax_bce, 1e-4)
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_slightly_wrong_backend_is_beyond_the_bound(name: str) -> None:
    cases = [g for g in IMAGES if g.case.level == "L0"]
    assert any(worst(g, run(g.case.astype("float32"), WRONG[name]), "float32") > 1 for g in cases)
    assert any(worst(g, run(g.case, WRONG[name]), "float64") > 1e4 for g in cases)


def pooled(X: Array) -> Case:
    """Maximum pooling of the sum of two numbers, so that float32 may round."""
    dense = Node("d", "dense", ("in/X",), {"units": 1, "bias": False})
    arrays = {"in/X": X, "par/d.W": np.ones((2, 1)), "up/p.Y": np.ones((1, 1, 1, 1, 1))}
    pool = Node("p", "max_pool", ("d",), {"size": [1, 2], "stride": [1, 2]})
    return Case("pooled", "L1", (dense, pool), arrays)


@pytest.mark.parametrize(("apart", "safe"), [(2.0**-30, False), (2.0**-15, True)])
def test_a_maximum_that_rounding_decides_is_not_safe(apart: float, safe: bool) -> None:
    case = pooled(np.array([1.0, 0.3, 1.0 + apart, 0.3]).reshape(1, 1, 1, 2, 2))
    assert spike_safe(case, np.float32) is safe
    assert (margins(case, np.float32)["p"] > 0) is safe


def test_equal_maxima_that_nothing_rounds_are_safe() -> None:
    pool = Node("p", "max_pool", ("in/X",), {"size": [1, 2], "stride": [1, 2]})
    X = np.ones((1, 1, 1, 2, 1))
    case = Case("tied", "L0", (pool,), {"in/X": X, "up/p.Y": np.ones((1, 1, 1, 1, 1))})
    assert spike_safe(case, np.float32)
    assert margins(case, np.float32)["p"] == np.inf
    first, _ = max_pool.forward(X, (1, 2), (1, 2))
    assert run(case)["grad/in/X"].ravel().tolist() == [first.item(), 0.0]
