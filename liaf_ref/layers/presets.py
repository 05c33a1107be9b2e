"""Other people's LIAF neurons by name: the options of a layer, and what their code differs in."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window, step
from liaf_ref.kernels.surrogate import Gaussian, surrogate
from liaf_ref.kernels.variants.spikes import Scaled, strict

T = TypeVar("T")


@dataclass(frozen=True)
class Preset:
    """A LIAF neuron as somebody's code has it: options of a layer, and a declaration of it."""

    about: str  # whose it is, and what is not part of it
    source: str  # where its equations were read
    options: Mapping[str, Any] = field(default_factory=dict)  # keyword arguments of a LIAF layer
    fixed: tuple[str, ...] = ()  # parameters that the code does not train by default
    declaration: Mapping[str, Any] = field(default_factory=dict)  # for liaf_ref.oracle.declare

    def make(self, layer: Callable[..., T], *sizes: Any, **options: Any) -> T:
        """A LIAF layer, such as ``lr.DenseLIAF``, of these sizes; options replace the preset's."""
        return layer(*sizes, **{**self.options, **options})


GENUNIT = "lyh983012/SNN-genunit"
SELU = {"act": "selu", "mode": "NTR", "sharing": "all"}
RELU = SELU | {"act": "relu"}


def _lists(options: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: [options[name]] for name in ("act", "mode")}


presets: dict[str, Preset] = {
    "paper": Preset(
        "The paper's neuron; its own options are the defaults of the layers.",
        "arXiv:2011.06176, Eqs. (3)-(13)",
    ),
    "genunit-2020": Preset(
        "The third author's scripts of 2020: nothing but weights is trained; no norm.",
        f"{GENUNIT} @9ca649a, example/gesture_expstep/step1.py",
        SELU | {"spike": Pair(strict, Window(0.5)), "v_th": 0.3, "alpha": 0.3, "reset": "zero"},
        Params._fields,
        {"fires": ">", "reset": "zero", "reset_gradient": "always", **_lists(SELU)}
        | {"surrogate": {"shape": "window", "mu": 0.5}},
    ),
    "genunit-2021": Preset(
        "The third author's library of 2021: a detached reset, and the decay as the sigmoid of "
        "a scalar, at first 0.5.",
        f"{GENUNIT} @403ca49, LIAF.py",
        SELU
        | {"spike": Pair(strict, Window(0.0)), "v_th": 0.5, "reset": "zero"}
        | {"decay": "sigmoid", "alpha": 1 / (1 + math.exp(-0.5))},
        ("v_th", "v_reset", "beta"),
        {"fires": ">", "reset": "zero", "reset_gradient": "never", **_lists(SELU)},
    ),
    "bidl": Preset(
        "BIDL of Lynxi: an optional batch norm of U within the time loop is not part of it.",
        "LynxiTech/BIDL @94e5389, layers/lif.py and layers/gradient_approx.py",
        RELU | {"spike": Pair(strict, Window(0.5)), "v_th": 0.5, "alpha": 0.3},
        Params._fields,
        {"fires": ">", "reset_gradient": "always", **_lists(RELU)}
        | {"surrogate": {"shape": "window", "mu": 0.5}},
    ),
    "spikingjelly": Preset(
        "SpikingJelly's LIAFNode with tau = 2 and decay_input=False; with the default, True, "
        "multiply the weights by 1 / tau. Its user chooses Act and the mode.",
        "spikingjelly 2.0.0, activation_based.neuron.LIAFNode",
        {"spike": surrogate("sigmoid", 0.5), "v_th": 1.0, "alpha": 0.5, "sharing": "all"},
        Params._fields,
        {"reset_gradient": "always", "surrogate": {"shape": "sigmoid", "alpha": 4.0}},
    ),
    "ma-snn": Preset(
        "MA-SNN (Attention-SNN): a spike leaves the threshold; V_reset is not used.",
        "BICLab/Attention-SNN @b3476f7, MA_SNN/module/LIF.py",
        RELU
        | {"spike": Pair(step, Scaled(Window(0.25), 2.0)), "v_th": 0.3, "alpha": 0.3}
        | {"reset": "threshold"},
        Params._fields,
        {"reset": "threshold", "reset_gradient": "always", **_lists(RELU)}
        | {"surrogate": {"shape": "window", "mu": 0.25, "scale": 2.0}},
    ),
    "matterhorn": Preset(
        "Matterhorn's LIAF with tau = 2, whose input is multiplied by 1 / tau: do so with the "
        "weights. Act is of U - u_rest.",
        "xjtuiair-cag/Matterhorn, matterhorn_pytorch/snn/soma.py and firing.py",
        RELU
        | {
            "spike": Pair(
                step,
                Scaled(Gaussian(0.4 * math.sqrt(math.pi / 2)), 2.5 / math.sqrt(2 * math.pi)),
            ),
            "v_th": 1.0,
            "alpha": 0.5,
        },
        Params._fields,
        {"reset_gradient": "always", **_lists(RELU)}
        | {"surrogate": {"shape": "gaussian", "sigma": 0.4}},
    ),
}
