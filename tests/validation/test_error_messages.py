"""Every public callable answers invalid values with an error that says what it expects."""

import contextlib
import importlib
import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import figures
import numpy as np
import pytest

from liaf_ref._core.errors import InputError, LiafError
from validation.invalid_values import equivalent_values, invalid_values
from validation.public_callables import INTERNAL, is_internal, public_callables

GROUPS = ("networks", "training", "data", "interop", "oracle")
CALLS: dict[str, tuple[Any, Mapping[str, Any]]] = {}
for group in GROUPS:
    CALLS |= importlib.import_module(f"validation.valid_calls.{group}").VALID_CALLS
every_callable = pytest.mark.parametrize("name", CALLS)
SAYS = re.compile("expected|cannot be read|in any of|cannot resume|contains different text")
LACKS = re.compile("^None of | of None:|expected None, got")  # what, where, or what else
# Words of more capitals than a name in camel case, in what a message says before what it got.
SAID, QUOTED = re.compile("[A-Za-z]{3,}"), re.compile("'[^']*'")
CAPITALS = re.compile(
    "[A-Z]?[a-z]+|([A-Z][a-z]+)+|(Dense|Conv)LIA?F|DVS(Gesture)?|N?MNIST(DVS)?|bAbI|CIFAR|LSTM|VIII"
    "|REFERENCE|FAST|NIR(Graph)?|TOML|CSV|SHA|SUMS"
)
# What errors call an argument that has another name in their place.
NAMES = {
    **{"params": "parameters", "grads": "gradients", "running_stats": "running statistics"},
    **{"dropout": "rate", "name": "network|experiment", "goldens": "cases", "paths": "runs"},
    **{"train_text": "text", "test_text": "text", "path": "folder", "folder": "path"},
}
# Arguments for which a value is not invalid, by the ends of their full names.
NUMBERS = "below|factor|max_norm|dt|time_limit|timeout|tolerance|step"
ARRAYS = "story|query|ids|indices|groups|labels|events|value|x|u|spikes|array"
ANYTHING = r"ArrayDataset\.inputs|initial_(training_)?state\.params|(un)?flatten\.params"
ANYTHING += r"|clip_grad_norm\.grads|compare\.answer"
EMPTY = "buffers|given|waivers|gradients|encoders|texts|cases|layers|counts|names|titles"
ACCEPTED = {
    "huge": f"rng|seed|free_bytes|{NUMBERS}",
    "fraction": NUMBERS,
    "below 0": "start|step",
    "text": "path|folder|text|name|prefix",
    "no text": "text|prefix",
    "size": ARRAYS,
    "empty": "events|value|x|u|array",
    "list|integers": "thresholds",
    "rank": "x|u|spikes|array",
    "float16|integers or floats": "counts|M|I|Y|x|array",
    "not finite": "I|Y",
    "empty mapping": rf"{ANYTHING}|{EMPTY}|highlighted|goldens|paths|Dropout\.forward\.params",
    "one: not finite": r"step\.(params|grads)|DataParallel\.forward\.params",
    "one missing": "buffers",
    "one.*": ANYTHING,
}


# Optional arguments that only code of the package has values for, and words of messages.
UNCHECKED = re.compile(
    r"(run|bound|tolerances|spike_safe)\.(numbers|text|of_node)|build_task\.paths"
    r"|initial_training_state\.(rng|running_stats)|check_events\.where|split_validation\.unit"
    r"|plot_\w+\.title"
)


def arguments(name: str) -> dict[str, Any]:
    """A valid value of each argument, also of those that a call may leave out."""
    function, valid = CALLS[name]
    known = inspect.signature(function).parameters.items()
    optional = {key: p.default for key, p in known if p.default is not p.empty}
    left_out = {key for key in optional if UNCHECKED.search(f"{name}.{key}")}
    return {key: optional[key] for key in optional.keys() - left_out} | dict(valid)


def accepts(name: str, argument: str, kind: str) -> bool:
    """Whether an invalid value is right for this argument; None is where it is the default."""
    found = inspect.signature(CALLS[name][0]).parameters.get(argument)
    if kind == "None" and (found is None or found.default is None or "None" in str(found)):
        return True
    right = (ends for of, ends in ACCEPTED.items() if re.fullmatch(of, kind))
    return any(re.search(rf"(^|\.)({ends})$", f"{name}.{argument}") for ends in right)


@every_callable
def test_invalid_values_are_refused(name: str, tmp_path: Path) -> None:
    function, valid = CALLS[name]
    tried = 0
    with contextlib.chdir(tmp_path):
        for argument, value in arguments(name).items():
            for kind, invalid in invalid_values(value).items():
                tried += 1
                try:
                    function(**{**valid, argument: invalid})
                except LiafError as error:
                    text, named = str(error), getattr(error, "name", None)
                    assert SAYS.search(text), f"{argument}, {kind}: states nothing expected: {text}"
                    assert not LACKS.search(text), text
                    if kind == "half" and named:
                        assert re.search(rf"\b({argument}|{NAMES.get(argument)})\b", named), text
                    said = SAID.findall(QUOTED.sub("", re.split(",? got ", text)[0]))
                    assert all(map(CAPITALS.fullmatch, said)), text
                    assert "\n" not in text
                    assert len(text) <= 700
                else:
                    assert accepts(name, argument, kind), f"{argument}: {kind} is accepted"
    figures.record("arguments", len(valid))
    figures.record("invalid values", tried)


@every_callable
def test_equivalent_inputs_give_equal_results(name: str, tmp_path: Path) -> None:
    function, valid = CALLS[name]
    with contextlib.chdir(tmp_path):
        try:
            once, twice = function(**valid), function(**valid)
        except LiafError:  # nothing to read there, for readers of files
            return
        if not close(once, twice):  # it draws
            return
        for argument, value in valid.items():
            for kind, other in equivalent_values(value):
                with contextlib.suppress(InputError):
                    assert close(function(**{**valid, argument: other}), once), (argument, kind)


def close(a: Any, b: Any) -> bool:
    """Whether two results are equal up to the order of summation."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(close(a[key], b[key]) for key in a)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(close(x, y) for x, y in zip(a, b, strict=True))
    if not isinstance(a, np.ndarray | list) or not isinstance(b, np.ndarray):
        return type(a) is type(b)
    a = np.asarray(a)
    if a.dtype.kind not in "fc" or b.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    reach = 64 * np.finfo(b.dtype).eps
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=reach, atol=reach))


def test_every_public_callable_is_called_or_internal_for_a_reason() -> None:
    known = {
        *CALLS,
        *(f"layers.layer.Layer.{n.rpartition('.')[2]}" for n in CALLS if n[0].isupper()),
    }
    found = public_callables()
    assert [name for name in found if name not in known and not is_internal(name)] == []
    assert len(found) > 150
    gone = [at for at in INTERNAL if not any(n == at or n.startswith(f"{at}.") for n in found)]
    assert gone == []
