"""Where data are looked for if no option names a folder."""

from pathlib import Path

from liaf_ref.experiments.babi import default_folder
from liaf_ref.experiments.vision import EXPERIMENTS as VISION


def usual_folder(name: str) -> Path | None:
    """The folder that the environment names, for experiments that take it.

    Parameters
    ----------
    name : str
        Of the experiment.

    Returns
    -------
    Path or None
        None for recordings that are simulated unless a folder of them is named.
    """
    simulated = name in VISION and VISION[name].simulate
    return None if simulated else default_folder()
