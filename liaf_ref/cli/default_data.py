"""Where data are looked for if no option names a folder."""

from pathlib import Path

from liaf_ref._core.errors import InputError
from liaf_ref.experiments.babi import data_dir_from_env
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS as VISION


def default_data_dir(name: str) -> Path | None:
    """The folder that the environment names, for experiments that take it."""
    simulated = name in VISION and VISION[name].simulate
    return None if simulated else data_dir_from_env()


def recordings_dir(name: str, data_dir: Path | None) -> Path | None:
    """The folder that an experiment's recordings are read from; None if they are simulated."""
    folder, known = data_dir or default_data_dir(name), VISION[name]
    if folder is None and not known.simulate:
        raise InputError(
            f"--data: expected the published folder of {known.title}; "
            f"see `liaf-ref data --where {name}` for the download"
        )
    return folder
