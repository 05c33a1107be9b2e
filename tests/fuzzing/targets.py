"""Every reader, by a name: how its damaged files are made, and what reads them."""

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from xml.etree import ElementTree

from fuzzing import documents, event_files
from fuzzing.array_files import (
    checkpoint,
    frames,
    nir,
    read_checkpoint,
    read_frames,
    read_nir,
    read_weights,
    weights,
)
from fuzzing.datasets import babi as babi_texts
from fuzzing.datasets import gesture, read_babi, read_gesture
from fuzzing.golden import answer, golden, read_answer, read_golden
from fuzzing.harness import Files, Target
from fuzzing.texts import as_json, as_toml, mutate_text
from fuzzing.values import mutate_document
from liaf_ref.cli import run_study
from liaf_ref.experiments import babi
from liaf_ref.experiments.runner import spec
from liaf_ref.experiments.runner.jobs import read_state
from liaf_ref.experiments.runner.manifest import read_manifest
from liaf_ref.oracle.checker import selection as case_selection
from liaf_ref.report import babi_runs, build, runs
from liaf_ref.report.render import render_report
from liaf_ref.report.table03 import Accuracies
from liaf_ref.training.run_folder import read_metrics

SECTIONS = ("table06", "table07", "fig07", "fig08", "table09", "table10", "n-mnist", "table03")
RENDER_EVERY = 64  # of so many reports that are taken, one is laid out


def _sweep(rng: Random) -> Files:
    document = mutate_document(rng.choice(documents.SWEEPS), rng)
    return {"sweep.toml": mutate_text(as_toml(document), rng)}


def _waivers(rng: Random) -> Files:
    return {"waivers.toml": mutate_text(as_toml(mutate_document(documents.WAIVERS, rng)), rng)}


def _read_waivers(folder: Path) -> object:
    found = case_selection.read_waivers(folder / "waivers.toml")
    names = ("l0_spike_l1", "l3_fig5_rnn", "a" * 40)
    return [waiver.matches_case(name) for waiver in found for name in names], list(map(str, found))


def _record(rng: Random) -> Files:
    """A record of a run, or of a study, beside which there is what it came to."""
    record = rng.choice((*documents.RECORDS, documents.STUDY))
    files = {"run.json": mutate_text(as_json(mutate_document(record, rng)), rng)}
    if record is documents.STUDY:
        files |= {
            "table.md": mutate_text(documents.STUDY_TABLE, rng, probability=0.1),
            "figure.png": b"",
        }
    return files


def _read_record(folder: Path) -> object:
    if (folder / "table.md").exists():
        return run_study.finished_answer(folder)
    config = babi.BabiConfig(**documents.BABI)
    return read_state(folder, config), read_metrics(folder)


def _metrics(rng: Random) -> Files:
    rows = documents.metric_rows(rng.random() < 0.5)
    rows[rng.randrange(3)] = mutate_document(rows[rng.randrange(3)], rng)
    return {"metrics.jsonl": mutate_text(b"\n".join(map(as_json, rows)) + b"\n", rng)}


def _runs(rng: Random) -> Files:
    document = mutate_document(rng.choice(documents.MANIFESTS), rng)
    return {"manifest.json": mutate_text(as_json(document), rng)}


def _run_summaries(rng: Random) -> Files:
    return {"runs.csv": mutate_text(rng.choice(documents.TABLES), rng, probability=1)}


def _read_run_summaries(folder: Path) -> object:
    ends = runs.from_csv(folder / "runs.csv")
    babi_runs.check_one_table(babi_runs.BabiRun("runs.csv", end) for end in ends)
    claims = [list(Accuracies.of(ends, name).claims()) for name in babi_runs.EPOCH_SELECTIONS]
    return claims, babi_runs.to_csv(ends)


def _run_tables(rng: Random) -> Files:
    files = {"runs.csv": documents.RUN_TABLE, "runs-epochs.csv": documents.EPOCH_TABLE}
    name = rng.choice(list(files))
    return files | {name: mutate_text(files[name], rng, probability=1)}


def _report(rng: Random) -> Files:
    """Two runs beside each other, the record, the metrics or what is beside them damaged."""
    files: dict[str, bytes] = {}
    record = rng.choice((*documents.RECORDS, documents.STUDY))
    watched = "task" in record["config"]
    for seed in (0, 1) if rng.random() < 0.25 else (1,):
        text = record | {"config": record["config"] | {"seed": seed}}
        files[f"{seed}/run.json"] = as_json(text)
        files[f"{seed}/metrics.jsonl"] = b"".join(
            as_json(r) + b"\n" for r in documents.metric_rows(watched)
        )
    files["results.json"] = b'{"data": "generated"}'
    kind = rng.randrange(10)
    if kind < 7:
        files["1/run.json"] = mutate_text(as_json(mutate_document(text, rng)), rng, probability=0.2)
    elif kind < 9:
        rows = documents.metric_rows(watched)
        rows[-1] = mutate_document(rows[-1], rng)
        files["1/metrics.jsonl"] = mutate_text(b"\n".join(map(as_json, rows)), rng, probability=0.2)
    else:
        files["results.json"] = mutate_text(files["results.json"], rng, probability=1)
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


def _remarks(rng: Random) -> Files:
    return {"remarks.toml": mutate_text(as_toml(mutate_document(documents.REMARKS, rng)), rng)}


@functools.cache
def _report_of_nothing() -> build.Report:
    return build.build_report(build.NO_RUNS)


def _read_remarks(folder: Path) -> object:
    return _page(build.with_comments(_report_of_nothing(), folder / "remarks.toml"))


def _file(name: str, make: Callable[[Random], bytes]) -> Callable[[Random], Mapping[str, bytes]]:
    return lambda rng: {name: make(rng)}


TARGETS: dict[str, Target] = {
    "sweep": Target(_sweep, lambda folder: spec.read_spec(folder / "sweep.toml")),
    "waivers": Target(_waivers, _read_waivers),
    "record": Target(_record, _read_record),
    "metrics": Target(_metrics, read_metrics),
    "runs": Target(_runs, read_manifest),
    "checkpoint": Target(_file("checkpoint.npz", checkpoint), read_checkpoint),
    "golden": Target(golden, read_golden),
    "answer": Target(answer, read_answer),
    "ends": Target(_run_summaries, _read_run_summaries),
    "tables": Target(_run_tables, lambda folder: build.collect_runs([folder / "runs.csv"])),
    "report": Target(_report, _read_report),
    "remarks": Target(_remarks, _read_remarks),
    "weights": Target(_file("w.safetensors", weights), read_weights),
    "nir": Target(_file("graph.nir", nir), read_nir),
    "frames": Target(frames, read_frames),
    "babi": Target(babi_texts, read_babi),
    "gesture": Target(gesture, read_gesture),
    **event_files.TARGETS,
}


def damaged_inputs(name: str, count: int, seed: int) -> Iterator[Files]:
    """Damaged files for a reader, one input after the other."""
    rng = Random(f"{name} {seed}")  # noqa: S311 - no secrets here
    make = TARGETS[name].make
    return (make(rng) for _ in range(count))
