"""Layers in a row are the layers one after the other, kept in full or frugally."""

from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from support import same

from layers.rows import (
    FULL,
    ROWS,
    SHAPE,
    SPIKE,
    Parts,
    analog,
    at_once,
    binary,
    by_hand,
    given,
    nested,
    own,
    recurrent,
)
from layers.samples import B, T, X, params, state
from liaf_ref import layers
from liaf_ref.kernels import im2col
from liaf_ref.layers import (
    DEFINITION,
    BatchNorm,
    Chain,
    Dense,
    Dropout,
    Frugal,
    LayerNorm,
    Part,
    Tape,
)
from liaf_ref.layers.forms import forms_for
from liaf_ref.oracle import gradchecker
from liaf_ref.oracle.gradchecker.catalogue import check_away_from_kinks

every_row = pytest.mark.parametrize("parts", ROWS.values(), ids=ROWS)
every_kind = pytest.mark.parametrize("kind", [Chain, Frugal])
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@every_row
@every_kind
@every_dtype
@pytest.mark.parametrize("what", ["nothing", "training", "evaluation"])
def test_a_chain_is_its_layers_one_after_the_other(
    parts: Parts, kind: type[Chain], dtype: Any, what: str
) -> None:
    """To the bit, and frugally too: what is run again is what ran before."""
    chain = kind(parts(SPIKE))
    p, x, first, more = (
        params(chain, dtype),
        X(chain, dtype),
        state(chain, dtype),
        given(chain, dtype, what),
    )
    assert same(at_once(chain, p, x, first, more), by_hand(chain, p, x, first, more))


@every_row
@every_kind
@every_dtype
def test_the_parameters_alone_have_the_gradients_of_the_whole(
    parts: Parts, kind: type[Chain], dtype: Any
) -> None:
    chain = kind(parts(SPIKE))
    Y, last, tape = chain.forward(
        params(chain, dtype), X(chain, dtype), given=given(chain, dtype, "training")
    )
    dY, d_last = np.cos(Y), tuple(np.sin(end) for end in last)
    alone, whole = chain.adjoint_params(dY, d_last, tape), chain.adjoint(dY, d_last, tape)[2]
    if dtype == np.float64:
        assert same(alone, whole)
    assert list(alone) == list(whole)
    for name, grad in whole.items():  # a twin may sum some hundred terms in another order
        bound = 500 * np.finfo(dtype).eps * abs(grad).max()
        np.testing.assert_allclose(alone[name], grad, rtol=0, atol=bound, err_msg=name)


@every_kind
def test_the_inputs_gradient_is_left_out(kind: type[Chain]) -> None:
    chain = kind(analog(SPIKE))
    alone: dict[str, Any] = {"forward": im2col.forward, "backward_params": im2col.backward_params}
    forms = DEFINITION._replace(conv=cast(Any, SimpleNamespace(**alone)))
    Y, last, tape = chain.forward(params(chain), X(chain), forms=forms)
    assert list(chain.adjoint_params(np.ones_like(Y), last, tape)) == list(chain.shapes())
    with pytest.raises(AttributeError, match="backward"):
        chain.adjoint(np.ones_like(Y), last, tape)


@pytest.mark.parametrize("mode", gradchecker.MODES)
@pytest.mark.parametrize("parts", [binary, nested])
def test_gradients_in_every_entry(parts: Parts, mode: str) -> None:
    def subject(rng: np.random.Generator) -> gradchecker.GradcheckTarget:
        return gradchecker.layer_target(lambda spike: Frugal(parts(spike)), rng, 2, 2)

    report, _ = check_away_from_kinks(subject, mode, 0.5, 0)
    report.assert_passed()


def test_parameters_are_named_counted_and_drawn_by_part() -> None:
    chain = Chain(nested(SPIKE))
    first = Dense(2, 2).init(np.random.default_rng(3))
    assert list(chain.shapes()) == [
        *("below.norm.gamma", "below.norm.b", "below.fall.W", "below.fall.b"),
        *("inner.rise.W", "inner.rise.b"),
        *(f"inner.node.{name}" for name in ("v_th", "v_reset", "alpha", "beta")),
        *("elman.W", "elman.b", "elman.U"),
    ]
    assert chain.count() == sum(layer.count() for _, layer in chain.parts) == 4 + 6 + 9 + 12 + 12
    assert same(chain.init(np.random.default_rng(3))["below.fall.W"], first["W"])
    assert (chain.in_shape, chain.out_shape) == ((2,), (2,))


def test_states_are_those_of_the_layers_in_their_order() -> None:
    chain = Chain(recurrent(SPIKE))
    assert [part.shape for part in chain.start(B, np.float32)] == [
        *[(B, *FULL)] * 2,
        *[(B, 2)] * 2,
    ]
    p, x = params(chain), X(chain)
    _, last, _ = chain.forward(p, x)
    Y = layers.ConvLSTM(SHAPE, 3).forward(own(p, "conv1"), x)
    assert same(last[:2], Y[1])


def test_synapses_and_dynamics_are_stages_apart_and_nothing_else_is() -> None:
    chain = Chain(binary(SPIKE))
    pooling = layers.PoolingLIAF(FULL, act="selu", mode="NTR", spike=SPIKE)
    assert [name for name, _ in chain.stages] == [
        *("conv1", "norm1", "node1", "pool1", "pool1", "max"),
    ]
    assert [layer for _, layer in chain.stages][3:5] == [pooling.synapse, pooling.dynamics]


@every_kind
def test_tapes_are_those_of_the_stages(kind: type[Chain]) -> None:
    chain = kind(binary(SPIKE))
    _, _, tape = chain.forward(params(chain), X(chain))
    assert [name for name, _ in chain.tapes(tape)] == [name for name, _ in chain.stages]
    statistics = dict(chain.tapes(tape))["norm1"].kernel.statistics
    assert statistics.m.shape == (1, T, 1, 1, 3)


@every_kind
def test_a_run_goes_stage_by_stage(kind: type[Chain]) -> None:
    chain = kind(analog(SPIKE))
    p, x = params(chain), X(chain)
    steps = list(chain.run(p, x, chain.zeros(B, x.dtype), DEFINITION))
    assert [step.layer for step in steps] == [layer for _, layer in chain.stages]
    assert same(steps[0].X, x)
    assert all(above.X is below.Y for below, above in pairwise(steps))
    assert same(steps[-1].Y, chain.forward(p, x)[0])


LIGHT = {
    "norm": (LayerNorm((3,)), lambda tape: tape.kernel is None),
    "conv": (layers.Conv2D(SHAPE, 2), lambda tape: tape.kernel is None),
    "act": (layers.Activation((3,)), lambda tape: tape.kernel is None),
    "batch norm": (
        BatchNorm((3,)),
        lambda tape: tape.kernel.tape is None and tape.kernel.statistics.m.size == 3,
    ),
    "drop": (Dropout((3,)), lambda tape: tape.kernel is None),
}


@pytest.mark.parametrize(("layer", "is_light"), LIGHT.values(), ids=LIGHT)
def test_what_a_light_tape_has_lost_is_remembered(
    layer: layers.Layer, is_light: Callable[[Tape], bool]
) -> None:
    p, x, forms = params(layer), X(layer), forms_for(np.float64)
    Y, _, tape = layer.apply(p, x, (), forms)
    assert is_light(layer.light(tape))
    again = layer.remember(p, x, forms)
    assert same(layer.adjoint(np.cos(Y), (), again), layer.adjoint(np.cos(Y), (), tape))


class Counted:
    """Neurons or norms, and how often they ran."""

    def __init__(self, kernel: Any) -> None:
        self.kernel, self.runs = kernel, 0
        self.backward = kernel.backward

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kernel, name)

    def forward(self, *args: Any) -> Any:
        self.runs += 1
        return self.kernel.forward(*args)


@pytest.mark.parametrize(("kind", "runs"), [(Chain, 1), (Frugal, 2)])
def test_what_has_a_state_never_runs_twice(kind: type[Chain], runs: int) -> None:
    """And what lies between once more, in the backward pass of the frugal one alone."""
    neurons, norms = Counted(DEFINITION.neuron), Counted(DEFINITION.norm)
    forms = DEFINITION._replace(neuron=cast(Any, neurons), norm=cast(Any, norms))
    chain = kind(binary(SPIKE))
    Y, _, tape = chain.forward(params(chain), X(chain), forms=forms)
    assert (neurons.runs, norms.runs) == (2, 1)
    chain.backward(Y, tape)
    assert (neurons.runs, norms.runs) == (2, runs)


def deep(kind: type[Chain], K: int, pooled: bool) -> Chain:
    """A dear convolution, its neurons behind a normalisation and, at choice, a pooling."""
    conv, wide = layers.Conv2D((4, 4, K), 8), (4, 4, 8)
    node = (2, 2, 8) if pooled else wide
    parts = [Part("conv", conv), Part("norm", LayerNorm(wide))]
    parts += [Part("pool", layers.AveragePool(wide, (2, 2)))] if pooled else []
    return kind((*parts, Part("node", layers.DirectLIF(node))), "a test")


@pytest.mark.parametrize(
    ("K", "pooled", "runs"),
    [
        (16, True, 1),  # 144 products a number, and there is room
        (14, True, 2),  # 126 products
        (16, False, 2),  # potentials as large as the output: no room
    ],
)
def test_a_dear_convolution_is_kept_while_there_is_room(K: int, pooled: bool, runs: int) -> None:
    convs = Counted(DEFINITION.conv)
    forms = DEFINITION._replace(conv=cast(Any, convs))
    chain = deep(Frugal, K, pooled)
    Y, _, tape = chain.forward(params(chain), X(chain), forms=forms)
    assert convs.runs == 1
    dX = chain.backward(Y, tape)
    assert convs.runs == runs
    whole = deep(Chain, K, pooled)
    Y, _, tape = whole.forward(params(whole), X(whole), forms=DEFINITION)
    assert same(dX, whole.backward(Y, tape))


def test_the_mean_over_time_is_one_step() -> None:
    layer = layers.Sumlayer((3,))
    x = X(layer)
    Y, _, tape = layer.forward({}, x)
    dX, _, _ = layer.backward(Y, tape)
    np.testing.assert_allclose(Y, x.sum(axis=1, keepdims=True) / T, rtol=1e-14)
    np.testing.assert_allclose(dX, np.repeat(Y / T, T, axis=1), rtol=1e-15)
