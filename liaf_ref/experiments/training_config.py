"""The configuration of a training run; each field is also an option of the command line."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, ClassVar

import numpy as np

from liaf_ref._core.declared import Declared, Of, derived, given
from liaf_ref._core.kinds import About, flag, one_of, real, whole
from liaf_ref._core.text import short_text
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Ramp, RoundedRamp, detached
from liaf_ref.layers import Neuron
from liaf_ref.layers import types as t
from liaf_ref.layers.neurons import MU, surrogate
from liaf_ref.training import optimizers
from liaf_ref.training.optimizers import SGD, Adam, AdamW, Optimizer, ReduceLROnPlateau, Schedule
from liaf_ref.training.state import TrainingSettings

__all__ = ["About", "SpikingConfig", "TrainingConfig", "one_of", "real", "whole"]
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"adam": Adam, "adamw": AdamW, "sgd": SGD}
POSITIVE, COUNT, SEED = real(0, closed="()"), whole(), whole(0, 10**18)
FILLED: Any = None  # a default that other fields decide
AVERAGE_EPOCHS = 5
SCHEDULE = About(
    "learning rate: constant, divided by 5 at a plateau of the validation loss, or half a cosine",
    default="constant",
)
Number = Annotated[int | None, COUNT]
Epsilon = Annotated[float | None, optimizers.fits(np.float32)]


class TrainingConfig(Declared, kw_only=True):
    """Configuration of training: all settings of a run except its data.

    Subclasses add fields of their own, each with a type that says what it takes:
    ``units: Annotated[int, whole(), About("hidden units")] = 16``.

    Parameters
    ----------
    @options

    Raises
    ------
    InputError
        If a value is invalid.

    Notes
    -----
    ``select_epoch="average"`` tests the mean of the weights at the ends of the last epochs, which
    no single epoch decides (Polyak and Juditsky 1992; stochastic weight averaging, Izmailov et
    al. 2018, `arXiv:1803.05407 <https://arxiv.org/abs/1803.05407>`_).

    Examples
    --------
    >>> from liaf_ref.experiments import TrainingConfig
    >>> TrainingConfig(epochs=3, lr=0.01).epochs
    3
    """

    epochs: Annotated[int, COUNT, About("number of epochs")] = 10
    lr: Annotated[float, POSITIVE, About("initial learning rate")] = 1e-3
    batch_size: Annotated[int, COUNT, About("batch size, in samples")] = 32
    optimizer: Annotated[str, one_of(*OPTIMIZERS), About("optimizer")] = "adam"
    weight_decay: Annotated[float, real(0), About("L2 penalty; decoupled for adamw")] = 0.0
    adam_eps: Annotated[Epsilon, About("epsilon of adam and adamw", default=str(Adam.eps))] = None
    clip: Annotated[float | None, POSITIVE, About("clip gradients to this global norm")] = None
    validation_fraction: Annotated[
        float, real(0, 1, closed="()"), About("fraction of the training samples to validate on")
    ] = 0.1
    select_epoch: Annotated[
        str,
        one_of("best", "final", "average"),
        About("weights to test: of the best epoch on validation, the last one, or the average"),
    ] = "best"
    average_epochs: Annotated[
        Number,
        About("how many last epochs --select-epoch average takes", default=str(AVERAGE_EPOCHS)),
    ] = None
    track_test: Annotated[
        bool, flag, About("record the test accuracy of every epoch, never select by it")
    ] = False
    stop_after: Annotated[
        Number, About("stop after N epochs without a lower validation loss", default="off")
    ] = None
    schedule: Annotated[str | None, one_of("constant", "plateau", "cosine"), SCHEDULE] = None
    patience: Annotated[
        Number, About("epochs at a plateau, then lr / 5", default=str(ReduceLROnPlateau.patience))
    ] = None
    seed: Annotated[int, SEED, About("random seed")] = 0
    data_seed: Annotated[
        int | None, SEED, About("random seed of data and validation split alone", default="--seed")
    ] = None

    default_schedule: ClassVar[str] = "constant"

    def check_together(self) -> None:
        """Refuse options without effect, and fill in the defaults that other fields decide."""
        defaults = self._default_values()
        for name, reason in self._unused_fields().items():
            # dataclasses.replace passes on the defaults that were filled in before.
            if getattr(self, name) == defaults.pop(name):
                object.__setattr__(self, name, None)
            self.refuse_unused(name, reason)
        for name, value in defaults.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        if self.optimizer == "sgd":
            self.refuse_unused("adam_eps", "only adam and adamw use it")

    def refuse_unused(self, name: str, reason: str) -> None:
        """Refuse a value of an option that has no effect."""
        if (value := getattr(self, name)) is not None:
            raise self.refuse(name, f"expected no value, got {short_text(value)}: {reason}")

    def _default_values(self) -> dict[str, Any]:
        """Defaults that depend on other fields."""
        return {
            "average_epochs": AVERAGE_EPOCHS,
            "patience": ReduceLROnPlateau.patience,
        }

    def _unused_fields(self) -> dict[str, str]:
        """Fields that have no effect with the values of others, and the reason."""
        unused = {} if self.has_plateau else {"patience": "only the plateau schedule uses it"}
        if self.select_epoch != "average":
            unused["average_epochs"] = "only the average uses it (select_epoch)"
        return unused

    @property
    def seed_of_data(self) -> int:
        """The seed of the data and of the validation split."""
        return self.seed if self.data_seed is None else self.data_seed

    @property
    def has_plateau(self) -> bool:
        """Whether the learning rate depends on the validation loss."""
        return (self.schedule or self.default_schedule) == "plateau"

    def record(self) -> dict[str, Any]:
        """The content of run.json: the fields."""
        return asdict(self)

    def loop_settings(self) -> TrainingSettings:
        """Epochs and batches for the training loop."""
        return TrainingSettings(
            self.epochs,
            self.batch_size,
            self.clip,
            stop_after=self.stop_after,
            average_epochs=self.average_epochs,
        )

    def make_optimizer(self) -> Optimizer:
        """The optimizer."""
        eps = {} if self.adam_eps is None else {"eps": self.adam_eps}
        return OPTIMIZERS[self.optimizer](self.lr, weight_decay=self.weight_decay, **eps)

    def make_schedule(self) -> Schedule:
        """The schedule of the learning rate."""
        if self.has_plateau:
            return ReduceLROnPlateau(self.patience)  # type: ignore[arg-type] # not None by now
        name = self.schedule or self.default_schedule
        return (
            optimizers.CosineAnnealingLR(self.epochs)
            if name == "cosine"
            else optimizers.ConstantLR()
        )


class SpikingConfig(TrainingConfig, kw_only=True):
    """Configuration of networks with neurons: their options, of which None is the default."""

    mu: Annotated[float | None, Of(Neuron)] = None
    v_th: Annotated[float | None, Of(Neuron)] = None
    v_reset: Annotated[float | None, Of(Neuron)] = None
    alpha: Annotated[float | None, Of(Neuron)] = None
    beta: Annotated[float | None, Of(Neuron)] = None
    gradient: Annotated[
        str | None,
        one_of("paper", "detached"),
        About("gradient through the reset", default="paper"),
    ] = None
    output_levels: Annotated[
        t.OutputLevels | None,
        About("levels of LIF's output above 0, or ramp for no levels (lif only)", default="1"),
    ] = None
    diagnose: Annotated[
        bool | None, flag, About("record dead neurons, spread of gradients, probes of blocks")
    ] = None

    def make_neuron(
        self, neuron: Neuron, shape: str | None = None, preset: Mapping[str, Any] | None = None
    ) -> Neuron:
        """A neuron of the paper, LIF where its activation is the spike, with these options."""
        spike = surrogate(shape or "window", MU if self.mu is None else self.mu)
        own: dict[str, Any] = {"spike": spike}
        if self.gradient == "detached":
            own = {"spike": detached()} | ({"output": spike} if neuron.is_lif else {})
            for name in () if neuron.is_lif else ("mu", "surrogate"):
                if hasattr(self, name):
                    self.refuse_unused(name, "with a detached reset, LIAF uses no window")
        if self.output_levels not in (None, 1):
            levels = self.output_levels
            ramp = Ramp(MU) if isinstance(levels, str) else RoundedRamp(levels)
            own["output"] = Pair(ramp, spike.slope)  # the slope of the spike, for all levels
        # The spike has the width already; a second one in mu would contradict it.
        return derived(neuron, **{**own, **(preset or {}), **given(self, Neuron), "mu": MU})
