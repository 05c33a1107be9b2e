"""Generator of bAbI tasks: original stories in the published format."""

from pathlib import Path

import numpy as np

from liaf_ref.data.babi.encode import Task, build_task
from liaf_ref.data.babi.stories import FAMILIES, Family
from liaf_ref.data.babi.stories.script import Script
from liaf_ref.data.babi.tasks import check_task, file_name
from liaf_ref.door import check_path, check_positive, check_whole
from liaf_ref.errors import DataError, InputError
from liaf_ref.files import write_atomic

_ATTEMPTS = 100


def generate_text(task: int, stories: int | None = None, seed: int = 0) -> tuple[str, str]:
    """Write the training and test text of a task.

    Parameters
    ----------
    task : int
        Task number, ``1 .. 20``.
    stories : int, optional
        Stories in each text; if left out, as many as have the 1,000 questions of
        a published file (task 20: about so many).
    seed : int
        At least 0; the same seed gives the same texts.

    Returns
    -------
    train_text, test_text : str
        In the published format.  No question of the test text comes after the
        same sentences as a question of the training text; but of task 20, whose
        stories have 16 beginnings, it is whole stories that differ.

    Raises
    ------
    InputError
        If an argument is out of range, or the family has too few stories to keep
        training and test apart.
    """
    task = check_task(task)
    family = FAMILIES[task]
    count = family.stories
    if stories is not None:
        count = check_positive("stories", stories, "the bAbI generator")
    seed = check_whole("seed", seed, "the bAbI generator", least=0)
    rng = np.random.default_rng((seed, task))
    train = [_story(task, family, rng, frozenset()) for _ in range(count)]
    taken = frozenset(family.identity(script) for script in train)
    test = [_story(task, family, rng, taken) for _ in range(count)]
    return _join(train), _join(test)


def _story(
    task: int, family: Family, rng: np.random.Generator, taken: frozenset[tuple[str, ...]]
) -> Script:
    """Draw a story that is not taken."""
    for _ in range(_ATTEMPTS):
        script = Script(task)
        family.write(script, rng)
        if family.identity(script) not in taken:
            return script
    raise InputError(
        f"stories of the bAbI generator: task {task} has too few different stories "
        "to keep this many apart in training and test"
    )


def _join(scripts: list[Script]) -> str:
    return "".join(line for script in scripts for line in script.lines)


def generate_task(task: int, stories: int | None = None, seed: int = 0) -> Task:
    """Generate a task and read it as its files would be read.

    Parameters
    ----------
    task, stories, seed
        As in :func:`generate_text`.

    Returns
    -------
    Task
        Encoded.

    Raises
    ------
    InputError
        As :func:`generate_text`.
    """
    return build_task(task, *generate_text(task, stories, seed))


def write_task(
    folder: Path | str, task: int, stories: int | None = None, seed: int = 0
) -> tuple[Path, Path]:
    """Write a generated task in the published layout.

    Parameters
    ----------
    folder : Path or str
        Made if missing; the files go into its subfolder ``en``, where
        :func:`liaf_ref.data.babi.load_task` finds them.
    task, stories, seed
        As in :func:`generate_text`.

    Returns
    -------
    train, test : Path
        The files; each appears whole or not at all.

    Raises
    ------
    InputError
        As :func:`generate_text`, or if ``folder`` is no path.
    DataError
        If a file of that name holds other text, or the folder cannot be made.
    RunError
        If a file cannot be written.
    """
    texts = generate_text(task, stories, seed)
    target = check_path("folder", folder, "the bAbI generator") / "en"
    train, test = (target / file_name(task, part) for part in ("train", "test"))
    contents = {path: text.encode() for path, text in zip((train, test), texts, strict=True)}
    try:
        target.mkdir(parents=True, exist_ok=True)
        for path, content in contents.items():
            if path.exists() and path.read_bytes() != content:
                raise DataError(f"{path}: holds other text already; choose another folder")
        for path, content in contents.items():
            write_atomic(path, content)
    except (OSError, ValueError) as error:
        raise DataError(f"{folder}: cannot be written: {error}") from error
    return train, test
