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
from liaf_ref.kernels.variants.levels import BINARY
from liaf_ref.kernels.variants.neuron import Variant
from liaf_ref.kernels.variants.output import analog
from liaf_ref.kernels.variants.reset import RESETS
from liaf_ref.oracle import layer_target
from liaf_ref.oracle.gradcheck import check_away_from_kinks
from liaf_ref.oracle.table import FLOAT64, FRACTION, Numbers
from liaf_ref.oracle.table.functions import spike as table_spike
from liaf_ref.oracle.table.numbers import using
from liaf_ref.oracle.table.tape import T, backward


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
        I, V, rule = leaves["I"], leaves["V"], (VARIANTS[name].rule, lambda x: table_spike(x, MU))
        Y, VT = scalar.run(I, V, leaves, rule, OUTPUTS[output])
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
