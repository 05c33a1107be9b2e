"""What is asked of runs on bAbI before they stand in one table."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.validation.scalars import short_repr, short_text
from liaf_ref.report.babi.run_summary import RunSummary

# What runs may differ in.
VARYING_FIELDS = ("task", "cell", "seed", "lr", "epochs", "track_test", "data_sha256")
_VARYING_TEXT = "task, cell, seed, rate and epochs"


def check_comparable(configs: Mapping[Path, Mapping[str, Any]]) -> None:
    """Refuse runs that a table would mix up."""
    texts: dict[Any, Path] = {}
    for folder, config in configs.items():
        first = next(iter(configs))
        for name in sorted((configs[first].keys() | config.keys()) - set(VARYING_FIELDS)):
            a, b = configs[first].get(name), config.get(name)
            if a != b:
                got = (
                    f"{short_text(name)} {short_repr(a)} in {first} and {short_repr(b)} in {folder}"
                )
                raise InputError(f"expected runs on bAbI alike but for {_VARYING_TEXT}, got {got}")
        task = config["task"]
        other = texts.setdefault(task, folder)
        if configs[other].get("data_sha256") != config.get("data_sha256"):
            got = f"{other} and {folder}"
            raise InputError(f"QA{task}: expected runs on one text, got two: {got}")


def check_no_duplicates(runs: Iterable[tuple[str, RunSummary]]) -> None:
    """Refuse a run that would count as two."""
    seen: dict[tuple[Any, ...], str] = {}
    for source, end in runs:
        if end.sort_key() in seen:
            what = f"QA{end.task}, {end.cell}, seed {end.seed}"
            raise RunError(
                f"{what}: expected each run once, got {seen[end.sort_key()]} and {source}"
            )
        seen[end.sort_key()] = source
