"""Results of the runs of a folder: a JSON document, a table and a figure."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.provenance import library_versions
from liaf_ref.cli.options import Answer
from liaf_ref.cli.output import say
from liaf_ref.data.babi.reader import SHA256
from liaf_ref.experiments.babi import BabiExperiment
from liaf_ref.experiments.runner.jobs import INPUT, Job
from liaf_ref.experiments.runner.manifest import THIS_FOLDER, Manifest
from liaf_ref.report import run_results
from liaf_ref.training.run_folder import DATA_SHA256, read_metrics, read_run_json

Rows = dict[str, dict[str, Any]]  # by the names of the runs


class Summary(NamedTuple):
    """The results of a folder in every form."""

    facts: dict[str, Any]  # of the document
    heading: str
    table: str
    plot_png: Callable[[], bytes]


def write_summary(
    manifest: Manifest,
    out: Path,
    jobs: Sequence[Job],
    estimate: Mapping[str, Any] | None = None,
    only: str | None = None,
) -> int | Answer:
    """Summarize the runs in ``out``, and write the summary there; that of one run is printed."""
    jobs = [job for job in jobs if only in (None, job.name)]
    code = print_errors(jobs)
    rows = {job.name: job.result for job in jobs if job.result is not None}
    if not rows:
        return code
    summary = summarize(manifest, out, rows)
    document = {"experiment": manifest.experiment.name} | summary.facts
    document |= {"versions": library_versions(), "results": list(rows.values())}
    lines = [f"\n{summary.heading}\n\n{summary.table}\n"]
    for name, row in rows.items():
        if "stopped" in row:
            lines.append(f"{name}: stopped after epoch {row['epochs']}: {row['stopped']}")
    if only is None and THIS_FOLDER not in manifest.configs:
        table, figure = out / "table.md", out / "figure.png"
        text = json.dumps(document, indent=2)
        write_atomic(out / "results.json", text.encode() + b"\n")
        write_atomic(table, summary.table.encode() + b"\n")
        write_atomic(figure, summary.plot_png())
        lines.append(f"table: {table}   figure: {figure}   runs: {out}")
    shown = {"estimate": estimate} if estimate else {}
    return Answer(document | shown, "\n".join(lines), code)


def print_errors(jobs: Sequence[Job]) -> int:
    """Print the errors of runs, and return the exit code."""
    failed = [job for job in jobs if job.error is not None]
    for job in failed:
        say(f"error: {job.name}: {job.error}")
    return failure_code(failed)


def failure_code(failed: Sequence[Job]) -> int:
    """Exit code for failed runs: 2 if only their input was wrong, 1 otherwise, 0 for none."""
    return 0 if not failed else 2 if all(job.blame == INPUT for job in failed) else 1


def summarize(manifest: Manifest, out: Path, rows: Rows) -> Summary:
    """Summarize rows in the format of their experiment."""
    experiment = manifest.experiment
    records = {name: read_run_json(out / name) for name in rows}
    data = str(next(iter(records.values())).get("data"))
    if isinstance(experiment, BabiExperiment):
        return _summarize_babi(manifest, out, rows, records)
    from liaf_ref.experiments.dvs import DVSExperiment  # noqa: PLC0415 - not for text

    if isinstance(experiment, DVSExperiment):
        return _summarize_dvs(manifest, out, rows, records, data)
    curves = {name: read_metrics(out / name) for name in rows}
    return Summary(
        {"data": data},
        ": ".join(dict.fromkeys((experiment.title, data))),
        run_results.results_table(list(rows.values())),
        lambda: run_results.plot_curves(curves, experiment.title),
    )


def _summarize_babi(manifest: Manifest, out: Path, rows: Rows, records: Rows) -> Summary:
    configs = [manifest.configs[name] for name in rows]
    digests = {row["task"]: records[name]["config"][DATA_SHA256] for name, row in rows.items()}
    genuine, folder = digests.items() <= SHA256.items(), manifest.source.folder
    text = ", ".join(f"QA{task} sha256 {digest[:12]}" for task, digest in digests.items())
    kind = "published text" if genuine else f"text of {folder}"
    data = "generated text" if folder is None else f"{kind} ({text})"
    results, lr = list(rows.values()), ", ".join(map(str, sorted({c.lr for c in configs})))

    def plot_png() -> bytes:
        metrics = {(row["task"], row["cell"]): read_metrics(out / n) for n, row in rows.items()}
        curves = {key: [e["validation_accuracy"] for e in each] for key, each in metrics.items()}
        return run_results.plot_babi(results, curves, genuine)

    heading = f"bAbI, {data}, seed {results[0]['seed']}, lr {lr}"
    columns = run_results.BABI_COLUMNS_PRINTED if genuine else run_results.BABI_COLUMNS
    table = run_results.results_table(results, columns)
    return Summary({"data": data}, heading, table, plot_png)


def _summarize_dvs(manifest: Manifest, out: Path, rows: Rows, records: Rows, data: str) -> Summary:
    results, config = list(rows.values()), manifest.configs[next(iter(rows))]
    digests = {row.get("fold"): records[n]["config"][DATA_SHA256] for n, row in rows.items()}
    folded = "fold" in results[0]
    sha256 = list(digests.values()) if folded else digests[None]
    facts = {"scale": config.scale, "data": data, "data_sha256": sha256}
    table = run_results.results_table(results, run_results.DVS_COLUMNS)
    if folded:
        folds = run_results.summarize_folds(results)
        facts |= {"folds": folds, "caveat": run_results.FOLDS_CAVEAT}
        table = run_results.folds_table(results)

    def plot_png() -> bytes:
        metrics: dict[str, list[list[dict[str, Any]]]] = {}
        for name, row in rows.items():
            metrics.setdefault(row["cell"], []).append(read_metrics(out / name))
        curves = {cell: run_results.mean_curves(several) for cell, several in metrics.items()}
        return run_results.plot_curves(curves, data)

    changes = (f", {name.replace('_', ' ')} {v}" for name, v in config.deviations().items())
    heading = f"{data}, scale {config.scale}, seed {config.seed}{''.join(changes)}"
    return Summary(facts, heading, table, plot_png)
