"""What runs came to: one JSON document, or table and figure; for a folder of runs also as files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liaf_ref._core.atomic import write_atomic
from liaf_ref.cli import output_dir
from liaf_ref.data.babi.published import SHA256
from liaf_ref.report import babi_results, cross_validation, dvs_results
from liaf_ref.training.run_folder import RunFolder, library_versions

Rows = dict[str, dict[str, Any]]  # by the names of the runs' folders


def write_babi(
    rows: Rows,
    digests: Mapping[int, str],
    data_dir: Path | None,
    learning_rates: set[float],
    out: Path | None,
    as_json: bool,
) -> None:
    """Publish runs on bAbI."""
    genuine = all(SHA256[task] == digest for task, digest in digests.items())
    results = list(rows.values())
    document = {
        "experiment": "babi",
        "data": _describe_text(data_dir, genuine, digests),
        "versions": library_versions(),
        "results": results,
    }
    table = (
        output_dir.write_table_and_figure(out, document, genuine)
        if out
        else babi_results.to_markdown(results, genuine)
    )
    lr = ", ".join(map(str, sorted(learning_rates)))
    heading = f"bAbI, {document['data']}, seed {results[0]['seed']}, lr {lr}"
    _print_results(document, heading, table, rows, out, as_json)


def write_dvs(
    rows: Rows,
    title: str,
    data_sha256: str | list[str] | None,
    out: Path | None,
    as_json: bool,
    ablation_note: str = "",
) -> None:
    """Publish runs on recordings."""
    results = list(rows.values())
    first = results[0]
    document = {
        "experiment": first["experiment"],
        "scale": first["scale"],
        "data": title,
        "data_sha256": data_sha256,
        "versions": library_versions(),
        "results": results,
    }
    if folded := "fold" in first:
        document |= {
            "folds": cross_validation.summarize_folds(results),
            "caveat": cross_validation.CAVEAT,
        }
    table = cross_validation.to_markdown(results) if folded else dvs_results.to_markdown(results)
    if out:
        metrics: dict[str, list[list[dict[str, float]]]] = {}
        for name, row in rows.items():
            metrics.setdefault(row["cell"], []).append(RunFolder(out / name, {}).read_metrics())
        curves = {cell: cross_validation.mean_curves(several) for cell, several in metrics.items()}
        write_atomic(out / "results.json", json.dumps(document, indent=2).encode() + b"\n")
        write_atomic(out / "table.md", table.encode() + b"\n")
        write_atomic(out / "figure.png", dvs_results.plot_png(curves, title))
    heading = f"{title}, scale {first['scale']}, seed {first['seed']}{ablation_note}"
    _print_results(document, heading, table, rows, out, as_json)


def _print_results(
    document: dict[str, Any],
    heading: str,
    table: str,
    rows: Rows,
    out: Path | None,
    as_json: bool,
) -> None:
    if as_json:
        print(json.dumps(document, indent=2))
        return
    print(f"\n{heading}\n\n{table}\n")
    for name, row in rows.items():
        if "stopped" in row:
            print(f"{name}: stopped after epoch {row['epochs']}: {row['stopped']}")
    if out:
        print(f"table: {out / 'table.md'}   figure: {out / 'figure.png'}   runs: {out}")


def _describe_text(data_dir: Path | None, is_published: bool, digests: Mapping[int, str]) -> str:
    if data_dir is None:
        return "generated text"
    text = ", ".join(f"QA{task} sha256 {digest[:12]}" for task, digest in digests.items())
    return f"published text ({text})" if is_published else f"text of {data_dir} ({text})"
