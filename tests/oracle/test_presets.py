"""Layers of presets and variants as backends: each answers the cases of its declaration."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest

import liaf_ref as lr
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import REFERENCE
from liaf_ref.oracle import run
from oracle import kernel_backend
from oracle.golden_sets import later_cases

SAME: dict[str, dict[str, Any]] = {  # a layer's options as a declaration has them
    "subtract": {"reset": "subtract"},
    "threshold": {"reset": "threshold"},
    "ternary": {"levels": "ternary"},
    "ternary, subtract": {"levels": "ternary", "reset": "subtract difference"},
}
GRADED: dict[str, Any] = {"levels": "ternary", "reset": "threshold"}
VARIANTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    **{name: (options, options) for name, options in SAME.items()},
    "I-LIF": ({"levels": 4, "reset": "subtract"}, {"levels": "integer 4", "reset": "subtract"}),
    "graded": ({"graded": True}, {"output": "graded"}),
    "graded, ternary, to v_th": (GRADED | {"graded": True}, GRADED | {"output": "graded"}),
}


class LayerKernel(NamedTuple):
    """The neurons of a case as layers with some options."""

    options: dict[str, Any]

    def _kernel(self, shape: Any, spike: Pair, act: Pair, s: int) -> Any:
        given = {"spike": spike} | self.options
        if act.value is spike.value:
            given.pop("graded", None)
            layer: Any = lr.DirectLIF(shape, output=act, **given)
        else:
            given |= {"act": act, "mode": "TR" if s else "NTR"}
            layer = lr.DirectLIAF(shape, **given)
        return layer.neuron.kernel(REFERENCE), layer.neuron.kernel_arguments

    def forward(self, I: Any, V: Any, p: Any, *how: Any) -> Any:
        """As the kernel."""
        kernel, arguments = self._kernel((math.prod(I.shape[2:]),), *how)
        return kernel.forward(I, V, p, *arguments)

    def backward(self, dY: Any, dV: Any, tape: Any, *how: Any) -> Any:
        """As the kernel."""
        kernel, arguments = self._kernel((math.prod(dY.shape[2:]),), *how)
        return kernel.backward(dY, dV, tape, *arguments)


def check(options: dict[str, Any], declaration: dict[str, Any]) -> Any:
    """The report on a reference whose neurons are layers with some options."""
    kernels = kernel_backend.PAPER_KERNELS._replace(neuron=LayerKernel(options))
    cases = later_cases(64, seed=4, ops=["neuron"], max_size=40)[::8]  # one neuron each
    return lr.check_backend(
        lambda case: kernel_backend.run(case, kernels), cases=cases, declaration=declaration
    )


@pytest.mark.parametrize("name", VARIANTS)
def test_a_relative_passes_as_declared(name: str) -> None:
    report = check(*VARIANTS[name])
    assert report.ok, report
    assert len(report.passed) == 8
    golden = [verdict.golden for verdict in report.verdicts]
    assert "failed" in [g.compare(run(g.case.astype("float32"))).status for g in golden]


@pytest.mark.parametrize("name", lr.presets)
def test_a_preset_answers_the_cases_of_its_declaration(name: str) -> None:
    preset = lr.presets[name]
    options = {k: v for k, v in preset.options.items() if k not in {"act", "mode"}}
    liaf = {"act": ["identity", "relu", "selu", "tanh"], **preset.declaration}
    report = check(options | {"decay": "alpha"}, liaf)
    assert report.ok, report
    assert len(report.passed) == 8


@pytest.mark.parametrize("name", lr.presets)
def test_a_preset_makes_every_liaf_layer(name: str) -> None:
    preset = lr.presets[name]
    for kind, sizes in (
        (lr.DenseLIAF, (4, 3)),
        (lr.DirectLIAF, ((3,),)),
        (lr.ConvLIAF, ((4, 4, 2), 3)),
        (lr.PoolingLIAF, ((4, 4, 2),)),
    ):
        layer = preset.make(kind, *sizes)
        X = np.ones((1, 2, *layer.in_shape))
        Y, _, tape = layer(layer.init(0), X)
        assert layer.backward(np.ones_like(Y), tape)[0].shape == X.shape


def test_a_preset_of_the_library_trains_the_logit_of_its_decay() -> None:
    params = lr.presets["genunit-2021"].make(lr.DenseLIAF, 4, 3).init(0, "float64")
    assert params["alpha_logit"] == pytest.approx(0.5)
    assert params["v_th"].shape == (1,)


SMOOTH = {"surrogate": {"shape": "arctan", "alpha": 2.0}}


@pytest.mark.parametrize(
    ("declared", "options", "name"),
    [
        ({"levels": "integer 4", "reset": "subtract"}, {"reset": "subtract"}, 'levels = "binary"'),
        (SMOOTH, {}, 'surrogate = "window"'),
    ],
)
def test_what_it_has_in_place_of_what_is_declared_is_named(
    declared: dict[str, Any], options: dict[str, Any], name: str
) -> None:
    report = check(options, {"act": ["spike"], **declared})
    assert name in report.diagnosis.explanations[0].names
