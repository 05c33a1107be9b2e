"""What the neuron layers let one choose: sharing, mode, activation, spike, first values."""

import numpy as np
import pytest

from layers.samples import L, X, params
from liaf_ref import layers
from liaf_ref.kernels import spike
from liaf_ref.kernels.neuron import Params

FIELDS = list(Params._fields)


@pytest.mark.parametrize(
    ("sharing", "shape", "expected"),
    [
        ("all", (L,), (1,)),
        ("channel", (L,), (L,)),
        ("non", (L,), (L,)),
        ("all", (2, 3, L), (1,)),
        ("channel", (2, 3, L), (L,)),
        ("non", (2, 3, L), (2, 3, L)),
    ],
)
def test_sharing_decides_the_size_of_the_four_parameters(
    sharing: str, shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    layer = layers.DirectLIAF(shape, sharing=sharing)
    assert layer.param_shapes() == dict.fromkeys(FIELDS, expected)
    assert layer.count_params() == 4 * int(np.prod(expected))


def test_the_output_path_may_have_a_slope_of_its_own() -> None:
    plain = layers.DirectLIF((L,))
    closed = layers.DirectLIF((L,), output=spike.detached())
    p, x = params(plain), X(plain)
    Y, _, tape = plain.forward(p, x)
    Y2, _, tape2 = closed.forward(p, x)
    assert (Y == Y2).all()
    dY = np.ones_like(Y)
    assert plain.backward(dY, tape)[0].any()
    assert not closed.backward(dY, tape2)[0].any()


@pytest.mark.parametrize("forms", [layers.REFERENCE, layers.FAST], ids=["definition", "fast"])
def test_the_last_output_alone_is_the_last_of_all(forms: layers.KernelSet) -> None:
    layer = layers.DirectLIAF((4,), act="selu")
    rng = np.random.default_rng(3)
    inputs, p = rng.normal(size=(2, 5, 4)).astype(np.float32), layer.init(rng, np.float32)
    state = layer.zeros(2, np.float32)
    Y, (V,), saved = layer.run(p, inputs, state, forms)
    y, (V_last,), saved_last = layer.run_last(p, inputs, state, forms)
    assert isinstance(Y, np.ndarray)
    np.testing.assert_array_equal(y, Y[:, -1])
    np.testing.assert_array_equal(V_last, V)
    dy, dV = np.cos(y), (np.sin(V),)
    dY = np.zeros_like(Y)
    dY[:, -1] = dy
    last = layer.back_last(dy, dV, saved_last, 5, forms)
    for one, whole in zip(last[:2], layer.back(dY, dV, saved, forms)[:2], strict=True):
        np.testing.assert_array_equal(one, whole)


@pytest.mark.parametrize(
    ("made", "call"),
    [
        (layers.DenseLIAF(5, 3, act="relu", mu=0.3), "DenseLIAF(5, 3, act='relu', mu=0.3)"),
        (layers.ConvLIF((4, 4, 2), 3, bias=False), "ConvLIF((4, 4, 2), 3, bias=False)"),
        (layers.LSTM(3, 4, forget_bias=0.5), "LSTM(3, 4, forget_bias=0.5)"),
        (layers.ConvLSTM((4, 4, 2), 3, (1, 3)), "ConvLSTM((4, 4, 2), 3, kernel=(1, 3))"),
        (
            layers.Driven(layers.Flatten((2, 1, 2)), layers.ElmanCell(4)),
            "Driven(Flatten((2, 1, 2)), ElmanCell(4))",
        ),
        (layers.Driven(layers.Dense(3, 4), layers.DirectLIF((4,))), "DenseLIF(3, 4)"),
    ],
    ids=str,
)
def test_a_layer_prints_as_the_call_that_makes_it(made: layers.Layer, call: str) -> None:
    assert repr(made) == call
    assert eval(call, vars(layers).copy()) == made  # noqa: S307 - of this test's own text
