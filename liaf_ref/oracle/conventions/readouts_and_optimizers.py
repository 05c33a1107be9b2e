"""Other readouts and optimizers."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.conventions.convention import (
    Convention,
    kernel_convention,
    replace_functions,
)
from liaf_ref.oracle.reference.kernel_table import KernelTable, Options, make_optimizer
from liaf_ref.training.array_dict import ArrayDict
from liaf_ref.training.optimizers import Adam, Optimizer


def _readout_with(**functions: Any) -> Callable[[Any], Any]:
    return lambda kernel: replace_functions(kernel, **functions)


def _spread_over_time(dy: Array, T: int) -> Array:
    return np.repeat(dy[:, None] / T, T, axis=1)


READOUTS: tuple[Convention, ...] = (
    kernel_convention(
        "mean readout as a sum",
        "The sum over time is not divided by T.",
        "readout",
        _readout_with(
            mean_forward=lambda Y: Y.sum(axis=1),
            mean_backward=lambda dy, T: np.repeat(dy[:, None], T, axis=1),
        ),
    )._replace(ops=frozenset({"mean"})),
    kernel_convention(
        "last readout as the mean",
        "The readout is the mean over time instead of the last step.",
        "readout",
        _readout_with(last_forward=lambda Y: Y.mean(axis=1), last_backward=_spread_over_time),
    )._replace(ops=frozenset({"last"})),
    kernel_convention(
        "last readout as the first step",
        "The readout is the first step instead of the last.",
        "readout",
        _readout_with(
            last_forward=lambda Y: Y[:, 0],
            last_backward=lambda dy, T: dy[:, None] * _one_hot(T, 0, dy),
        ),
    )._replace(ops=frozenset({"last"})),
)


def _one_hot(T: int, t: int, dy: Array) -> Array:
    return np.eye(1, T, t, dtype=dy.dtype).reshape((1, T) + (1,) * (dy.ndim - 1))


Update = Callable[[Mapping[str, Any], Array, Array, Array, Array, int], Array]


DECAY_COUPLED = {"adam": True, "adamw": False}  # how the decay enters


class AdamLike(NamedTuple):
    """Adam with its update a value: of options, parameter, gradient, moments and step."""

    options: Mapping[str, Any]
    update: Update
    coupled: bool

    def initial_state(self, params: Mapping[str, Array]) -> ArrayDict:
        """Zero moments."""
        return Adam(1.0).initial_state(params)

    def step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[ArrayDict, ArrayDict]:
        """Take one step."""
        o, steps = self.options, int(state["steps"]) + 1
        new, after = {}, {"steps": np.asarray(steps)}
        for name, value in params.items():
            g = grads[name] + self.coupled * o["weight_decay"] * value
            m = o["beta1"] * state[f"m.{name}"] + (1 - o["beta1"]) * g
            v = o["beta2"] * state[f"v.{name}"] + (1 - o["beta2"]) * g * g
            new[name] = self.update(o, value, m, v, g, steps)
            new[name] = new[name] - (not self.coupled) * o["lr"] * o["weight_decay"] * value
            after[f"m.{name}"], after[f"v.{name}"] = m, v
        return new, after


def _bias_corrected(options: Mapping[str, Any], m: Array, v: Array, t: int) -> tuple[Array, Array]:
    return m / (1 - options["beta1"] ** t), v / (1 - options["beta2"] ** t)


def _update_uncorrected(options: Any, value: Array, m: Array, v: Array, g: Array, t: int) -> Array:
    return np.asarray(value - options["lr"] * m / (np.sqrt(v) + options["eps"]))


def _update_eps_inside_root(
    options: Any, value: Array, m: Array, v: Array, g: Array, t: int
) -> Array:
    m, v = _bias_corrected(options, m, v, t)
    return np.asarray(value - options["lr"] * m / np.sqrt(v + options["eps"]))


def _update_eps_before_correction(
    options: Any, value: Array, m: Array, v: Array, g: Array, t: int
) -> Array:
    rate = options["lr"] * np.sqrt(1 - options["beta2"] ** t) / (1 - options["beta1"] ** t)
    return np.asarray(value - rate * m / (np.sqrt(v) + options["eps"]))


def _update_correct(options: Any, value: Array, m: Array, v: Array, g: Array, t: int) -> Array:
    m, v = _bias_corrected(options, m, v, t)
    return np.asarray(value - options["lr"] * m / (np.sqrt(v) + options["eps"]))


def _adam_convention(
    name: str, description: str, update: Update, decay: Mapping[str, bool] = DECAY_COUPLED
) -> Convention:
    """Adam and AdamW with another update, or with their decay coupled or not."""

    def rules(given: KernelTable) -> KernelTable:
        def choice(options: Options) -> Optimizer:
            if options["name"] not in decay:
                return given.optimizer(options)
            known = make_optimizer(options)
            filled: dict[str, Any] = {
                key: getattr(known, key) for key in ("lr", "beta1", "beta2", "eps", "weight_decay")
            }
            return AdamLike(filled, update, decay[options["name"]])  # type: ignore[return-value]

        return given._replace(optimizer=choice)

    return Convention(name, description, frozenset({"optimizer"}), rules)


OPTIMIZERS: tuple[Convention, ...] = (
    _adam_convention(
        "Adam without bias correction",
        "The moments are not divided by 1 - beta^t.",
        _update_uncorrected,
    ),
    _adam_convention(
        "Adam's eps inside the root",
        "The denominator is sqrt(v + eps) instead of sqrt(v) + eps.",
        _update_eps_inside_root,
    ),
    _adam_convention(
        "Adam's eps before the correction",
        "eps is added to sqrt(v) before the bias correction.",
        _update_eps_before_correction,
    ),
    _adam_convention(
        "Adam's weight decay decoupled",
        "Adam subtracts the weight decay from the parameter, as AdamW does.",
        _update_correct,
        {"adam": False},
    ),
    _adam_convention(
        "AdamW's weight decay coupled",
        "AdamW adds the weight decay to the gradient, as Adam does.",
        _update_correct,
        {"adamw": True},
    ),
)
