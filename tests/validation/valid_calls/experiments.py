"""Valid calls of experiments, sweeps and reports."""

from functools import partial
from pathlib import Path
from typing import Any

from support import small_task

from liaf_ref.experiments import babi, dvs, paper
from liaf_ref.experiments.dvs.frames import check_fold
from liaf_ref.experiments.registry import register_experiment
from liaf_ref.experiments.run_by_name import run_experiment
from liaf_ref.experiments.runner.execute import connect
from liaf_ref.experiments.runner.spec import read_spec
from liaf_ref.experiments.training_config import TrainingConfig, option
from liaf_ref.report.audit import audit
from liaf_ref.report.runs import collect_runs

TASK = small_task()
CONFIG = babi.BabiConfig(task=1, cell="liaf", epochs=1, validation_fraction=0.25)
NEW = babi.BabiExperiment(name="babi")  # which is taken
TRAINING: dict[str, Any] = {
    **{"epochs": 1, "lr": 0.1, "batch_size": 2, "optimizer": "sgd", "weight_decay": 0.1},
    **{
        "clip": 1.0,
        "validation_fraction": 0.1,
        "select_epoch": "average",
        "stop_after": 2,
        "seed": 0,
    },
    **{"average_epochs": 2, "schedule": "plateau", "patience": 3, "data_seed": 1},
    "track_test": True,
}
SEEN: dict[str, Any] = {"experiment": "cifar10-dvs", "cell": "liaf", "scale": "smoke"}

VALID_CALLS: dict[str, Any] = {
    "experiments.run_by_name.run_experiment": (
        partial(run_experiment, task=1, cell="lif"),
        {"name": "babi", "folder": "r", "data": "missing", "edition": "en", "partial": False}
        | {"cache": None},
    ),
    "experiments.registry.register_experiment": (register_experiment, {"experiment": NEW}),
    "experiments.training_config.option": (
        option,
        {"default": 1, "help": "a number", "metavar": "N"}
        | {"choices": ("a", "b"), "shown_default": "one"},
    ),
    "experiments.training_config.TrainingConfig": (TrainingConfig, TRAINING),
    "experiments.babi.experiment.BabiConfig": (
        babi.BabiConfig,
        {"task": 1, "cell": "lif"}
        | TRAINING
        | {"padding": "masked", "embedding_initializer": "normal"}
        | {"alpha": 0.5, "beta": 0.1, "v_th": 0.4, "v_reset": 0.1, "gradient": "paper"},
    ),
    "experiments.experiment.Experiment.check": (
        babi.EXPERIMENT.check,
        {"data": TASK, "config": CONFIG, "folder": Path("r"), "resume": True},
    ),
    "experiments.babi.experiment.condition_settings": (
        babi.condition_settings,
        {"name": "ec", "task": 1, "cell": "lif"},
    ),
    "experiments.dvs.config.DVSConfig": (
        dvs.DVSConfig,
        SEEN
        | TRAINING
        | {"processes": 1, "act": "relu", "mode": "TR", "sharing": "all", "mu": 0.5}
        | {"surrogate": "window", "gradient": "paper", "neurons": "trained", "dropout": 0.5}
        | {"block_order": "neuron-norm-pool", "frames": 8, "frame_order": "recorded"}
        | {"fold": 1, "folds": 3, "filters": "4,8"}
        | {"train_per_class": 4, "validation_per_class": 1, "test_per_class": 2}
        | {"grounds": "any", "min_size": 0.5, "max_size": 0.9, "shift": 0.1, "texture": 2.0}
        | {"drawings": "two", "events": "binary"}
        | {"alpha": 0.5, "beta": 0.1, "v_th": 0.4, "v_reset": 0.1, "decay": "sigmoid"},
    ),
    "experiments.dvs.catalog.experiment_spec": (dvs.experiment_spec, {"name": "mnist-dvs"}),
    "experiments.dvs.catalog.scale_settings": (
        dvs.scale_settings,
        {"name": "mnist-dvs", "scale": "smoke"},
    ),
    "experiments.dvs.frames.check_fold": (
        check_fold,
        {"fold": 1, "folds": 3, "where": "s"},
    ),
    "experiments.paper.table03_accuracy": (
        paper.table03_accuracy,
        {"task": 1, "cell": "lif", "condition": "ec"},
    ),
    "experiments.paper.table": (paper.table, {"name": "table04"}),
    "report.audit.findings.audit": (audit, {"table": "III"}),
    "report.runs.collect_runs": (collect_runs, {"paths": [Path("missing")]}),
    "experiments.runner.spec.read_spec": (read_spec, {"path": Path("missing")}),
    "experiments.runner.execute.connect": (partial(connect, notify=print), {"address": "nobody"}),
}
