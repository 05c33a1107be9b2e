"""Valid calls of training, of experiments, and of reports."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from networks.small import small_network
from support import Setup, small_task, softmax_params

from liaf_ref.experiments import babi
from liaf_ref.experiments.registry import register_experiment
from liaf_ref.experiments.runner.run_manifest import run_experiment
from liaf_ref.kernels import loss
from liaf_ref.layers import Dense
from liaf_ref.networks import BabiNetwork
from liaf_ref.report.runs import collect_runs
from liaf_ref.training import protocols
from liaf_ref.training.classifier import evaluate, predict, train
from liaf_ref.training.data_parallel import DataParallel
from liaf_ref.training.optimizers import FrozenParameters
from liaf_ref.training.protocols import ArrayDataset
from liaf_ref.training.run_folder import RunFolder
from liaf_ref.training.state import initial_training_state
from validation.public_callables import call

SETUP = Setup()
ADAM = SETUP.optimizer
BABI = BabiNetwork(7, "liaf", 3, 4)
TINY = small_network("tiny-liaf")
ALONE = DataParallel(TINY, 1).__enter__()  # starts no process
WEIGHTS = {name: np.ones(shape, np.float32) for name, shape in TINY.param_shapes().items()}
FRAMES = np.ones((2, TINY.steps, *TINY.sequential.in_shape), np.float32)
LOGITS, TAPE = ALONE.forward(WEIGHTS, FRAMES)
STORIES = ArrayDataset((np.ones((3, 4), int), np.ones((3, 2), int)), np.ones(3, int))


def begin(path: Any, resume: Any) -> object:
    return RunFolder(path, {"lr": 1}).start_or_resume(resume)


TASK = small_task()
CONFIG = babi.BabiConfig(task=1, cell="liaf", epochs=1, validation_fraction=0.25)
NEW = babi.BabiExperiment(name="babi")  # which is taken
LAYER = Dense(3, 2)
SAMPLES = (np.ones((10, 1, 3)), np.zeros(10, int))
VALID_CALLS: dict[str, Any] = dict(
    [
        call(
            partial(train, epochs=1),
            network=LAYER,
            data=SAMPLES,
            validation=SAMPLES,
            batch_size=5,
            optimizer=ADAM,
            seed=0,
            loss=loss,
            progress=False,
        ),
        call(
            evaluate,
            network=LAYER,
            params=LAYER.init(0),
            data=SAMPLES,
            running_stats=None,
            batch_size=5,
            loss=loss,
        ),
        call(
            predict,
            network=LAYER,
            params=LAYER.init(0),
            inputs=SAMPLES[0],
            running_stats=None,
            batch_size=5,
        ),
        call(ArrayDataset, inputs=(np.ones((3, 5)),), labels=np.ones(3, int)),
        call(SETUP.train_data.take, indices=np.array([1, 2])),
        call(
            partial(initial_training_state, rng=np.random.default_rng(0)),
            params=softmax_params(),
            optimizer=ADAM,
        ),
        call(ADAM.initial_state, params=softmax_params()),
        call(ADAM.with_scaled_lr, factor=0.5),
        call(
            ADAM.step,
            params=softmax_params(),
            grads=softmax_params(),
            state=ADAM.initial_state(softmax_params()),
        ),
        call(protocols.clip_grad_norm, grads=softmax_params(), max_norm=1.0),
        call(FrozenParameters, optimizer=ADAM, names=frozenset({"W"})),
        call(DataParallel, network=TINY, num_workers=2),
        call(
            "training.data_parallel.DataParallel.forward",
            lambda params: DataParallel(TINY, 1).__enter__().forward(params, FRAMES)[0],
            params=WEIGHTS,
        ),
        call(partial(ALONE.backward, LOGITS), tape=TAPE),
        call(ALONE.update_running_stats, running_stats=TINY.initial_running_stats(), tape=TAPE),
        call("training.run_folder.RunFolder", begin, path=Path("run"), resume=True),
        call(
            partial(run_experiment, task=1, cell="lif"),
            name="babi",
            folder="r",
            data="missing",
            edition="en",
            partial=False,
            cache=None,
        ),
        call(register_experiment, experiment=NEW),
        call(babi.EXPERIMENT.check, data=TASK, config=CONFIG, folder=Path("r"), resume=True),
        call(collect_runs, paths=[Path("missing")]),
    ]
)
