"""Parameters that are fixed: nothing moves them, and they have no part in a norm."""

from typing import Any

import numpy as np
import pytest
from support import Softmax, examples, numbers, same

from liaf_ref.errors import InputError
from liaf_ref.kernels import loss
from liaf_ref.training.fixed import Fixed, without
from liaf_ref.training.loop import Settings, start, train
from liaf_ref.training.optimisers import SGD, Adam, Optimiser

FIXED = frozenset({"b"})
RULES = [Adam(0.03, weight_decay=0.2), SGD(0.03, 0.7, 0.2)]


@pytest.mark.parametrize("rule", RULES)
def test_fixed_parameters_stay_and_the_others_step_as_without_them(rule: Optimiser) -> None:
    params, grads = numbers(), {name: np.cos(p) for name, p in numbers().items()}
    params["b"] += 1  # that decay would move it
    fixed = Fixed(rule, FIXED)
    state, alone = fixed.start(params), rule.start({"W": params["W"]})
    for _ in range(3):
        wanted, alone = rule.step({"W": params["W"]}, {"W": grads["W"]}, alone)
        moved, state = fixed.step(params, grads, state)
        assert list(moved) == list(params)
        assert same(moved["b"], params["b"])
        assert same((moved["W"], state), (wanted["W"], alone))
        params = moved
    assert not any(name.endswith(".b") for name in state)


def test_a_share_of_the_rate_is_the_rules() -> None:
    scaled = Fixed(RULES[0], FIXED).scaled(0.5)
    assert (scaled.lr, scaled.names) == (0.015, FIXED)
    assert scaled.rule == RULES[0].scaled(0.5)


def test_what_is_no_rule_is_refused() -> None:
    with pytest.raises(InputError, match="optimiser of training"):
        Fixed("adam", FIXED)  # type: ignore[arg-type]


@pytest.mark.parametrize("names", ["conv1.b", {"b", 1}, None])
def test_what_are_no_names_is_refused(names: Any) -> None:
    for make in (lambda: Fixed(SGD(1.0), names), lambda: without(Softmax(), names)):
        with pytest.raises(InputError, match="names of the fixed parameters: expected a set of na"):
            make()


def test_a_name_that_no_parameter_has_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        Fixed(SGD(1.0), FIXED | {"c"}).start(numbers())
    said = "names of the fixed parameters: expected names of parameters, got c, which none has"
    assert str(refused.value) == said


def test_any_row_of_names_is_a_set_of_them() -> None:
    assert Fixed(SGD(1.0), ["b"]) == Fixed(SGD(1.0), FIXED)  # type: ignore[arg-type]


def test_a_clipped_norm_is_of_what_is_trained() -> None:
    data, rule = examples(12), Fixed(SGD(1.0), FIXED)
    state = start(numbers(), rule, np.random.default_rng(0))
    passes = without(Softmax(), FIXED)
    settings = Settings(epochs=1, batch_size=12, clip=1e-3)
    first = next(iter(train(passes, loss, rule, (data, data), settings, state)))
    step = first.state.params["W"] - numbers()["W"]
    np.testing.assert_allclose(np.linalg.norm(step), 1e-3, rtol=1e-3)
    assert same(first.state.params["b"], numbers()["b"])


def test_without_names_the_passes_are_the_networks() -> None:
    network = Softmax()
    assert without(network, frozenset()) is network
