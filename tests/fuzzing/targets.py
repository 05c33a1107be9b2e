"""Every reader, by a name: its right files, and what reads them once they are damaged."""

import contextlib
import functools
import hashlib
import json
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import chain, islice
from pathlib import Path, PurePath
from random import Random
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import record_runs
from data.events import writers
from report.run_factory import babi_run, summary, vision_run
from support import Setup, folder_contents

from fuzzing.damage import Files, as_json, as_npz, damage, mutate_arrays
from liaf_ref._core.errors import FileWarning
from liaf_ref.cli import run_study
from liaf_ref.data import read_events, stream_events
from liaf_ref.data.babi import load_babi
from liaf_ref.data.babi.reader import file_name
from liaf_ref.data.events import EVENT, Preprocessing
from liaf_ref.data.events.datasets import load_gesture
from liaf_ref.data.events.datasets.gesture import LABELS_HEADER, TRIAL_LISTS
from liaf_ref.data.events.preprocessing import read_cached_frames
from liaf_ref.experiments import babi
from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.experiments.runner import spec
from liaf_ref.experiments.runner.jobs import read_state
from liaf_ref.experiments.runner.manifest import read_manifest
from liaf_ref.interop import nir as graphs
from liaf_ref.interop.weights import load_weights, save_weights
from liaf_ref.layers import Dense, DenseLIF
from liaf_ref.oracle import golden as sets
from liaf_ref.oracle.checker import program
from liaf_ref.oracle.checker import selection as case_selection
from liaf_ref.oracle.checker.verdict import judge
from liaf_ref.oracle.golden import cases as stored
from liaf_ref.oracle.golden import manifest
from liaf_ref.report import babi_runs, build, runs
from liaf_ref.report.render import render_report
from liaf_ref.report.table03 import Accuracies
from liaf_ref.training import checkpoint
from liaf_ref.training.run_folder import read_metrics

SECTIONS = ("table06", "table07", "fig07", "fig08", "table09", "table10", "n-mnist", "table03")
MAX_MESSAGE_LENGTH = 1000  # characters of a message, but for the folder
RENDER_EVERY = 64  # of so many reports that are taken, one is laid out


class Target(NamedTuple):
    """A reader: its right files, what reads their folder, and what makes their digests right."""

    make: Callable[[Random], Files]
    read: Callable[[Path], object]
    sign: Callable[[dict[str, bytes]], dict[str, bytes]] | None = None


# Right documents, small.

DATA_SHA256 = "0" * 64
BABI = asdict(babi.BabiConfig(task=1, cell="liaf", epochs=2, track_test=True))
VISION = asdict(DVSConfig("mnist-dvs", "liaf", "smoke"))
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
_NETWORKS = {"liaf": {"cell": "liaf", "scale": "smoke"}, "lif": {"cell": "lif", "scale": "smoke"}}
_MANIFEST: dict[str, Any] = {"experiment": "babi", "study": None, "plugins": [], "workers": 2}
_MANIFEST |= {"data": {"folder": None, "edition": None}, "common": {"task": 1}}
MANIFESTS: tuple[dict[str, Any], ...] = (
    _MANIFEST | {"kind": "run", "runs": {"qa1-liaf": BABI, "qa1-lif": BABI | {"cell": "lif"}}},
    _MANIFEST | {"kind": "sweep", "runs": {"jobs/0123456789abcdef": {"cell": "gru"}}},
    _MANIFEST
    | {"kind": "study", "experiment": "mnist-dvs", "study": "coding", "common": {}}
    | {"runs": _NETWORKS},
)


ENDS = babi_runs.to_csv([summary(1, "liaf"), summary(8, "lif", 1, 0.3)])


@functools.cache
def _runs() -> dict[str, dict[str, bytes]]:
    """Files of runs on recordings and on bAbI, and the tables of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = folder / "mnist-dvs"
        vision_run(own, **VISION, data_sha256=DATA_SHA256)
        babi_run(folder / "babi", test=(0.2, 0.3), **BABI, data_sha256=DATA_SHA256)
        (own / "manifest.json").write_text('{"runs": {}}')
        record_runs.main([str(own), "made", "--out", str(folder / "tables")])
        return {part.name: folder_contents(part) for part in folder.iterdir()}


def _content(write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        write(path)
        return path.read_bytes()


# Records of runs, and what is made of them.


def _run_of(experiment: str) -> dict[str, bytes]:
    """The two files of a run, by their names."""
    files = _runs()[experiment]
    return {PurePath(path).name: files[path] for path in files if "-0/" in path}


def _record(rng: Random) -> Files:
    """A record of a run, or of a study, beside which there is what it came to."""
    if rng.randrange(2):
        return {"run.json": _run_of("babi")["run.json"]}
    return {"run.json": as_json(STUDY), "table.md": STUDY_TABLE, "figure.png": b""}


def _read_record(folder: Path) -> object:
    if (folder / "table.md").exists():
        return run_study.read_answer(folder)
    return read_state(folder, babi.BabiConfig(**BABI)), read_metrics(folder)


def _read_waivers(folder: Path) -> object:
    found = case_selection.read_waivers(folder / "waivers.toml")
    names = ("l0_spike_l1", "l3_fig5_rnn", "a" * 40)
    return [waiver.matches_case(name) for waiver in found for name in names], list(map(str, found))


def _read_run_summaries(folder: Path) -> object:
    ends = runs.from_csv(folder / "runs.csv")
    babi_runs.check_one_table(babi_runs.BabiRun("runs.csv", end) for end in ends)
    claims = [list(Accuracies.of(ends, name).claims()) for name in babi_runs.EPOCH_SELECTIONS]
    return claims, babi_runs.to_csv(ends)


def _report(rng: Random) -> Files:
    """Two runs beside each other, or one."""
    files = {"results.json": b'{"data": "generated"}'}
    run = _run_of(rng.choice(("babi", "mnist-dvs")))
    record = rng.choice((json.loads(run["run.json"]), json.loads(run["run.json"]), STUDY))
    for seed in (0, 1) if rng.random() < 0.25 else (1,):
        text = record | {"config": record["config"] | {"seed": seed}}
        files |= {f"{seed}/run.json": as_json(text)}
        files |= {f"{seed}/metrics.jsonl": run["metrics.jsonl"]}
    return files


def _read_report(folder: Path) -> object:
    found = build.collect_runs([folder])
    if (folder / "1" / "run.json").stat().st_size % RENDER_EVERY == 0:
        sections = [build.make_section(name, found) for name in SECTIONS]
        return _page(build.Report(tuple(sections), (), build.runs_table(found), found.skipped))
    return found


def _page(report: build.Report) -> object:
    """The page of a report, which is well-formed, without its pictures, which are slow."""
    sections = (section._replace(pictures=()) for section in report.sections)
    files = render_report(report._replace(sections=tuple(sections)))
    return ElementTree.fromstring(files["index.html"])  # noqa: S314 - our own


@functools.cache
def _report_of_nothing() -> build.Report:
    return build.build_report(build.NO_RUNS)


# Arrays on disk.

SETUP = Setup()
LAYERS = Dense(3, 4), DenseLIF(3, 4)
PREPARATION = Preprocessing(sensor_size=(4, 3), time_window=5, T=2)

FRAMES = {"frames": np.ones(PREPARATION.shape, PREPARATION.dtype), "settings": np.array("{}")}


@functools.cache
def _checkpoint() -> bytes:
    """Of a run in its second epoch."""
    return _content(lambda path: checkpoint.save(path, SETUP.events()[5].state, 1.5))


def _read_checkpoint(folder: Path) -> object:
    """Load a checkpoint, and go on with it for a step."""
    path = folder / "checkpoint.npz"
    saved = checkpoint.load(path)
    checkpoint.check_compatible(path, saved.state, SETUP.initial_state())
    with np.errstate(all="ignore"):
        return list(islice(SETUP.run(saved.state), 1))


@functools.cache
def _layer(kind: str) -> bytes:
    """Parameters of a layer, or its graph."""
    layer = LAYERS[kind == "nir"]
    params = layer.init(np.random.default_rng(0), np.float32)
    if kind == "nir":
        return _content(lambda p: graphs.write(p, graphs.to_nir([graphs.Stage(layer, params)])))
    return _content(lambda path: save_weights(path, params, layer))


def _read_nir(folder: Path) -> object:
    with np.errstate(all="ignore"):
        return graphs.from_nir(graphs.read(folder / "graph.nir"))


# Golden sets and answers.

CASES = ("l0_exact_dropout", "l0_mse_two")
STORED = {"<i8", "<f8", "<f4", "<f2"}


@functools.cache
def _cases() -> list[sets.GoldenCase]:
    found = {one.case.name: one for one in sets.golden_cases()}
    return [found[name] for name in CASES]


def _tensors(arrays: Any) -> bytes:
    return stored.to_safetensors({n: a for n, a in arrays.items() if a.dtype.str in STORED})


def _golden(rng: Random) -> Files:
    """A set of one case, its arrays as safetensors or as text; they need not be the case's."""
    one, kind = rng.choice(_cases()), rng.choice(("safetensors", "safetensors", "hex"))
    arrays = stored.flatten(one)
    entry = manifest.case_entry(one, arrays)
    if rng.randrange(3) == 0:
        arrays = mutate_arrays(arrays, rng)
        entry = entry | {"arrays": {name: _described(array) for name, array in arrays.items()}}
    text = manifest.dumps([entry], (kind,))
    names = [n for n in arrays if len(n) < 99 and ".." not in n] if kind == "hex" else []
    files = {stored.hexadecimal_file(one.case.name, name): b"00000000\n" for name in names}
    if kind == "safetensors":
        files = {f"{one.case.name}.safetensors": _tensors(arrays)}
    return _sum_up({"manifest.json": text if isinstance(text, bytes) else text.encode(), **files})


def _described(array: Any) -> dict[str, Any]:
    digest = hashlib.sha256(array.tobytes()).hexdigest()
    of = {"shape": list(array.shape), "dtype": array.dtype.name}
    return {**of, "sha256": digest, "role": "input"}


def _sum_up(files: dict[str, bytes]) -> dict[str, bytes]:
    known = {name: text for name, text in files.items() if name != "SHA256SUMS"}
    sums = (f"{hashlib.sha256(text).hexdigest()}  {name}\n" for name, text in known.items())
    return {**known, "SHA256SUMS": "".join(sums).encode()}


def _read_golden(folder: Path) -> object:
    """Load a set, or audit it, as its size has it."""
    if (folder / "manifest.json").stat().st_size % 2:
        return sets.load(folder)
    problems = [verdict.problem for verdict in sets.audit(folder)]
    for text in filter(None, problems):
        if len(text) > MAX_MESSAGE_LENGTH or text.splitlines() != [text]:
            raise AssertionError(text)
    return problems


def _answer(rng: Random) -> Files:
    """What a program left behind for the first case."""
    expected = {name: a.astype(np.float32) for name, a in _cases()[0].expected.items()}
    arrays = mutate_arrays(expected, rng)
    if rng.random() < 0.6:
        return {"answer.npz": as_npz(arrays)}
    return {"answer.safetensors": _tensors(arrays)}


def _read_answer(folder: Path) -> object:
    """Read an answer and compare it; files left of an input before would be read first."""
    one = _cases()[0]
    found = program.read_answer(folder, one.case.astype("float32"))
    verdict = judge(lambda _: found, one, "float32")
    return verdict.summary(), json.dumps(verdict.to_dict())


# Texts of data sets.

STORIES = (
    b"1 Ida went to the hall.\n2 Bo took the ball, and the cup.\n3 Where is Ida? \thall\t1\n"
    b"4 Bo went to the hall.\n5 What has Bo?\tball,cup\t2\n6 Where is the cup?\thall\t2 4\n"
    b"1 Cy ran.\n2 Who ran?\tCy\t1\n",
    b"1 Bo sat in the garden.\n2 Where is Bo?\tgarden\t1\n",
)
TRIALS = (["user01_led", "user02_fluorescent_led"], ["user24_lab"])
LABELS = f"{LABELS_HEADER}\n1,4900000,5000000\n8,5000000,5100000\n11,5050000,6000000\n".encode()


def _babi(rng: Random) -> Files:
    return dict(zip((file_name(1, part) for part in ("train", "test")), STORIES, strict=True))


def _gesture(rng: Random) -> Files:
    """Both lists of trials, and the labels of each."""
    lists = {
        n: "".join(f"{t}.aedat\n" for t in ts).encode()
        for n, ts in zip(TRIAL_LISTS, TRIALS, strict=True)
    }
    labels = {f"{trial}_labels.csv": LABELS for trial in chain(*TRIALS)}
    return lists | labels | {f"{trial}.aedat": b"" for trial in chain(*TRIALS)}


def _read_gesture(folder: Path) -> object:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "DVS128 Gesture in .*: these files are not used")
        return load_gesture(folder, partial=True)


# Events.


def _events(form: str, rng: Random) -> Files:
    """A file of few events."""
    name, write = writers.WRITERS[form]
    side = 34 if form == "n-mnist" else 128
    count = rng.choice((1, 2, 5, 20, 60))
    noise: Any = np.frombuffer(rng.randbytes(4 * count), np.uint8).reshape(4, count)
    times = np.cumsum(noise[0].astype(np.int64) << rng.randrange(12))
    return {
        name: write(writers.make_event_array(times, noise[1] % side, noise[2] % side, noise[3] & 1))
    }


def _read_events(form: str, folder: Path) -> None:
    path = folder / writers.WRITERS[form][0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FileWarning)
        whole = read_events(path, form)
        pieces = np.concatenate(list(stream_events(path, form, chunk=7)))
        if whole.dtype != EVENT or not len(whole) or (whole != pieces).any():
            raise AssertionError("the pieces are not the whole")
        if (whole["t"][1:] < whole["t"][:-1]).any() or min(whole["x"].min(), whole["y"].min()) < 0:
            raise AssertionError("what came are no events")
        read_events(path, form, strict=True)


def _one(name: str, *contents: bytes) -> Callable[[Random], Files]:
    return lambda rng: {name: rng.choice(contents)}


TARGETS: dict[str, Target] = {
    "sweep": Target(
        _one("sweep.toml", *SWEEPS), lambda folder: spec.read_spec(folder / "sweep.toml")
    ),
    "waivers": Target(_one("waivers.toml", WAIVERS), _read_waivers),
    "record": Target(_record, _read_record),
    "metrics": Target(
        lambda r: {"metrics.jsonl": _run_of(r.choice(("babi", "mnist-dvs")))["metrics.jsonl"]},
        read_metrics,
    ),
    "runs": Target(lambda r: {"manifest.json": as_json(r.choice(MANIFESTS))}, read_manifest),
    "checkpoint": Target(lambda r: {"checkpoint.npz": _checkpoint()}, _read_checkpoint),
    "golden": Target(_golden, _read_golden, _sum_up),
    "answer": Target(_answer, _read_answer),
    "ends": Target(_one("runs.csv", ENDS.encode()), _read_run_summaries),
    "tables": Target(
        lambda r: _runs()["tables"], lambda folder: build.collect_runs([folder / "made.csv"])
    ),
    "report": Target(_report, _read_report),
    "remarks": Target(
        _one("remarks.toml", REMARKS),
        lambda folder: _page(build.with_remarks(_report_of_nothing(), folder / "remarks.toml")),
    ),
    "weights": Target(
        lambda r: {"w.safetensors": _layer("weights")},
        lambda f: (load_weights(f / "w.safetensors"), load_weights(f / "w.safetensors", LAYERS[0])),
    ),
    "nir": Target(lambda r: {"graph.nir": _layer("nir")}, _read_nir),
    "frames": Target(
        lambda r: {"kept.npz": as_npz(FRAMES)},
        lambda folder: read_cached_frames(folder / "kept.npz", PREPARATION),
    ),
    "babi": Target(_babi, lambda folder: load_babi(1, folder)),
    "gesture": Target(_gesture, _read_gesture),
    **{
        form: Target(functools.partial(_events, form), functools.partial(_read_events, form))
        for form in writers.WRITERS
    },
}


def damaged_inputs(name: str, count: int, seed: int) -> Iterator[Files]:
    """Damaged files for a reader, one input after the other; most with digests that are right."""
    rng = Random(f"{name} {seed}")  # noqa: S311 - no secrets here
    make, _, sign = TARGETS[name]
    for _ in range(count):
        files = damage(make(rng), rng)
        with contextlib.suppress(Exception):  # damaged beyond digests
            files = sign(files) if sign is not None and rng.random() < 0.8 else files
        yield files
