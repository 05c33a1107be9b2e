"""Generator of bAbI tasks: original stories in the published format."""

from pathlib import Path

import numpy as np

from liaf_ref._core.atomic import remove_temp_files, write_atomic
from liaf_ref._core.errors import DataError, InputError, os_error_text
from liaf_ref._core.locks import directory_lock
from liaf_ref._core.text import describe_value
from liaf_ref._core.validation import check_instance, check_int, check_path, check_positive_int
from liaf_ref.data.babi.encode import Task, build_task
from liaf_ref.data.babi.files import check_task, file_name
from liaf_ref.data.babi.stories import FAMILIES, Family
from liaf_ref.data.babi.stories.story import Story

_MAX_ATTEMPTS = 100


def generate_text(task: int, stories: int | None = None, seed: int = 0) -> tuple[str, str]:
    """Generate training and test text, by default with as many stories as have 1,000 questions."""
    # No question of the test text follows the same sentences as a question of the training text.
    # Task 20 has only 16 different beginnings; there, only whole stories differ.
    task = check_task(task)
    family = FAMILIES[task]
    count = family.stories
    if stories is not None:
        count = check_positive_int("stories", stories, "the bAbI generator")
    seed = check_int("seed", seed, "the bAbI generator", minimum=0)
    rng = np.random.default_rng((seed, task))
    train = [_draw_story(task, family, rng, frozenset()) for _ in range(count)]
    taken = frozenset(family.distinguishing_lines(script) for script in train)
    test = [_draw_story(task, family, rng, taken) for _ in range(count)]
    return _concatenate(train), _concatenate(test)


def _draw_story(
    task: int, family: Family, rng: np.random.Generator, excluded: frozenset[tuple[str, ...]]
) -> Story:
    """Draw a story whose distinguishing lines are not excluded."""
    for _ in range(_MAX_ATTEMPTS):
        script = Story(task)
        family.write(script, rng)
        if family.distinguishing_lines(script) not in excluded:
            return script
    reason = (
        f"expected fewer stories: task {task} has too few different beginnings for disjoint "
        "training and test stories"
    )
    raise InputError.for_argument("stories", "the bAbI generator", reason)


def _concatenate(stories: list[Story]) -> str:
    return "".join(line for script in stories for line in script.lines)


def generate_task(task: int, stories: int | None = None, seed: int = 0) -> Task:
    """Generate a task and encode it."""
    return build_task(task, *generate_text(task, stories, seed))


def write_task(
    folder: Path | str, task: int, stories: int | None = None, seed: int = 0
) -> tuple[Path, Path]:
    """Generate a task and write it as :func:`write_texts` does."""
    (paths,) = write_texts(folder, {task: generate_text(task, stories, seed)}).values()
    return paths


def write_texts(
    folder: Path | str, texts: dict[int, tuple[str, str]]
) -> dict[int, tuple[Path, Path]]:
    """Write texts by task to the subfolder ``en``; never overwrite a file with other text."""
    target = check_path("folder", folder, "the bAbI generator") / "en"
    expected = "a dict of texts by task, such as {1: generate_text(1)}"
    texts = check_instance("texts", texts, dict, "the bAbI generator", expected)
    paths: dict[int, tuple[Path, Path]] = {}
    contents: dict[Path, bytes] = {}
    for task, both in texts.items():
        train, test = (target / file_name(check_task(task), part) for part in ("train", "test"))
        paths[task] = train, test
        contents |= {train: _encode_text(both, 0), test: _encode_text(both, 1)}
    with directory_lock(target):
        remove_temp_files(target)
        _write(contents)
    return paths


def _encode_text(texts: object, part: int) -> bytes:
    text = texts[part] if isinstance(texts, tuple) and len(texts) == 2 else None
    if isinstance(text, str):
        return text.encode()
    reason = f"expected a tuple of training and test text, got {describe_value(texts)}"
    raise InputError.for_argument("texts", "the bAbI generator", reason)


def _write(contents: dict[Path, bytes]) -> None:
    for path, content in contents.items():
        if path.exists() and _read_existing(path) != content:
            raise DataError(f"{path}: already contains different text; choose another folder")
    for path, content in contents.items():
        write_atomic(path, content)


def _read_existing(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {os_error_text(error)}") from error
