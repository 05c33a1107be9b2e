"""The paper's variants: each gradient against four references, and what a spike does by hand."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from independent import variants as scalar
from independent.comparison import Array, assert_agree, assert_same

import liaf_ref as lr
from liaf_ref.kernels import neuron, spike
from liaf_ref.kernels.activation import relu
from liaf_ref.kernels.variants import neuron as kernel
from liaf_ref.kernels.variants.levels import BINARY, TERNARY, integer
from liaf_ref.kernels.variants.neuron import Variant
from liaf_ref.kernels.variants.output import analog
from liaf_ref.kernels.variants.reset import RESETS
from liaf_ref.oracle import layer_target
from liaf_ref.oracle.gradcheck import check_away_from_kinks
from liaf_ref.oracle.table import FLOAT64, FRACTION, PAPER, Numbers
from liaf_ref.oracle.table.functions import spike as table_spike
from liaf_ref.oracle.table.tape import T, backward, using


class Text(NamedTuple):
    """The options of a layer, and its lines as another author writes them."""

    options: dict[str, Any]
    rule: Any


VARIANTS = {
    "subtract": Text({"reset": "subtract"}, scalar.soft),
    "difference": Text({"reset": "subtract difference"}, scalar.soft_to_rest),
    "threshold": Text({"reset": "threshold"}, scalar.to_threshold),
    "none": Text({"reset": "none"}, scalar.no_reset),
    "ternary": Text({"levels": "ternary"}, scalar.ternary),
    "integer": Text({"levels": scalar.D, "reset": "subtract"}, scalar.integer),
    "integer, hard": Text({"levels": scalar.D}, scalar.integer_to_rest),
    "sigmoid": Text({"decay": "sigmoid"}, scalar.hard),
    "all": Text({"levels": scalar.D, "reset": "subtract", "decay": "sigmoid"}, scalar.integer),
}
OUTPUTS = {
    "lif": lambda F, U, v_th: F,
    "liaf": lambda F, U, v_th: U - v_th,
    "graded": lambda F, U, v_th: F * (U - v_th),
}
MU = 0.5
each = pytest.mark.parametrize("output", OUTPUTS)
every = pytest.mark.parametrize("name", VARIANTS)


def layer_of(name: str, output: str, fires: Any, shape: tuple[int, ...] = (2,)) -> Any:
    """Neurons with the options of a variant."""
    options = VARIANTS[name].options | {"spike": fires, "sharing": "non"}
    if output == "lif":
        return lr.DirectLIF(shape, **options)
    return lr.DirectLIAF(shape, graded=output == "graded", **options)


@each
@every
@pytest.mark.parametrize("mode", ["complex", "relaxed", "hard"])
def test_complex_step_and_differences(mode: str, name: str, output: str) -> None:
    def target(rng: np.random.Generator) -> Any:
        return layer_target(lambda fires: layer_of(name, output, fires, (1,)), rng, B=2, T=4)

    report, _ = check_away_from_kinks(target, mode, MU, seed=5)
    assert report.passed, report


def draw(name: str, dyadic: bool) -> tuple[dict[str, Array], dict[str, Array]]:
    """Input, V^0 and parameters of a layer of two neurons, and the gradient of its results."""
    rng, B, T, L = np.random.default_rng(7), 6, 3, 2
    integers = {  # in eighths where numbers are dyadic
        "I": rng.integers(-12, 20, (B, T, L)),
        "V": rng.integers(-4, 4, (B, L)),
        "v_th": 2 * rng.integers(1, 4, L),
        "v_reset": rng.integers(-3, 3, L),
        "beta": rng.integers(-2, 3, L),
        "dY": rng.integers(-8, 9, (B, T, L)),
        "dV": rng.integers(-8, 9, (B, L)),
    }
    noise = 0.0 if dyadic else 0.01  # then no number is a tie
    given = {k: a / 8 + noise * rng.normal(size=a.shape) for k, a in integers.items()}
    logit = "alpha_logit" if VARIANTS[name].options.get("decay") else "alpha"
    given[logit] = np.full(L, 0.5) + noise * rng.normal(size=L)
    return given, {key: given.pop(key) for key in ("dY", "dV")}


def by_layer(name: str, output: str, dyadic: bool) -> dict[str, Array]:
    """Results and gradients of the layer."""
    given, up = draw(name, dyadic)
    layer = layer_of(name, output, spike.paper(MU))
    params = {k: given[k] for k in layer.param_shapes()}
    Y, (V,), tape = layer.forward(params, given["I"], (given["V"],))
    dI, (dV,), grads = layer.backward(up["dY"], tape, (up["dV"],))
    return {"Y": Y, "VT": V, "I": dI, "V": dV, **grads}


def by_tape(name: str, output: str, numbers: Numbers, dyadic: bool) -> dict[str, Array]:
    """The same by a tape, which has no backward pass of the neuron."""
    given, up = draw(name, dyadic)
    with using(numbers):
        leaves = {k: T(numbers.make(a)) for k, a in given.items()}
        rule = VARIANTS[name].rule, lambda x: table_spike(x, MU, text=PAPER)
        Y, VT = scalar.run(leaves["I"], leaves["V"], leaves, rule, OUTPUTS[output])
        backward([(Y, numbers.make(up["dY"])), (VT, numbers.make(up["dV"]))])
        return {"Y": Y.v, "VT": VT.v, **{k: leaf.gradient for k, leaf in leaves.items()}}


@each
@every
def test_a_tape_on_independent_text(name: str, output: str) -> None:
    found, expected = by_layer(name, output, False), by_tape(name, output, FLOAT64, False)
    assert found.keys() == expected.keys()
    for key, array in expected.items():
        assert_agree(key, found[key], array.astype(float), 1e-13)


@each
@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in {"sigmoid", "all"}])
def test_fractions_with_ties_and_edges(name: str, output: str) -> None:
    found, expected = by_layer(name, output, True), by_tape(name, output, FRACTION, True)
    for key, array in expected.items():
        assert_same(key, found[key], array.astype(float))


def test_the_dyadic_sample_has_ties_and_edges() -> None:
    given, _ = draw("integer", dyadic=True)
    U = given["I"][:, 0] + given["V"]
    steps = {"integer": (0.5, 1.5, 2.5), "ternary": (1, -1)}
    for multiples in steps.values():
        x = np.stack([U - multiple * given["v_th"] for multiple in multiples])
        assert (x == 0).any()
        assert (abs(x) == MU).any()


@pytest.mark.parametrize("act", [relu, spike.paper(0.3)], ids=["liaf", "lif"])
def test_the_papers_neuron_is_the_variant_that_replaces_nothing(act: Any) -> None:
    rng = np.random.default_rng(3)
    I, V = rng.normal(size=(2, 6, 4)), rng.normal(size=(2, 4))
    p = neuron.Params(*(rng.uniform(0.1, 0.6, 4) for _ in range(4)))
    how = spike.paper(0.3), act, neuron.TR
    variant = Variant(BINARY, RESETS["v_reset"], analog, how[0])
    Y, VT, tape = neuron.forward(I, V, p, *how)
    Y2, VT2, tape2 = kernel.forward(I, V, p, *how, variant)
    assert_same("Y", Y2, Y)
    assert_same("VT", VT2, VT)
    back = neuron.backward(Y, VT, tape, *how), kernel.backward(Y, VT, tape2, *how, variant)
    for name, found, expected in zip(("dI", "dV"), back[1][:2], back[0][:2], strict=True):
        assert_agree(name, found, expected, 1e-15)
    for name, found, expected in zip(p._fields, back[1][2], back[0][2], strict=True):
        assert_agree(name, found, expected, 1e-14)


def outputs(layer: Any, *inputs: float) -> list[float]:
    """What one neuron sends."""
    given = np.array(inputs).reshape(1, -1, 1)
    return list(map(float, layer(layer.init(0), given)[0].ravel()))


@pytest.mark.parametrize(
    ("reset", "expected"),
    [
        ("v_reset", [0.75, 0.5, 0.5]),
        ("subtract", [0.75, 0.625, 0.5625]),
        ("threshold", [0.75, 0.75, 0.75]),
        ("none", [0.75, 0.875, 0.9375]),
    ],
)
def test_what_a_spike_leaves(reset: str, expected: list[float]) -> None:
    layer = lr.DirectLIAF((1,), mode="NTR", v_th=0.5, alpha=0.5, reset=reset)
    assert outputs(layer, 0.75, 0.5, 0.5) == expected


@pytest.mark.parametrize("v_th", [0.5, 0.0, -0.5])
def test_what_fires_by_the_sign_of_the_threshold(v_th: float) -> None:
    U = np.arange(-16, 17) / 8  # every step and tie of the levels is among them
    with np.errstate(all="ignore"):
        rounded = np.clip(np.floor(U / v_th + 0.5), 0, 2) if v_th else 2.0 * (U >= 0)
    if v_th < 0:  # the steps are in reverse order
        rounded = np.sum([v_th * m <= U for m in (0.5, 1.5)], axis=0)
    both = abs(U) <= -v_th  # only for v_th <= 0
    ternary = np.where(both, 0, np.sign(U) * (abs(U) >= v_th))
    expected = {
        BINARY: (v_th <= U, v_th <= U),
        TERNARY: (ternary, np.where(both, 2, abs(U) >= v_th)),
        integer(2): (rounded, v_th / 2 <= U),
    }
    for levels, (F, G) in expected.items():
        fired, opened = kernel.fire(U, np.array([v_th]), levels, spike.paper(MU))
        assert (fired == F).all()
        assert (opened == G).all()
        if v_th > 0:
            assert (opened == (fired != 0)).all()


def test_a_graded_spike_has_a_size() -> None:
    graded = lr.DirectLIAF((1,), mode="NTR", graded=True, alpha=0.0)
    assert outputs(graded, -0.75, 0.25, 0.75) == [0, 0, 0.75]


def test_a_detached_reset_leaves_the_gradient_of_the_output() -> None:
    dI = []
    for fires in (spike.paper(MU), spike.detached()):
        layer = lr.DirectLIF((1,), spike=fires, output=spike.paper(MU), alpha=0.0, levels=2)
        Y, _, tape = layer.forward(layer.init(0, "float64"), np.array([[[0.2], [0.9], [3.0]]]))
        dI.append(layer.backward(np.ones_like(Y), tape)[0].ravel().tolist())
    assert dI == [[1, 1, 0], [1, 1, 0]]


def test_a_decay_through_a_sigmoid_starts_at_alpha() -> None:
    layer = lr.DirectLIF((2,), decay="sigmoid", alpha=0.25)
    params = layer.init(0, "float64")
    assert "alpha" not in params
    assert layer.kernel_params(params).alpha == pytest.approx([0.25, 0.25], rel=1e-15)
