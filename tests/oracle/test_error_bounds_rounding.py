"""A right backend passes every stored case, wherever it rounds."""

import numpy as np
import pytest

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.error_bounds.arithmetic import arithmetic_model
from liaf_ref.oracle.error_bounds.arrays import errors, exact_array, values
from oracle.golden_sets import all_golden_cases
from oracle.judged_cases import kernels_used
from oracle.rounding_backends import BACKENDS, TABLES, flushed

F32 = arithmetic_model(np.float32)
CHANGED = {"reset by difference": {"neuron"}, "fused": {"neuron", "dense"}} | {
    "reversed sums": {"dense"},
    "pairwise sums": {"dense"},
    "tanh from sigmoid": {"act", "rnn", "lstm", "gru", "convlstm"},
    "flushed to zero": set(TABLES["flushed to zero"]._fields),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", BACKENDS)
def test_a_right_backend_passes_every_stored_case(name: str, dtype: str) -> None:
    for golden in all_golden_cases():
        if CHANGED[name] & kernels_used(golden.case.name):
            verdict = golden.compare(BACKENDS[name](golden.case.astype(dtype)), dtype)
            assert verdict.status == "passed", str(verdict)


def test_a_number_flushed_to_zero_is_within_the_bound() -> None:
    rng = np.random.default_rng(7)
    small = [(rng.normal(size=500) * 2.0**-126).astype(np.float32) for _ in range(2)]
    large = (rng.normal(size=500) * 2.0**-20).astype(np.float32)

    def assert_bounded(f, *operands: Array) -> None:  # type: ignore[no-untyped-def]
        bounded, truth = f(*(exact_array(x, F32) for x in operands)), f(*map(np.float64, operands))
        assert (abs(flushed(f(*operands)) - truth) <= errors(bounded)).all()
        assert (values(bounded) == truth).all()

    assert_bounded(lambda x, y: x + y, *small)
    assert_bounded(lambda x, y: x * y, small[0], large)
    assert_bounded(lambda x: x / 3, small[0])
    assert_bounded(lambda x: x * 0.5, small[0])
