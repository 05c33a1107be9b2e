"""Optimizers against Algorithm 1 and its variants, said again in scalars."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from support import softmax_gradients, softmax_params, trees_equal

from liaf_ref._core.errors import InputError
from liaf_ref.training.array_dict import ArrayDict
from liaf_ref.training.optimizers import SGD, Adam, AdamW, Optimizer

STEPS = 5
LR, DECAY, MOMENTUM, BETA1, BETA2, EPS = 0.03, 0.2, 0.7, 0.8, 0.95, 1e-3
Rule = Callable[[float, list[float]], Iterator[float]]


def double() -> ArrayDict:
    return {name: p.astype(np.float64) for name, p in softmax_params().items()}


def adam(theta: float, g: list[float], l2: float = 0.0, decoupled: float = 0.0) -> Iterator[float]:
    m = v = 0.0
    for t in range(1, len(g) + 1):
        g_t = g[t - 1] + l2 * theta
        m = BETA1 * m + (1 - BETA1) * g_t
        v = BETA2 * v + (1 - BETA2) * g_t**2
        m_hat = m / (1 - BETA1**t)
        v_hat = v / (1 - BETA2**t)
        theta = theta - LR * m_hat / (v_hat**0.5 + EPS) - LR * decoupled * theta
        yield theta


def descent(
    theta: float, g: list[float], momentum: float = 0.0, l2: float = 0.0
) -> Iterator[float]:
    velocity = 0.0
    for g_t in g:
        velocity = momentum * velocity + g_t + l2 * theta
        theta = theta - LR * velocity
        yield theta


MOMENTS: dict[str, Any] = {"beta1": BETA1, "beta2": BETA2, "eps": EPS}
RULES: dict[str, tuple[Optimizer, Rule]] = {
    "adam": (Adam(LR, **MOMENTS), adam),
    "adam-l2": (Adam(LR, **MOMENTS, weight_decay=DECAY), lambda p, g: adam(p, g, l2=DECAY)),
    "adamw": (AdamW(LR, **MOMENTS, weight_decay=DECAY), lambda p, g: adam(p, g, decoupled=DECAY)),
    "adamw-no-decay": (AdamW(LR, **MOMENTS), adam),
    "sgd": (SGD(LR), descent),
    "sgd-momentum": (SGD(LR, momentum=MOMENTUM), lambda p, g: descent(p, g, MOMENTUM)),
    "sgd-l2": (SGD(LR, weight_decay=DECAY), lambda p, g: descent(p, g, l2=DECAY)),
    "sgd-both": (
        SGD(LR, momentum=MOMENTUM, weight_decay=DECAY),
        lambda p, g: descent(p, g, MOMENTUM, DECAY),
    ),
}
every_rule = pytest.mark.parametrize(("optimizer", "literal"), RULES.values(), ids=RULES)


@every_rule
def test_every_step_is_the_literal_one(optimizer: Optimizer, literal: Rule) -> None:
    params = double()
    state = optimizer.initial_state(params)
    steps = [softmax_gradients(t) for t in range(STEPS)]
    expected = {
        (name, at): list(literal(float(p[at]), [float(g[name][at]) for g in steps]))
        for name, p in params.items()
        for at in np.ndindex(p.shape)
    }
    for t, grads in enumerate(steps):
        params, state = optimizer.step(params, grads, state)
        for (name, at), values in expected.items():
            assert params[name][at] == pytest.approx(values[t], rel=1e-13, abs=1e-15)


@every_rule
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_keeps_dtype_and_changes_nothing_passed_in(
    optimizer: Optimizer, literal: Rule, dtype: Any
) -> None:
    params = {name: p.astype(dtype) for name, p in softmax_params().items()}
    given: list[ArrayDict] = [params, softmax_gradients(0, dtype), optimizer.initial_state(params)]
    for tree in given:
        for array in tree.values():
            array.flags.writeable = False
    copies = [{name: array.copy() for name, array in tree.items()} for tree in given]
    after = optimizer.step(given[0], given[1], given[2])
    assert trees_equal(tuple(given), tuple(copies))
    for tree, before in zip(after, (given[0], given[2]), strict=True):
        assert {n: (a.dtype, a.shape) for n, a in tree.items()} == {
            n: (a.dtype, a.shape) for n, a in before.items()
        }


def test_adams_first_step_is_the_learning_rate_whatever_the_scale() -> None:
    params = {"p": np.zeros(3)}
    optimizer = Adam(0.01)
    new, _ = optimizer.step(
        params, {"p": np.array([1e-3, 5.0, -2e4])}, optimizer.initial_state(params)
    )
    np.testing.assert_allclose(new["p"], [-0.01, -0.01, 0.01], rtol=1e-4)


def test_the_defaults_are_the_papers() -> None:
    optimizer = Adam(1e-3)
    assert optimizer == Adam(1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0)


W32 = {"W": np.ones(1, np.float32)}
RANGE = "eps of Adam on W: expected a number in [1.17549e-38, 3.40282e+38], got"
BAD: dict[str, tuple[Callable[[], object], str]] = {
    "eps too small": (lambda: Adam(0.1, eps=1e-50).initial_state(W32), f"{RANGE} 1e-50"),
    "eps too small for a step": (
        lambda: Adam(0.1, eps=1e-50).step(W32, W32, Adam(0.1).initial_state(W32)),
        f"{RANGE} 1e-50",
    ),
    "eps too large": (lambda: Adam(0.1, eps=1e50).initial_state(W32), f"{RANGE} 1e+50"),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_a_bad_option_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message in str(refused.value)


def step_with(optimizer: Optimizer, **changes: Any) -> Callable[[], object]:
    params = double()
    arguments: dict[str, Any] = {
        "params": params,
        "grads": softmax_gradients(0),
        "state": optimizer.initial_state(params),
    }
    return lambda: optimizer.step(**arguments | changes)


G = softmax_gradients(0)
BAD_STEPS: dict[str, tuple[Callable[[], object], str]] = {
    "no gradient": (
        step_with(Adam(LR), grads={}),
        "gradients of a step of Adam: expected the keys W, b; miss",
    ),
    "one missing": (
        step_with(SGD(LR), grads={"W": G["W"]}),
        "of a step of SGD: expected the keys W, b; missing",
    ),
    "one too many": (
        step_with(AdamW(LR), grads=G | {"c": G["b"]}),
        "AdamW: expected the keys W, b; unknown: c",
    ),
    "misshapen": (
        step_with(Adam(LR), grads=G | {"b": np.zeros(3)}),
        "b of the gradients of a step of Adam: expected shape (4,) and dtype float64, got an array",
    ),
    "precision": (
        step_with(SGD(LR), grads=softmax_gradients(0, np.float32)),
        "W of the gradients of a step of SGD: expected shape (3, 4) and dtype float64, got an",
    ),
    "a list": (
        step_with(SGD(LR), grads=G | {"b": [0.0]}),
        "of a step of SGD: expected an array, got",
    ),
    "no mapping": (
        step_with(Adam(LR), grads=None),
        "expected the keys W, b in a mapping, got None",
    ),
    "another's state": (
        step_with(Adam(LR), state=SGD(LR).initial_state(double())),
        "state of a step of Adam: expected the keys steps, m.W, m.b, v.W, v.b; missing: steps",
    ),
    "integer parameters": (
        lambda: Adam(LR).initial_state({"W": np.zeros(3, int)}),
        "W of Adam: expected dtype float32, float64, longdouble or complex, got int64",
    ),
    "parameters a list": (
        lambda: SGD(LR).initial_state([np.zeros(3)]),  # type: ignore[arg-type]
        "parameters of SGD: expected arrays in a mapping, got list",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD_STEPS.values(), ids=BAD_STEPS)
def test_what_does_not_fit_the_parameters_is_refused(
    call: Callable[[], object], message: str
) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message in str(refused.value)
