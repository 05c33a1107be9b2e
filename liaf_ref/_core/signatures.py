"""Errors for calls that do not fit a signature: which argument was meant, and what to write."""

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar

from liaf_ref._core.errors import CallError

P = ParamSpec("P")
R = TypeVar("R")
# Names that other frameworks use, by the name they have here.
ALIASES = {
    "act": ("activation", "nonlinearity", "act_fn", "activation_fn"),
    "K": ("in_features", "input_size", "input_dim", "in_channels"),
    "L": ("out_features", "hidden_size", "units", "filters", "out_channels", "size"),
    "bias": ("use_bias",),
    "kernel": ("kernel_size",),
    "pad": ("padding",),
    "stride": ("strides",),
    "size": ("pool_size", "kernel_size"),
    "rate": ("p", "dropout"),
    "eps": ("epsilon",),
    "v_th": ("threshold", "v_threshold", "thr"),
    "alpha": ("decay", "leak", "tau"),
    "spike": ("surrogate", "spike_grad", "surrogate_function"),
    "mu": ("window", "width", "half_width", "a"),
    "lr": ("learning_rate", "eta"),
    "units": ("hidden_size", "hidden", "hidden_dim"),
    "embedding_dim": ("embed_dim", "emb_dim", "input_size"),
    "epochs": ("max_epochs", "num_epochs", "n_epochs", "max_iter"),
    "T": ("steps", "timesteps", "num_steps"),
    "seed": ("random_state", "rng"),
    "loss": ("criterion", "loss_fn"),
    "progress": ("verbose",),
    "params": ("weights", "state_dict"),
    "folder": ("root", "path", "data_dir", "directory"),
}


def suggestion(name: str, known: Iterable[str]) -> str | None:
    """The known name that an unknown one stands for: a foreign name or a misspelling."""
    known = list(known)
    for own in known:
        if name.lower() in ALIASES.get(own, ()):
            return own
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return near[0] if near else None


def check_call(
    called: str,
    signature: inspect.Signature,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    hints: Mapping[str, str],
    usage: str | None = None,
) -> None:
    """Refuse arguments that do not fit a signature; ``hints`` is by unknown keyword."""
    parameters = signature.parameters.values()
    known = [p.name for p in parameters]
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        for name in kwargs:
            if name not in known:
                near = suggestion(name, known)
                meant = f"did you mean {near!r}?" if near else f"it has {', '.join(known)}"
                reason = f"has no argument {name!r}; {hints.get(name) or meant}"
                raise CallError(f"{called}() {reason}", name)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise CallError(f"{called}(): {error}; {usage or _usage(called, signature)}") from None


def check_constructor_call(cls: type, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse arguments that do not fit a class; to be called by its ``__new__``."""
    if not args and not kwargs:  # copy and pickle make an instance without
        return
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]
    _, *parameters = signature.parameters.values()
    signature = signature.replace(parameters=parameters)
    hints = getattr(cls, "_not_arguments", {})
    check_call(cls.__name__, signature, args, kwargs, hints, getattr(cls, "_usage", None))


def checked_call(
    usage: str | None = None, **hints: str
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a public function: arguments that do not fit it are a :class:`CallError`."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            check_call(function.__name__, signature, args, kwargs, hints, usage)
            return function(*args, **kwargs)

        return call

    return decorate


def _usage(called: str, signature: inspect.Signature) -> str:
    """How a call begins: the arguments that it cannot do without."""
    parameters = signature.parameters.values()
    required = [p.name for p in parameters if p.default is p.empty and p.kind < p.VAR_POSITIONAL]
    options = ["..."] if len(required) < len(parameters) else []
    return f"expected {called}({', '.join(required + options)})"
