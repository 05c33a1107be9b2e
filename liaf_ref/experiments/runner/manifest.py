"""The manifest of an output folder: its runs, the location of their data, the workers."""

import json
from collections.abc import Collection, Hashable, Mapping
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import FormatError, InputError, RunError
from liaf_ref._core.safe_load import MAX_JSON_BYTES, read_json_object
from liaf_ref._core.system import quote
from liaf_ref._core.text import short_repr
from liaf_ref.experiments.experiment import DataSource, Experiment
from liaf_ref.experiments.registry import find_experiment, find_study

MANIFEST_FILE = "manifest.json"
RUN, SWEEP, STUDY = "run", "sweep", "study"
KINDS = (RUN, SWEEP, STUDY)
JOBS_DIR = "jobs"
THIS_FOLDER = "."


class Manifest(NamedTuple):
    """The runs of an output folder, finished or not."""

    kind: str  # "run", "sweep" or "study"
    experiment: Experiment[Any, Any]
    source: DataSource
    configs: dict[str, Any]  # by the folder of the run, in the order of the table
    study: str | None = None  # the study that measures the trained networks
    workers: int | None = 1  # None for a Dask cluster
    plugins: tuple[str, ...] = ()  # Python files of the user, imported first

    def data_key(self, name: str) -> Hashable:
        """A value that is equal for runs on the same data."""
        return self.experiment.data_key(self.configs[name], self.source)


def write_manifest(out: Path, manifest: Manifest) -> None:
    """Write a manifest; values that all runs have in common are written once."""
    configs = {name: asdict(config) for name, config in manifest.configs.items()}
    common = _common_values(list(configs.values()))
    document = {
        "kind": manifest.kind,
        "experiment": manifest.experiment.name,
        "study": manifest.study,
        "plugins": manifest.plugins,
        "workers": manifest.workers,
        "data": manifest.source._replace(cache=None).to_record(),  # no folder to write to
        "common": common,
        "runs": {
            name: {key: value for key, value in config.items() if key not in common}
            for name, config in configs.items()
        },
    }
    content = json.dumps(document, indent=1).encode() + b"\n"
    if len(content) > MAX_JSON_BYTES:
        fewer = f"expected fewer jobs, got {len(configs)}, whose list takes {len(content)} bytes"
        raise RunError(f"{out}: {fewer}; the limit is {MAX_JSON_BYTES} bytes")
    write_atomic(out / MANIFEST_FILE, content)


def read_manifest(out: Path, plugins: Collection[str] | None = None) -> Manifest:
    """Read the manifest of a folder; ``plugins``, if given, are those that have been imported."""
    path = out / MANIFEST_FILE
    document = read_json_object(path)
    kind, study, named, workers = map(document.get, ("kind", "study", "plugins", "workers"))
    _expect(path, kind in KINDS, "a manifest of runs", f"kind {short_repr(kind)}")
    strings = isinstance(named, list) and all(isinstance(plugin, str) for plugin in named)
    _expect(path, strings, "a list of plugins", short_repr(named))
    if plugins is not None:
        _check_imported(path, named or (), plugins)
    expected = "the name of a study if and only if kind is study"
    _expect(path, (study is None) == (kind != STUDY), expected, short_repr(study))
    right = workers is None or (type(workers) is int and workers > 0)
    _expect(path, right, "a positive number of workers or null", short_repr(workers))
    try:
        experiment = find_experiment(document.get("experiment"))
        if study is not None:
            find_study(study)
    except InputError as error:
        raise FormatError(path, str(error)) from error
    source = DataSource.from_record(document.get("data"), path)._replace(cache=None)
    configs = _read_configs(path, document, experiment)
    return Manifest(str(kind), experiment, source, configs, study, workers, tuple(named or ()))


def _expect(path: Path, right: bool, expected: str, given: str) -> None:
    if not right:
        raise FormatError(path, f"expected {expected}, got {given}")


def find_manifest(
    folder: Path, plugins: Collection[str]
) -> tuple[Path, str | None, Manifest] | None:
    """Return the folder with the manifest for a folder, the name of its run in there, and both."""
    folder = folder.resolve()
    if (folder / MANIFEST_FILE).exists():
        return folder, None, read_manifest(folder, plugins)
    for out in list(folder.parents)[:2]:
        name = folder.relative_to(out).as_posix()
        if (out / MANIFEST_FILE).exists() and name in _run_names(out / MANIFEST_FILE):
            return out, name, read_manifest(out, plugins)
    return None


def _run_names(path: Path) -> Collection[str]:
    """The runs of a manifest, which need not be valid."""
    runs = read_json_object(path).get("runs")
    return runs if isinstance(runs, dict) else ()


def _check_imported(path: Path, named: Collection[str], imported: Collection[str]) -> None:
    """Refuse runs with a plugin that the user did not name: a folder may come from anyone."""
    names = {Path(plugin).name for plugin in imported}
    if missing := [plugin for plugin in named if Path(plugin).name not in names]:
        options = " ".join(f"--plugin {quote(plugin)}" for plugin in missing)
        raise FormatError(
            path, f"expected the plugins of the runs, got none; if you trust them, pass {options}"
        )


def _common_values(configs: list[dict[str, Any]]) -> dict[str, Any]:
    first = configs[0] if len(configs) > 1 else {}
    return {
        key: value for key, value in first.items() if all(other[key] == value for other in configs)
    }


def _read_configs(
    path: Path, document: Mapping[str, Any], experiment: Experiment[Any, Any]
) -> dict[str, Any]:
    common, runs = document.get("common"), document.get("runs")
    if not (isinstance(common, dict) and isinstance(runs, dict) and runs):
        reason = "expected `common` and `runs` with the configurations of runs, got none"
        raise FormatError(path, reason)
    for name, values in runs.items():
        _expect(path, _is_job_folder(name), "folder names", short_repr(name))
        _expect(path, isinstance(values, dict), "a configuration", short_repr(values))
    fixed, configs = experiment.fixed_fields, {}
    for name, values in runs.items():
        given = {key: value for key, value in (common | values).items() if key not in fixed}
        try:
            configs[name] = experiment.make_config(given)
        except InputError as error:
            reason = f"expected a valid configuration, got an error: {error}"
            raise FormatError(path, reason) from error
    return configs


def _is_job_folder(name: str) -> bool:
    """Whether a name is that of this folder or of a folder in it."""
    parts = PurePosixPath(name).parts
    if name == THIS_FOLDER:
        return True
    inside = parts[1:] if parts[:1] == (JOBS_DIR,) else parts
    return len(inside) == 1 and Path(inside[0]).name == inside[0] != ".." and "\0" not in name
