"""Run one experiment of the registry by its name."""

import contextlib
from collections import deque
from pathlib import Path
from typing import Any

from liaf_ref._core.validation import check_bool, check_path
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.registry import find_experiment
from liaf_ref.experiments.runner.manifest import RUN, THIS_FOLDER, Manifest
from liaf_ref.experiments.runner.run_manifest import merge_manifest, open_folder

WHERE = "run_experiment"


def run_experiment(
    name: str,
    folder: Path | str | None = None,
    *,
    data: Path | str | None = None,
    edition: str | None = None,
    partial: bool = False,
    cache: Path | str | None = None,
    **config: Any,
) -> dict[str, Any]:
    """Run one of the paper's experiments to its end.

    Parameters
    ----------
    name : str
        ``babi``, ``mnist-dvs``, ``cifar10-dvs``, ``gesture`` and so on: the names of
        ``liaf-ref run``.
    folder : Path or str, optional
        Folder of the run: ``run.json``, ``metrics.jsonl`` and a checkpoint. A run that was
        interrupted there continues. Nothing is written without a folder.
    data : Path or str, optional
        Folder of the published data; without it data are generated.
    edition : str, optional
        Published edition of bAbI, such as ``"en-10k"``.
    partial : bool
        Whether to use a data folder from which recordings are missing.
    cache : Path or str, optional
        Folder in which prepared frames are kept for later runs.
    **config
        Fields of the experiment's configuration, such as ``task``, ``cell``, ``epochs`` and
        ``seed``; those of ``liaf-ref run NAME --help``.

    Returns
    -------
    dict
        The result: sizes, epochs, accuracies on training, validation and test data, seconds.

    Raises
    ------
    InputError
        If there is no such experiment or field, or a value is invalid.
    DataError
        If data are missing.
    RunError
        If the folder cannot be used.
    TrainingError
        If a loss, gradient or parameter becomes NaN or infinite.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> result = lr.run_experiment("babi", task=1, cell="gru", epochs=1)
    >>> result["cell"], result["epochs"]
    ('gru', 1)
    >>> 0 <= result["test_accuracy"] <= 1
    True
    """
    experiment = find_experiment(name)
    path = None if folder is None else check_path("folder", folder, WHERE)
    source = DataSource(
        None if data is None else check_path("data", data, WHERE),
        edition,
        check_bool("partial", partial, WHERE) or None,
        None if cache is None else check_path("cache", cache, WHERE),
    )
    experiment.check_source(source)
    made = experiment.make_config(config)
    loaded = experiment.load_shared(made, source)
    with contextlib.ExitStack() as locked:
        if path is not None:
            known = Manifest(RUN, experiment, source, {THIS_FOLDER: made})
            manifest = merge_manifest(path, known, extend=True)
            experiment.check(loaded, made, path, resume=True)
            locked.enter_context(open_folder(path, manifest))
        events = experiment.run(loaded, made, path, resume=path is not None)
        last: Any = deque(events, maxlen=1).pop()
    result: dict[str, Any] = last.result
    return result
