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
from validation.public_callables import call

TASK = small_task()
CONFIG = babi.BabiConfig(task=1, cell="liaf", epochs=1, validation_fraction=0.25)
NEW = babi.BabiExperiment(name="babi")  # which is taken
VALID_CALLS: dict[str, Any] = dict(
    [
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
        call(babi.condition_settings, name="ec", task=1, cell="lif"),
        call(dvs.experiment_spec, name="mnist-dvs"),
        call(dvs.scale_settings, name="mnist-dvs", scale="smoke"),
        call(paper.table03_accuracy, task=1, cell="lif", condition="ec"),
        call(paper.table_rows, name="table04"),
        call(audit, table="III"),
        call(collect_runs, paths=[Path("missing")]),
        call(read_spec, path=Path("missing")),
    ]
)
