"""Valid calls of experiments, sweeps and reports."""

from functools import partial
from pathlib import Path
from typing import Any

from support import small_task

from liaf_ref.experiments import babi, dvs, paper
from liaf_ref.experiments.registry import register_experiment
from liaf_ref.experiments.runner.run_manifest import run_experiment
from liaf_ref.experiments.runner.spec import read_spec
from liaf_ref.report.audit import audit
from liaf_ref.report.runs import collect_runs

TASK = small_task()
CONFIG = babi.BabiConfig(task=1, cell="liaf", epochs=1, validation_fraction=0.25)
NEW = babi.BabiExperiment(name="babi")  # which is taken
VALID_CALLS: dict[str, Any] = {
    "experiments.runner.run_manifest.run_experiment": (
        partial(run_experiment, task=1, cell="lif"),
        {"name": "babi", "folder": "r", "data": "missing", "edition": "en", "partial": False}
        | {"cache": None},
    ),
    "experiments.registry.register_experiment": (register_experiment, {"experiment": NEW}),
    "experiments.experiment.Experiment.check": (
        babi.EXPERIMENT.check,
        {"data": TASK, "config": CONFIG, "folder": Path("r"), "resume": True},
    ),
    "experiments.babi.condition_settings": (
        babi.condition_settings,
        {"name": "ec", "task": 1, "cell": "lif"},
    ),
    "experiments.dvs.catalog.experiment_spec": (dvs.experiment_spec, {"name": "mnist-dvs"}),
    "experiments.dvs.catalog.scale_settings": (
        dvs.scale_settings,
        {"name": "mnist-dvs", "scale": "smoke"},
    ),
    "experiments.paper.table03_accuracy": (
        paper.table03_accuracy,
        {"task": 1, "cell": "lif", "condition": "ec"},
    ),
    "experiments.paper.table": (paper.table, {"name": "table04"}),
    "report.audit.audit": (audit, {"table": "III"}),
    "report.runs.collect_runs": (collect_runs, {"paths": [Path("missing")]}),
    "experiments.runner.spec.read_spec": (read_spec, {"path": Path("missing")}),
}
