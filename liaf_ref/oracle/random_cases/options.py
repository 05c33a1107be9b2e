"""What a random case chooses: factors with their values, and which values go together.

A value is None where a case has nothing to choose: the kernel of a network without convolution.
"""

from collections.abc import Collection, Mapping
from typing import TypeAlias

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import did_you_mean
from liaf_ref.oracle.opset import ACTIVATIONS, LOSSES, OPS, OPTIMIZERS

Value: TypeAlias = str | None
Choice: TypeAlias = Mapping[str, Value]  # one value of each factor

_NEURON = OPS["neuron"].options
FACTORS: Mapping[str, tuple[Value, ...]] = {
    # The network: synapses, norm, middle, core, second layer, readout, loss.
    "first": ("synapses", "norm", "middle", "core", "readout"),  # which of them there is
    "synapses": (None, "dense", "embedding", "conv", "conv3d"),
    "norm": (None, "layer_norm", "batch_norm"),
    "middle": (None, "average_pool", "max_pool", "dropout", "flatten"),
    "core": (None, "neuron", "rnn", "lstm", "gru", "convlstm", "act"),
    "second": (None, "neuron", "dense+neuron"),
    "readout": (None, "given", "last", "mean", "concat"),  # given: the logits are the input
    "loss": (None, *LOSSES),
    "optimizer": (None, *OPTIMIZERS),
    # Options of its nodes.
    "act": (None, *_NEURON["act"].values),
    "mode": (None, *_NEURON["mode"].values),
    "sharing": (None, *_NEURON["sharing"].values),
    "reset": (None, *_NEURON["reset"].values),
    "mu": (None, "0.5", "0.25", "0.3", "1", "wide"),
    "bias": (None, "with", "without"),
    "kernel": (None, "1", "2", "3", "uneven"),
    "stride": (None, "1", "equal", "uneven"),
    "pad": (None, "same", "none", "uneven"),
    "windows": (None, "squares", "overlap", "uneven"),
    "axes": (None, "HWL", "L", "BTHW", "BHW", "BT", "B"),
    "statistics": (None, "batch", "running"),
    # Sizes.
    "layout": ("logits", "vector", "plane"),
    "B": ("1", "few", "many"),
    "T": (None, "1", "few", "many"),
    "L": ("1", "few", "many"),
    "K": (None, "1", "few", "many"),
    "plane": (None, "1x1", "square", "uneven"),
    # Numbers.
    "exact": ("yes", "no"),
    "alpha": (None, "0", "1", "half", "between", "above 1", "negative", "mixed"),
    "v_th": (None, "usual", "negative", "large", "zero", "mixed"),
    "v_reset": (None, "usual", "above v_th"),
    "scale": (None, "usual", "large", "huge", "small"),
    "final state": (None, "kept", "discarded"),
}
NOT_IN_LOW_PRECISION: Mapping[str, Collection[Value]] = {  # beyond the range, or never bounded
    "scale": ("large", "huge", "small"),
    "optimizer": ("adam", "adamw"),
    "T": ("many",),
}
NOT_IN_FIXED_POINT: Mapping[str, Collection[Value]] = {  # exp, a root, a quotient, or two readers
    "norm": ("layer_norm", "batch_norm"),
    "middle": ("dropout",),
    "core": ("rnn", "lstm", "gru", "convlstm"),
    "act": ("selu", "tanh", "sigmoid"),
    "readout": ("given", "concat"),
    "loss": tuple(LOSSES),
    "optimizer": tuple(OPTIMIZERS),
    "layout": ("logits",),
    "scale": ("large", "huge", "small"),
}
STRUCTURE = ("synapses", "norm", "middle", "core", "second", "readout", "loss", "optimizer")
GRADUAL = ("selu", "tanh", "sigmoid")  # activations that round
CELLS = ("rnn", "lstm", "gru", "convlstm")
NOTHING = (None,)


def _some(factor: str, *without: Value) -> tuple[Value, ...]:
    """All values of a factor but None and some others."""
    return tuple(v for v in FACTORS[factor] if v is not None and v not in without)


# "If a factor has one of these values, the other factor has one of those", factor by factor.
Rule: TypeAlias = tuple[str, Collection[Value], str, Collection[Value]]


def _goes_with(factor: str, values: Collection[Value], *others: str) -> list[Rule]:
    """The other factors have something to choose exactly where the factor has these values."""
    rest = tuple(v for v in FACTORS[factor] if v not in values)
    return [
        rule
        for other in others
        for rule in ((factor, values, other, _some(other)), (factor, rest, other, NOTHING))
    ]


def _first_rules() -> list[Rule]:
    """The first part there is, none before it."""
    rules: list[Rule] = []
    parts = [str(part) for part in FACTORS["first"]]
    for k, part in enumerate(parts):
        rules.append(("first", (part,), part, _some(part)))
        rules += [("first", (part,), before, NOTHING) for before in parts[:k]]
    return rules


RULES: tuple[Rule, ...] = (
    # Where an option belongs.
    *_goes_with("core", ("neuron",), "mode", "sharing", "reset", "mu", "alpha", "v_th", "v_reset"),
    *_goes_with("core", ("neuron", "act"), "act"),
    *_goes_with("core", ("neuron", *CELLS), "final state"),
    *_goes_with("synapses", ("conv", "conv3d"), "kernel", "stride", "pad"),
    *_goes_with("synapses", _some("synapses", "embedding"), "bias"),
    *_goes_with("middle", ("average_pool", "max_pool"), "windows"),
    *_goes_with("norm", ("layer_norm", "batch_norm"), "axes"),
    *_goes_with("norm", ("batch_norm",), "statistics"),
    *_goes_with("layout", ("plane",), "plane"),
    *_goes_with("layout", ("vector", "plane"), "T"),
    *_goes_with("synapses", _some("synapses"), "K"),
    # What fits on what.
    ("synapses", ("conv", "conv3d"), "layout", ("plane",)),
    ("synapses", ("embedding",), "layout", ("vector",)),
    ("core", ("rnn", "lstm", "gru"), "synapses", (None, "dense")),
    ("core", ("rnn", "lstm", "gru"), "layout", ("vector",)),
    ("core", ("convlstm",), "synapses", (None, "conv")),
    ("core", ("convlstm",), "layout", ("plane",)),
    ("core", CELLS, "middle", (None, "dropout")),
    ("core", ("act",), "act", ACTIVATIONS),
    ("second", _some("second"), "core", ("neuron",)),
    ("middle", ("average_pool", "max_pool", "flatten"), "layout", ("plane",)),
    ("middle", ("average_pool", "max_pool"), "plane", ("square", "uneven")),
    ("norm", ("layer_norm",), "axes", ("HWL", "L")),
    ("norm", ("batch_norm",), "axes", ("BTHW", "BHW", "BT", "B")),
    ("axes", ("HWL", "BTHW", "BHW"), "layout", ("plane",)),
    ("axes", ("BT", "B"), "layout", ("vector",)),
    ("norm", ("batch_norm",), "B", ("few", "many")),
    ("norm", ("layer_norm",), "L", ("few", "many")),
    ("plane", ("1x1",), "pad", (None, "same")),
    ("plane", ("1x1",), "axes", (None, "L", "BTHW", "BHW")),
    # Losses and optimizers.
    ("layout", ("logits",), "loss", _some("loss")),
    *(
        ("layout", ("logits",), factor, NOTHING)
        for factor in STRUCTURE
        if factor not in {"loss", "readout"}
    ),
    ("layout", ("logits",), "L", ("few", "many")),
    ("layout", ("vector", "plane"), "loss", FACTORS["loss"]),
    ("loss", _some("loss"), "readout", ("given", "last", "mean")),
    ("readout", ("given",), "layout", ("logits",)),
    (
        "readout",
        tuple(v for v in FACTORS["readout"] if v != "given"),
        "layout",
        ("vector", "plane"),
    ),
    *_first_rules(),
    ("readout", (None, "given", "concat"), "optimizer", NOTHING),
    ("optimizer", _some("optimizer"), "loss", _some("loss")),
    # Numbers.
    ("scale", ("large", "huge"), "core", (None, "act")),
    ("scale", ("large", "huge"), "norm", NOTHING),
    ("scale", ("large", "huge"), "loss", (None, "softmax_ce", "mse")),
    ("scale", ("large", "huge", "small"), "optimizer", NOTHING),
    ("scale", ("large", "huge", "small"), "readout", (None, "given")),
    ("scale", ("large", "huge", "small"), "synapses", (None,)),
    ("scale", NOTHING, "layout", ()),
    ("exact", ("yes",), "norm", NOTHING),
    ("exact", ("yes",), "core", (None, "neuron", "act")),
    ("exact", ("yes",), "act", (None, "identity", "relu", "spike")),
    ("exact", ("yes",), "loss", (None, "mse")),
    ("exact", ("yes",), "optimizer", NOTHING),
    ("exact", ("yes",), "mu", (None, "0.5", "0.25", "1")),
    ("exact", ("yes",), "alpha", (None, "0", "1", "half", "above 1", "negative", "mixed")),
    ("exact", ("yes",), "scale", ("usual",)),
    (
        "exact",
        ("no",),
        "alpha",
        (None, "0", "1", "half", "between", "above 1", "negative", "mixed"),
    ),
    # One large size at a time, and no exponential growth over many steps.
    ("T", ("many",), "L", ("1", "few")),
    ("T", ("many",), "K", (None, "1", "few")),
    ("T", ("many",), "layout", ("vector",)),
    ("T", ("many",), "alpha", (None, "0", "1", "negative", "between")),
    ("optimizer", _some("optimizer"), "second", NOTHING),
    ("T", ("many",), "optimizer", NOTHING),
    ("T", ("many",), "second", NOTHING),
    ("L", ("many",), "optimizer", NOTHING),
    ("L", ("many",), "second", NOTHING),
    ("K", ("many",), "optimizer", NOTHING),
    ("K", ("many",), "second", NOTHING),
    ("T", ("many",), "B", ("1", "few")),
    ("B", ("many",), "optimizer", NOTHING),
    ("B", ("many",), "second", NOTHING),
    ("K", ("many",), "L", ("1", "few")),
)


def known_ops() -> tuple[str, ...]:
    """The operations and optimizers that ``op`` may name."""
    return tuple(dict.fromkeys((*OPS, *OPTIMIZERS)))


def allowed_values(ops: Collection[str] | None) -> Mapping[str, tuple[Value, ...]]:
    """The values of each factor for cases of some operations alone; None: of all."""
    if ops is None:
        return FACTORS
    for op in ops:
        if op not in known_ops():
            hint = did_you_mean(op, known_ops(), f"; known: {', '.join(known_ops())}")
            raise InputError.for_argument("ops", "random_cases", f"unknown operation {op!r}{hint}")
    chosen = set(ops)
    if chosen & set(OPTIMIZERS) and not chosen & set(LOSSES):
        chosen |= {*LOSSES, "last", "mean"}  # what is trained has a loss
    return {
        factor: tuple(v for v in values if v in {None, "given"} or set(v.split("+")) <= chosen)
        if factor in STRUCTURE
        else values
        for factor, values in FACTORS.items()
    }
