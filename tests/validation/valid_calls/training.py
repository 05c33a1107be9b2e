"""The doors of training: examples, rules, schedules, the loop, what is kept on disk."""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from networks.small import small_network
from support import Setup, softmax_params

from liaf_ref.kernels import loss
from liaf_ref.networks import BabiNetwork
from liaf_ref.training import checkpoint, clipping, early_stopping, loop, optimizers, schedules
from liaf_ref.training.data_parallel import DataParallel
from liaf_ref.training.frozen import FrozenParameters, mask_gradients
from liaf_ref.training.run_folder import RunFolder

SETUP = Setup()
ADAM = SETUP.optimizer
BABI = BabiNetwork(7, "liaf", 3, 4)
TINY = small_network("tiny-liaf")
ALONE = DataParallel(TINY, 1).__enter__()  # starts no process
WEIGHTS = {name: np.ones(shape, np.float32) for name, shape in TINY.param_shapes().items()}
FRAMES = np.ones((2, TINY.steps, *TINY.network_config.shape), np.float32)
LOGITS, TAPE = ALONE.forward(WEIGHTS, FRAMES)
STORIES = loop.ArrayDataset((np.ones((3, 4), int), np.ones((3, 2), int)), np.ones(3, int))


def begin(path: Any, config: Any, origin: Any, resume: Any) -> object:
    return RunFolder(path, config, origin).start_or_resume(resume)


def trained(**arguments: Any) -> Iterator[object]:
    return islice(loop.train(**arguments), 1)


VALID_CALLS: dict[str, Any] = {
    "training.state.Examples": (
        loop.ArrayDataset,
        {"inputs": (np.ones((3, 5)),), "labels": np.ones(3, int)},
    ),
    "training.state.Examples.take": (SETUP.train_data.take, {"index": np.array([1, 2])}),
    "training.state.Settings": (
        loop.TrainingSettings,
        {"epochs": 1, "batch_size": 2, "clip": 1.0, "at_once": 5, "stop_after": 2},
    ),
    "training.state.start": (
        loop.initial_training_state,
        {"params": softmax_params(), "optimiser": ADAM, "rng": np.random.default_rng(0)}
        | {"running": None},
    ),
    "training.loop.train": (
        lambda **arguments: list(trained(**arguments)),
        {
            "network": SETUP.network,
            "loss": loss,
            "optimiser": ADAM,
            "data": (SETUP.train_data, SETUP.validation_data),
            "settings": SETUP.settings,
            "state": SETUP.initial_state(),
            "gives": None,
            "schedule": schedules.ReduceLROnPlateau(),
        },
    ),
    "training.loop.evaluate": (
        loop.evaluate,
        {"network": BABI, "loss": loss, "params": BABI.init(np.random.default_rng(0))}
        | {"examples": STORIES, "batch_size": 3, "running": None},
    ),
    "training.optimisers.SGD": (
        optimizers.SGD,
        {"lr": 0.1, "momentum": 0.1, "weight_decay": 0.1},
    ),
    "training.optimisers.Adam": (
        optimizers.Adam,
        {"lr": 0.1, "beta1": 0.1, "beta2": 0.1, "eps": 0.1},
    ),
    "training.optimisers.AdamW": (
        optimizers.AdamW,
        {"lr": 0.1, "beta1": 0.1, "beta2": 0.1, "eps": 0.1, "weight_decay": 0.1},
    ),
    "training.optimisers.Optimiser.start": (ADAM.initial_state, {"params": softmax_params()}),
    "training.optimisers.Optimiser.scaled": (ADAM.with_scaled_lr, {"share": 0.5}),
    "training.optimisers.Optimiser.step": (
        ADAM.step,
        {
            "params": softmax_params(),
            "grads": softmax_params(),
            "state": ADAM.initial_state(softmax_params()),
        },
    ),
    "training.clipping.clip_norm": (
        clipping.clip_grad_norm,
        {"grads": softmax_params(), "limit": 1.0},
    ),
    "training.fixed.Fixed": (FrozenParameters, {"rule": ADAM, "names": frozenset({"W"})}),
    "training.fixed.without": (
        mask_gradients,
        {"passes": SETUP.network, "names": frozenset({"W"})},
    ),
    "training.schedules.Plateau": (schedules.ReduceLROnPlateau, {"patience": 2, "factor": 0.5}),
    "training.stopping.stopped": (
        early_stopping.early_stopping_reason,
        {"losses": (1.0, 2.0, 3.0), "stop_after": 1},
    ),
    "training.team.Team": (DataParallel, {"network": TINY, "members": 2}),
    "training.team.Team.forward": (
        lambda params: DataParallel(TINY, 1).__enter__().forward(params, FRAMES)[0],
        {"params": WEIGHTS},
    ),
    "training.team.Team.backward": (partial(ALONE.backward, LOGITS), {"tape": TAPE}),
    "training.team.Team.follow": (
        ALONE.update_running_stats,
        {"running": TINY.initial_running_stats(), "tape": TAPE},
    ),
    "training.checkpoint.save": (
        checkpoint.save,
        {"path": Path("c.npz"), "state": SETUP.initial_state(), "seconds": 1},
    ),
    "training.checkpoint.load": (checkpoint.load, {"path": Path("missing.npz")}),
    "training.record.RunFolder": (
        begin,
        {"path": Path("run"), "config": {"lr": 1}, "origin": {"folder": "a"}, "resume": True},
    ),
}
