"""The optimizers of the error bounds match those of the package."""

from typing import Any

import numpy as np
import pytest

from liaf_ref.oracle.error_bounds.arithmetic import arithmetic_model
from liaf_ref.oracle.error_bounds.arrays import errors, exact_array, rounded_constant, values
from liaf_ref.oracle.error_bounds.optimizers import BOUNDED_OPTIMIZERS, max_adam_step
from liaf_ref.oracle.reference import PAPER_KERNELS
from oracle.random_networks import OPTIMIZERS

F32 = arithmetic_model(np.float32)


@pytest.mark.parametrize("options", OPTIMIZERS, ids=lambda o: str(o["name"]))
def test_ten_steps_are_the_packages_and_float32_is_within_the_bound(options: Any) -> None:
    rng = np.random.default_rng(3)
    start = {"p": rng.normal(size=50).astype(np.float32)}
    grads = [{"p": rng.normal(size=50).astype(np.float32)} for _ in range(10)]
    theirs, ours = (
        PAPER_KERNELS.optimizer(options),
        BOUNDED_OPTIMIZERS[options["name"]](options, F32),
    )
    bounded: dict[str, Any] = {"p": exact_array(start["p"], F32)}
    exact = {"p": start["p"].astype(np.float64)}
    state = [
        rule.initial_state(p) for rule, p in ((ours, bounded), (theirs, exact), (theirs, start))
    ]
    # Ten steps of at most lr: 1 - beta2 is off by 3u and 1 - beta2^t by at most 11u (pow: 8),
    # each over 1 - beta2, and the root halves both; all else is smaller by that divisor.
    limit = 10 * options["lr"] * (3 + 11) / 2 * F32.u / (1 - options.get("beta2", 0.999))
    for g in grads:
        bounded, state[0] = ours.step(bounded, {"p": exact_array(g["p"], F32)}, state[0])
        exact, state[1] = theirs.step(exact, {"p": g["p"].astype(np.float64)}, state[1])
        start, state[2] = theirs.step(start, g, state[2])
        np.testing.assert_allclose(values(bounded["p"]), exact["p"], rtol=1e-13)
        assert (np.abs(start["p"] - exact["p"]) <= errors(bounded["p"])).all()
        assert errors(bounded["p"]).max() < limit


@pytest.mark.parametrize("t", [1, 2, 10])
def test_no_gradients_make_adam_step_further_than_longest(t: int) -> None:
    beta1, beta2 = 0.9, 0.999
    maximum = max_adam_step(rounded_constant(beta1, F32), rounded_constant(beta2, F32), t)
    # Equality in Cauchy and Schwarz: gradients as (beta1 / beta2)^(t - i).
    g = (beta1 / beta2) ** np.arange(t - 1, -1, -1.0)
    m = (1 - beta1) * (g * beta1 ** np.arange(t - 1, -1, -1.0)).sum()
    v = (1 - beta2) * (g**2 * beta2 ** np.arange(t - 1, -1, -1.0)).sum()
    step = m / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t))
    assert step == pytest.approx(values(maximum), rel=1e-12)


def test_a_gradient_of_unknown_sign_moves_adam_by_no_more_than_its_longest_step() -> None:
    unsure = exact_array(np.array([0.1]), F32) * 3.0 - exact_array(np.array([0.3]), F32)
    rule = BOUNDED_OPTIMIZERS["adam"]({"name": "adam", "lr": 0.01}, F32)
    p = {"p": exact_array(np.zeros(1), F32)}
    new, _ = rule.step(p, {"p": unsure}, rule.initial_state(p))
    assert errors(new["p"])[0] < 0.0201
