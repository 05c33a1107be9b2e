"""What the free draws are of: the pairs of options come from the covering array."""

from collections.abc import Mapping
from itertools import product

from liaf_ref.oracle.random_cases.options import CELLS, FACTORS, Value

_ALONE: Mapping[str, Value] = {
    "first": "core",
    "middle": None,
    "second": None,
    "readout": None,
    "loss": None,
}
_NEURON = {**_ALONE, "core": "neuron"}
_LAYER = {"core": "neuron", "second": None, "readout": None, "norm": None, "middle": None}

# Values that a case has to have; the others are drawn.  Each theme is as likely.
THEMES: tuple[Mapping[str, Value], ...] = (
    {**_NEURON, "exact": "yes", "T": "many"},
    {**_NEURON, "exact": "yes", "L": "many"},
    {**_NEURON, "exact": "yes", "layout": "plane"},
    {**_NEURON, "exact": "no"},
    {**_NEURON, "exact": "no", "v_th": "usual", "alpha": "between"},
    {**_LAYER, "exact": "yes", "synapses": "dense", "K": "many"},
    {**_LAYER, "exact": "yes", "synapses": "dense", "L": "many"},
    {**_LAYER, "exact": "no", "synapses": "dense"},
    {**_LAYER, "exact": "yes", "synapses": "embedding", "K": "many"},
    {**_LAYER, "exact": "yes", "synapses": "embedding", "L": "many"},
    {**_LAYER, "exact": "yes", "synapses": "conv"},
    {"exact": "yes", "synapses": "conv3d", "core": None, "norm": None},
    {"exact": "yes", "synapses": "conv", "core": None, "norm": None},
    {"exact": "yes", "synapses": "dense", "core": None, "K": "many"},
    {"exact": "yes", "readout": "concat"},
    {"exact": "yes", "loss": "mse"},
    {"exact": "yes", "second": "dense+neuron"},
    {"exact": "yes", "core": "neuron"},
    {**_ALONE, "core": "act", "scale": "large"},
    {**_ALONE, "core": "act", "scale": "huge"},
    {**_ALONE, "core": "act", "scale": "small"},
    {"layout": "logits", "scale": "large"},
    {"layout": "logits", "scale": "huge"},
    {"layout": "logits"},
    {"norm": "batch_norm", "core": None, "loss": None},
    {"norm": "layer_norm", "core": None, "loss": None},
    *({**_ALONE, "core": cell, "L": "few"} for cell in CELLS),
    {"middle": "max_pool", "core": None, "norm": None},
    {"middle": "average_pool", "core": None, "norm": None},
    {"optimizer": "sgd", "core": None},
    {},
)

# A neuron alone with every activation, mode, sharing and reset: more than pairs.
_FOUR = ("act", "mode", "sharing", "reset")
_VALUES = [[v for v in FACTORS[factor] if v is not None] for factor in _FOUR]
NEURONS: tuple[Mapping[str, Value], ...] = tuple(
    {**_NEURON, "B": "few", "T": "few", "L": "few", **dict(zip(_FOUR, values, strict=True))}
    for values in product(*_VALUES)
)
_LEAKS = ("half", "1", "negative")  # not 0: the gradient through the reset is to be seen
STRIDE = 29  # from one neuron to the next: neighbours differ in most options


LONG: Mapping[str, Value] = {**_NEURON, "exact": "yes", "T": "many", "alpha": "1"}
EVERY = 12  # cases: one with many steps, and one of
WIDE: tuple[Mapping[str, Value], ...] = (
    {**_LAYER, "exact": "yes", "synapses": "dense", "K": "many"},
    {**_LAYER, "exact": "yes", "synapses": "embedding", "K": "many"},
    {**_LAYER, "exact": "yes", "synapses": "dense", "core": None, "K": "many"},
    {**_LAYER, "exact": "yes", "synapses": "embedding", "L": "many"},
    {**_LAYER, "exact": "yes", "synapses": "dense", "L": "many"},
)
NEURON_EVERY = 4
READOUTS: tuple[Value, ...] = (None, "last", None, "mean")


def theme(i: int, drawn: int) -> Mapping[str, Value]:
    """The theme of case i after the covering array: a neuron, a large size, or a drawn one."""
    if i % EVERY == 2:
        return {**LONG, "readout": READOUTS[i // EVERY % len(READOUTS)]}
    if i % EVERY == 6:
        return WIDE[i // EVERY % len(WIDE)]
    if i % NEURON_EVERY == 1:
        k = i // NEURON_EVERY * STRIDE % len(NEURONS)
        return {**NEURONS[k], "alpha": _LEAKS[drawn % len(_LEAKS)]}
    return drawn_theme(drawn)


def drawn_theme(drawn: int) -> Mapping[str, Value]:
    """Any theme, each as likely."""
    return THEMES[drawn % len(THEMES)]
