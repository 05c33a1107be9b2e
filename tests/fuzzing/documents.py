"""Right documents, small, which are damaged."""

from dataclasses import asdict
from typing import Any

from liaf_ref.experiments import babi
from liaf_ref.experiments.dvs import DVSConfig

DATA_SHA256 = "0" * 64
DATA = {"folder": None, "edition": None, "partial": None, "cache": None}
SWEEPS = (
    b"""\
experiment = "babi"
[common]
epochs = 2
lr = [0.1, 0.2]
track_test = true
optimizer = "adam"
[grid]
task = [1, 2]
cell = ["liaf", "lif"]
seed = [0, 1, 2]
[[also]]
task = 3
cell = "gru"
lr = 1e-3
""",
    b"""\
experiment = "mnist-dvs"
common = { scale = "smoke", epochs = 1, act = "relu" }
[grid]
cell = ["liaf", "conv2d"]
seed = [0, 1]
dropout = [0.1]
""",
)
WAIVERS = b"""\
[[waive]]
case = "l0_*"
tensor = "exp/n.?"
reason = "fires at equality"
[[waive]]
case = "l3_fig5_rnn"
reason = "no rnn"
"""
REMARKS = b"""\
table06 = ["Tried: twice the rate <1>", "and [half] of `it` | more"]
fig08 = ["fewer epochs & no dropout"]
table03 = []
"""
_RESULT = {
    "train_accuracy": 0.5,
    "validation_accuracy": 0.4,
    "test_accuracy": 0.45,
    "majority_accuracy": 0.2,
    "selected_epoch": 2,
}
BABI = asdict(babi.BabiConfig(task=1, cell="liaf", epochs=2, track_test=True))
VISION = asdict(DVSConfig("mnist-dvs", "liaf", "smoke"))
RECORDS: tuple[dict[str, Any], ...] = (
    {
        "config": BABI | {"data_sha256": DATA_SHA256},
        "experiment": "babi",
        "data": "other text",
        "versions": {"numpy": "2"},
        "status": "finished",
        "seconds": 1.5,
        "result": {"task": 1, "cell": "liaf", "epochs": 2, "seconds": 1.5} | _RESULT,
    },
    {
        "config": VISION | {"data_sha256": DATA_SHA256},
        "experiment": "mnist-dvs",
        "data": "MNIST-DVS, simulated",
        "status": "finished",
        "result": {"cell": "liaf", "weights": 24, "muls": 9, "adds": 8, "seconds": 1.0} | _RESULT,
    },
)
_COSTS = {"accuracy": 0.5, "muls": 9, "adds": 8}
STUDY: dict[str, Any] = {
    "config": {
        "experiment": "coding",
        "seed": 0,
        "scale": "smoke",
        "networks": {"liaf": VISION, "lif": VISION | {"cell": "lif"}},
        "data": "MNIST-DVS, simulated",
        "data_sha256": DATA_SHA256,
        "run": None,
    },
    "versions": {"numpy": "2"},
    "status": "finished",
    "seconds": 1.5,
    "result": {
        "recordings": 10,
        "percentile": 99.9,
        "analog": _COSTS,
        "lif": _COSTS,
        "encoded": [_COSTS | {"site": "axon", "scaler": "sign", "code": "rate", "k": 4}],
    },
}
STUDY_TABLE = b"| sent | k | test % |\n|---|---:|---:|\n| LIAF, analog |  | 50.0 |\n"


def metric_rows(watched: bool) -> list[dict[str, Any]]:
    """Metrics of three epochs."""
    names = ("train", "validation", "test") if watched else ("train", "validation")
    found: list[dict[str, Any]] = []
    for epoch in (1, 2, 3):
        row: dict[str, Any] = {"epoch": epoch}
        for name in names:
            row |= {f"{name}_loss": 1 / epoch, f"{name}_accuracy": 0.2 * epoch}
        found.append(row)
    found[-1]["stopped"] = "no better"
    return found


_MANIFEST: dict[str, Any] = {
    "study": None,
    "plugins": [],
    "workers": 2,
    "data": DATA,
    "common": {"task": 1},
}
_NETWORKS = {
    cell: {name: value for name, value in config.items() if name != "experiment"}
    for cell, config in STUDY["config"]["networks"].items()
}
MANIFESTS: tuple[dict[str, Any], ...] = (
    {"kind": "run", "experiment": "babi", **_MANIFEST}
    | {"runs": {"qa1-liaf": BABI, "qa1-lif": BABI | {"cell": "lif"}}},
    {"kind": "sweep", "experiment": "babi", **_MANIFEST}
    | {"runs": {"jobs/0123456789abcdef": {"cell": "gru"}}},
    {"kind": "study", "experiment": "mnist-dvs", **_MANIFEST}
    | {"study": "coding", "common": {}, "runs": _NETWORKS},
)
RUN_TABLE = b"""\
job,experiment,data,epochs,lr,seed,cell,scale,filters,data_sha256,weights,muls,adds,samples,\
train_accuracy,validation_accuracy,test_accuracy,majority_accuracy,seconds
a0,mnist-dvs,"MNIST-DVS, simulated",2,0.002,0,liaf,smoke,,c1e2,24178,934420,1019590,\
"[360, 40, 100]",0.86,0.95,0.84,0.1,4.276
a1,rivals,"CIFAR10-DVS, simulated",1,0.002,0,conv2d,small,"8,16",c1e3,24178,934420,1019590,\
"[360, 40, 100]",1.0,0.9,0.5,0.1,4.3
"""
EPOCH_TABLE = b"""\
job,epoch,train_accuracy,train_loss,validation_accuracy,validation_loss
a0,1,0.222222,0.312428,0.45,0.258638
a0,2,0.475,0.244452,0.775,0.173825
a1,1,0,2.11943,1,2.4158
"""
TABLES = (
    b"""\
task,cell,seed,lr,epochs,done,majority,final,chosen,best,chosen_epoch,best_epoch,train,seconds,\
stop_after,cause
1,liaf,0,0.001,60,60,0.187,0.463,0.521,0.53,12,11,0.86,234.9,0,
1,lif,0,0.001,60,40,0.187,0.459,0.52,0.528,14,9,0.9,31.8,5,stopped
8,liaf,1,0.0005,200,13,nan,0.459,0.52,0.528,14,9,0.9,31.8,0,overflow
""",
    b"""\
task,cell,seed,lr,epochs,done,majority,final,chosen,best,chosen_epoch,best_epoch,train,seconds
1,liaf,0,0.001,60,60,0.187,0.463,0.521,0.53,12,11,0.86,234.9
8,liaf,1,0.0005,200,13,nan,0.459,0.52,0.528,14,9,0.9,31.8
""",  # before there were the last two columns
)
