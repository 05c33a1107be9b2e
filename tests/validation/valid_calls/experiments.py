"""The doors of experiments, sweeps, reports and measurements."""

from pathlib import Path
from typing import Any

from support import small_task

from liaf_ref import bench
from liaf_ref.bench import scaling
from liaf_ref.data.events.summary import EventFileSummary
from liaf_ref.experiments import babi, dvs, paper, sweep
from liaf_ref.experiments.dvs.folds import check_fold
from liaf_ref.report.audit import audit
from liaf_ref.report.confidence_interval import mean_ci
from liaf_ref.report.figures.events.plot_data import TimeSpan, load_plot_data
from liaf_ref.report.formula import evaluate_formula
from liaf_ref.report.run_collection import collect_runs

TASK = small_task()
CONFIG = babi.BabiConfig(task=1, cell="liaf", epochs=1, validation_fraction=0.25)
SEEN: dict[str, Any] = {"experiment": "mnist-dvs", "cell": "liaf", "scale": "smoke"}
SURVEY = EventFileSummary(Path("missing"), "npy", 1, 1, 0, 9, (4, 4), ())

VALID_CALLS: dict[str, Any] = {
    "experiments.babi.source.load": (
        babi.load_or_generate_task,
        {"task": 1, "folder": Path("missing"), "edition": "en", "seed": 0},
    ),
    "experiments.babi.config.Config": (
        babi.BabiConfig,
        {"task": 1, "cell": "lif", "epochs": 1, "lr": 0.1, "seed": 0, "batch_size": 2}
        | {"optimiser": "sgd", "weight_decay": 0.1, "clip": 1, "validation": 0.1, "select": "best"}
        | {"padding": "masked", "watch_test": True, "stop_after": 2},
    ),
    "experiments.babi.job.check": (
        babi.check_run,
        {"task": TASK, "config": CONFIG, "folder": Path("r"), "resume": True},
    ),
    "experiments.babi.job.divide": (babi.split_questions, {"task": TASK, "config": CONFIG}),
    "experiments.babi.conditions.condition": (
        babi.condition_settings,
        {"name": "ec", "task": 1, "cell": "lif"},
    ),
    "experiments.vision.config.Config": (
        dvs.DVSConfig,
        SEEN
        | {"epochs": 1, "lr": 0.1, "batch_size": 2, "patience": 3, "seed": 0, "optimiser": "sgd"}
        | {"weight_decay": 0.1, "clip": 1.0, "validation": 0.1, "select": "best"}
        | {"processes": 1, "act": "relu", "mode": "TR", "sharing": "all", "mu": 0.5}
        | {"surrogate": "window", "gradient": "paper", "neurons": "trained", "dropout": 0.5}
        | {"block_order": "neuron-norm-pool", "frames": 8, "frame_order": "recorded"}
        | {"fold": 1, "folds": 3, "stop_after": 2},
    ),
    "experiments.vision.catalogue.experiment": (dvs.experiment_spec, {"name": "mnist-dvs"}),
    "experiments.vision.catalogue.sizes": (
        dvs.scale_settings,
        {"name": "mnist-dvs", "scale": "smoke"},
    ),
    "experiments.vision.folds.check_fold": (
        check_fold,
        {"fold": 1, "folds": 3, "source": "s"},
    ),
    "experiments.paper.table03": (
        paper.table03_accuracy,
        {"task": 1, "cell": "lif", "condition": "ec"},
    ),
    "experiments.paper.table": (paper.table, {"name": "table04"}),
    "report.audit.findings.audit": (audit, {"table": "III"}),
    "report.formula.evaluate": (
        evaluate_formula,
        {"formula": "L*(K+1)", "values": {"L": 2, "K": 3}},
    ),
    "report.interval.mean": (mean_ci, {"values": [1.0, 2.0, 4.0]}),
    "report.events.gather.gather": (
        load_plot_data,
        {"survey": SURVEY, "span": TimeSpan(0, 9, 3, "t")},
    ),
    "report.paper.found.read": (collect_runs, {"paths": [Path("missing")]}),
    "sweep.spec.read": (sweep.read_spec, {"path": Path("missing")}),
    "sweep.pool.connect": (sweep.connect, {"address": "nobody"}),
    "bench.check": (bench.check_arguments, {"names": ["babi-liaf"], "rounds": 1, "seed": 0}),
    "bench.growth.sizes": (scaling.scaling_cases, {"name": "mnist-dvs", "cell": "liaf", "base": 2}),
}
