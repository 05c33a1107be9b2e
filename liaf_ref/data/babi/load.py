"""Load a bAbI task from the published files, or generate one."""

from pathlib import Path

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation.scalars import short_repr
from liaf_ref.data.babi.encode import Task, build_task
from liaf_ref.data.babi.files import find_files, read_text


def load_babi(
    task: int, folder: Path | str | None = None, *, edition: str | None = None, seed: int = 0
) -> Task:
    """Load a bAbI task: the published text from a folder, or generated text without one.

    Parameters
    ----------
    task : int
        Task number, 1 to 20.
    folder : Path or str, optional
        The published folder, ``tasks_1-20_v1-2`` or one around it.
    edition : str, optional
        Published edition, ``"en"`` by default or for example ``"en-10k"``; only with a folder.
    seed : int
        Seed of the generated text; without meaning for published text.

    Returns
    -------
    Task
        ``train`` and ``test`` questions as index arrays, ``vocab``, ``vocab_size``, and the
        lengths ``T`` and ``Q`` of the longest story and question. ``train.inputs`` and
        ``train.labels`` are what :func:`liaf_ref.train` takes.

    Raises
    ------
    InputError
        If there is no such task or edition, or an edition of generated text is asked for.
    DataError
        If a file is missing or cannot be read.
    FormatError
        If a file does not follow the published format.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> task = lr.load_babi(1, seed=0)
    >>> task.name, len(task.train), task.Q
    ('single-supporting-fact', 1000, 4)
    >>> story, query = task.train.inputs
    >>> story.shape == (1000, task.T)
    True
    """
    if folder is not None:
        paths = find_files(folder, task, edition)
        train_text, test_text = map(read_text, paths)
        return build_task(task, train_text, test_text, paths)
    if edition is not None:
        reason = "expected no value without a folder, as the text is then generated; got "
        raise InputError.for_argument("edition", "bAbI", reason + short_repr(edition))
    from liaf_ref.data.babi.generate import generate_task  # noqa: PLC0415 - 20 modules

    return generate_task(task, seed=seed)
