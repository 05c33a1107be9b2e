"""What was asked of a folder: its runs, those that have not begun too, and where the data are."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.atomic import make_folder, write_atomic
from liaf_ref._core.errors import FormatError, RunError
from liaf_ref._core.safe_load import read_json
from liaf_ref._core.validation.scalars import short_repr
from liaf_ref.cli.studies import STUDIES, Study
from liaf_ref.experiments import run_record
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.experiments.registry import Experiment
from liaf_ref.experiments.sweep.sweep_dir import SPEC_FILE as SPEC
from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.report.palette import CELL_NAMES

FILENAME = "runs.json"


class RunManifest(NamedTuple):
    """Runs of one experiment.

    Attributes
    ----------
    experiment : Experiment
        What they are runs of.
    source : Source or None
        Where their data are; None in a record that does not say.
    configs : dict of str to object
        Their configurations by the names of their folders, in the order of the table.
    study : str or None
        What is measured of them once they are trained, if they are a study's.
    """

    experiment: Experiment
    source: DataSource | None
    configs: dict[str, Any]
    study: str | None = None


def read_manifest(out: Path) -> RunManifest | None:
    """Read what was asked of a folder."""
    path = out / FILENAME
    if not path.exists():
        return _from_run_records(out)
    try:
        document = read_json(path, "a run manifest")
        text = {name: dict(config) for name, config in document["runs"].items()}
        origin = document["origin"]
        experiment = run_record.experiment_of_record(origin["experiment"], path)
        study = STUDIES[document["study"]] if document.get("study") else None
    except FormatError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(path, f"expected a run manifest, got {short_repr(error)}") from error
    configs = {
        name: run_record.config_of_record(experiment, config, path) for name, config in text.items()
    }
    wrong = [name for name in configs if not _is_folder_name(name)]
    if wrong:
        raise FormatError(path, f"expected folder names, got {short_repr(wrong[0])}")
    if study and not _match_study(study, configs):
        expected = f"expected the networks {' and '.join(study.cells)} of {study.name}"
        raise FormatError(
            path, f"{expected}, got {experiment.name}: {short_repr(', '.join(configs))}"
        )
    return RunManifest(
        experiment, DataSource.from_record(origin, path), configs, study and study.name
    )


def add_runs(
    out: Path,
    experiment: str,
    source: DataSource,
    configs: Mapping[str, Any],
    study: str | None = None,
) -> None:
    """Add runs to what is asked of a folder, before the first of them begins."""
    if (out / SPEC).exists():
        raise RunError(f"{out}: holds a sweep; choose another folder with --out")
    before = read_manifest(out)
    if before and before.experiment.name != experiment:
        raise RunError(
            f"{out}: holds runs of {before.experiment.name}, not of {experiment}; "
            "choose another folder with --out"
        )
    if before and before.study != study:
        raise RunError(
            f"{out}: holds runs of {before.study or before.experiment.name}, "
            f"not of {study or experiment}; choose another folder with --out"
        )
    text = {**(before.configs if before else {}), **configs}
    document = {
        "origin": source.to_record(experiment),
        **({"study": study} if study else {}),
        "runs": {name: asdict(config) for name, config in text.items()},
    }
    make_folder(out)
    write_atomic(out / FILENAME, json.dumps(document, indent=2).encode() + b"\n")


def _is_folder_name(name: str) -> bool:
    """Whether it is the name of a folder in this one."""
    return Path(name).name == name and name not in {"", ".."} and "\0" not in name


def _match_study(study: Study, configs: Mapping[str, Any]) -> bool:
    """Whether runs are the networks that a study needs."""
    found = {name: config.cell for name, config in configs.items() if isinstance(config, DVSConfig)}
    return found == {cell: cell for cell in study.cells} and len(found) == len(configs)


def _from_run_records(out: Path) -> RunManifest | None:
    found = {
        path.parent.name: run_record.load_run_record(path.parent)
        for path in out.glob(f"*/{run_record.RUN_FILE}")
    }
    kinds = sorted({run.experiment.name for run in found.values()})
    if len(kinds) > 1:
        raise RunError(f"{out}: expected runs of one experiment, got {' and '.join(kinds)}")
    order = sorted(found, key=lambda name: _table_position(found[name].config))
    configs = {name: found[name].config for name in order}
    return (
        RunManifest(found[order[0]].experiment, found[order[0]].source, configs) if order else None
    )


def _table_position(config: Any) -> tuple[int, int]:
    return getattr(config, "task", 0), list(dict.fromkeys((*CELL_FACTORIES, *CELL_NAMES))).index(
        config.cell
    )
