"""The manifest of an output folder: its runs, the location of their data, the workers.

Whoever writes into the folder locks it first, and adds to the manifest that is there.
"""

import contextlib
import json
from collections.abc import Collection, Hashable, Iterator
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, NamedTuple

from liaf_ref._core.atomic import make_folder, remove_temp_files, write_atomic
from liaf_ref._core.declared import Declared
from liaf_ref._core.errors import FormatError, InputError, RunError, occupied
from liaf_ref._core.kinds import instance, one_of, whole
from liaf_ref._core.locks import directory_lock
from liaf_ref._core.safe_load import MAX_JSON_BYTES, read_json_object
from liaf_ref._core.system import quote
from liaf_ref._core.text import short_repr
from liaf_ref.experiments.experiment import AnyExperiment, DataSource
from liaf_ref.experiments.registry import find_experiment, find_study
from liaf_ref.training.run_folder import RUN_FILE

MANIFEST_FILE = "manifest.json"
RUN, SWEEP, STUDY = "run", "sweep", "study"
TABLE = instance(dict, "a table")
JOBS_DIR = "jobs"
THIS_FOLDER = "."
SUMMARY_FILES = ("results.json", "table.md", "figure.png")
TABLE_FILES = ("results.jsonl", "results.csv")


class Manifest(NamedTuple):
    """The runs of an output folder, finished or not."""

    kind: str  # "run", "sweep" or "study"
    experiment: AnyExperiment
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
    first, *others = configs.values()
    same = {k: v for k, v in first.items() if all(other[k] == v for other in others)}
    common = same if others else {}
    document = {
        "kind": manifest.kind,
        "experiment": manifest.experiment.name,
        "study": manifest.study,
        "plugins": manifest.plugins,
        "workers": manifest.workers,
        "data": replace(manifest.source, cache=None).to_record(),  # no folder to write to
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


class Document(Declared):
    """The content of the file."""

    kind: Annotated[str, one_of(RUN, SWEEP, STUDY)]
    experiment: str
    plugins: tuple[str, ...]
    workers: Annotated[int | None, whole()]
    data: DataSource
    common: Annotated[dict[str, Any], TABLE]
    runs: Annotated[dict[str, Any], TABLE]
    study: str | None = None


def read_manifest(out: Path, plugins: Collection[str] | None = None) -> Manifest:
    """Read the manifest of a folder; ``plugins``, if given, are those that have been imported."""
    path = out / MANIFEST_FILE
    try:
        found = Document.from_record(read_json_object(path), "manifest")
        if plugins is not None:
            _check_imported(found.plugins, plugins)
        if (found.study is None) == (found.kind == STUDY):
            expected = "the name of a study if and only if kind is study"
            raise InputError(f"study: expected {expected}, got {short_repr(found.study)}")
        if found.study is not None:
            find_study(found.study)
        experiment = find_experiment(found.experiment)
        source = replace(found.data, cache=None)
        configs = dict(_read_configs(found, experiment))
    except InputError as error:
        raise FormatError(path, str(error)) from error
    return Manifest(
        found.kind, experiment, source, configs, found.study, found.workers, found.plugins
    )


def merge_manifest(out: Path, manifest: Manifest, extend: bool) -> Manifest:
    """Add the runs of a folder to a manifest, or refuse the folder."""
    # Without ``extend`` the folder must not contain a started run. The specification of a sweep
    # may add jobs to a folder, but not remove any.
    before = read_manifest(out) if (out / MANIFEST_FILE).exists() else None
    started = before and any((out / name / RUN_FILE).exists() for name in before.configs)
    if before is None or not (started or extend):
        held = [name for name in (*SUMMARY_FILES, *TABLE_FILES, RUN_FILE) if (out / name).exists()]
        held += [path.parent.name for path in out.glob(f"*/{RUN_FILE}")]
        if held:
            raise occupied(out, held[0])
        return manifest
    theirs = f"a {before.kind} of {before.study or before.experiment.name}"
    if not extend or theirs != f"a {manifest.kind} of {manifest.study or manifest.experiment.name}":
        raise occupied(out, theirs)
    lost = [str(config) for name, config in before.configs.items() if name not in manifest.configs]
    if lost and manifest.kind == SWEEP:
        more = f" and {len(lost) - 1} more" if lost[1:] else ""
        raise occupied(out, f"jobs that are not in the specification: {lost[0]}{more}")
    return manifest._replace(configs=before.configs | manifest.configs)


@contextlib.contextmanager
def open_folder(out: Path, manifest: Manifest) -> Iterator[None]:
    """Lock an output folder and write its manifest."""
    with directory_lock(out):
        merge_manifest(out, manifest, extend=True)  # another process may have written it since
        _check_no_links(out, manifest)
        remove_temp_files(out)
        write_manifest(out, manifest)
        if any(name.startswith(f"{JOBS_DIR}/") for name in manifest.configs):
            make_folder(out / JOBS_DIR)
        yield
        remove_temp_files(out)


def _check_no_links(out: Path, manifest: Manifest) -> None:
    """Refuse folders of runs that lead elsewhere: nothing is written outside ``out``."""
    places = {JOBS_DIR, *manifest.configs} - {THIS_FOLDER}
    if links := [name for name in sorted(places) if (out / name).is_symlink()]:
        place = out / links[0]
        raise RunError(f"{place}: expected a folder, got a link to {place.readlink()}")


def find_manifest(
    folder: Path, plugins: Collection[str]
) -> tuple[Path, str | None, Manifest] | None:
    """Return the folder with the manifest for a folder, the name of its run in there, and both."""
    folder = folder.resolve()
    for out in (folder, *folder.parents[:2]):
        if (out / MANIFEST_FILE).exists():
            name, manifest = folder.relative_to(out).as_posix(), read_manifest(out, plugins)
            if out == folder or name in manifest.configs:
                return out, None if out == folder else name, manifest
    return None


def _check_imported(named: Collection[str], imported: Collection[str]) -> None:
    """Refuse runs with a plugin that the user did not name: a folder may come from anyone."""
    names = {Path(plugin).name for plugin in imported}
    if missing := [plugin for plugin in named if Path(plugin).name not in names]:
        options = " ".join(f"--plugin {quote(plugin)}" for plugin in missing)
        raise InputError(
            f"expected the plugins of the runs, got none; if you trust them, pass {options}"
        )


def _read_configs(found: Document, experiment: AnyExperiment) -> Iterator[tuple[str, Any]]:
    if not found.runs:
        raise InputError("runs: expected the configurations of runs, got none")
    for name, values in found.runs.items():
        if not _is_job_folder(name):
            raise InputError(f"runs: expected folder names, got {short_repr(name)}")
        own = found.common | TABLE.check(name, values, "the runs")
        fixed = experiment.fixed_fields
        yield name, experiment.make_config({k: v for k, v in own.items() if k not in fixed})


def _is_job_folder(name: str) -> bool:
    """Whether a name is that of this folder or of a folder in it."""
    parts = PurePosixPath(name).parts
    if name == THIS_FOLDER:
        return True
    inside = parts[1:] if parts[:1] == (JOBS_DIR,) else parts
    return len(inside) == 1 and Path(inside[0]).name == inside[0] != ".." and "\0" not in name
