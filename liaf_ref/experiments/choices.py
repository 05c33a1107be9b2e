"""Choices that all experiments have in common."""

from collections.abc import Callable

from liaf_ref.training.optimizers import SGD, Adam, AdamW, Optimizer

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"adam": Adam, "adamw": AdamW, "sgd": SGD}
EPOCH_SELECTIONS = ("best", "final", "average")
SCHEDULES = ("constant", "plateau", "cosine")
GRADIENTS = ("paper", "detached")  # of the reset of LIAF and LIF
