"""Generator of bAbI tasks: original stories in the published format."""

from collections.abc import Callable, Collection
from itertools import takewhile
from pathlib import Path

import numpy as np

from liaf_ref._core.atomic import remove_temp_files, write_atomic
from liaf_ref._core.errors import DataError, InputError, unexpected
from liaf_ref._core.locks import directory_lock
from liaf_ref._core.safe_load import read_bytes
from liaf_ref._core.validation import check_instance, check_int, check_path, check_positive_int
from liaf_ref.data.babi.encode import Task, build_task
from liaf_ref.data.babi.reader import TASK_NAMES, check_task, file_name
from liaf_ref.data.babi.stories import carrying, locations, reasoning
from liaf_ref.data.babi.stories.story import Story

# With 1,000 questions, as in a published file; about 1,000 for task 20.
STORIES = dict.fromkeys(TASK_NAMES, 200) | {4: 1000, 15: 250, 16: 1000, 17: 125, 19: 1000, 20: 91}
WRITERS: dict[int, Callable[[Story], None]] = {  # fill an empty story
    1: locations.where(locations.single_moves),
    2: carrying.two_facts,
    3: carrying.three_facts,
    4: locations.two_arguments,
    5: carrying.three_arguments,
    6: carrying.yes_no,
    7: carrying.counting,
    8: carrying.lists,
    9: locations.negation,
    10: locations.indefinite,
    11: locations.where(locations.pronoun_moves),
    12: locations.where(locations.pair_moves),
    13: locations.where(locations.they_move),
    14: reasoning.time_order,
    15: reasoning.deduction,
    16: reasoning.induction,
    17: locations.positions,
    18: reasoning.size_reasoning,
    19: locations.path_finding,
    20: reasoning.motivations,
}

_MAX_ATTEMPTS = 100
_WHERE = "the bAbI generator"


def generate_text(task: int, stories: int | None = None, seed: int = 0) -> tuple[str, str]:
    """Generate training and test text, by default with as many stories as have 1,000 questions."""
    # No question of the test text follows the same sentences as a question of the training text.
    # Task 20 has only 16 different beginnings; there, only whole stories differ.
    task = check_task(task)
    count = STORIES[task]
    if stories is not None:
        count = check_positive_int("stories", stories, _WHERE)
    seed = check_int("seed", seed, _WHERE, minimum=0)
    rng = np.random.default_rng((seed, task))
    train = [_draw_story(task, rng, ()) for _ in range(count)]
    taken = {_beginning(task, lines) for lines in train}
    test = [_draw_story(task, rng, taken) for _ in range(count)]
    return "".join(map("".join, train)), "".join(map("".join, test))


def _draw_story(
    task: int, rng: np.random.Generator, excluded: Collection[tuple[str, ...]]
) -> list[str]:
    """Draw the lines of a story whose beginning is not excluded."""
    for _ in range(_MAX_ATTEMPTS):
        story = Story(task, rng)
        WRITERS[task](story)
        if _beginning(task, story.lines) not in excluded:
            return story.lines
    why = "too few different beginnings for disjoint training and test stories"
    reason = f"expected fewer stories: task {task} has {why}"
    raise InputError.for_argument("stories", _WHERE, reason)


def _beginning(task: int, lines: list[str]) -> tuple[str, ...]:
    """Lines that differ between training and test stories: those before the first question."""
    return tuple(lines if task == 20 else takewhile(lambda line: "\t" not in line, lines))


def generate_task(task: int, stories: int | None = None, seed: int = 0) -> Task:
    """Generate a task and encode it."""
    return build_task(task, *generate_text(task, stories, seed))


def write_texts(
    folder: Path | str, texts: dict[int, tuple[str, str]]
) -> dict[int, tuple[Path, Path]]:
    """Write texts by task to the subfolder ``en``; never overwrite a file with other text."""
    target = check_path("folder", folder, _WHERE) / "en"
    expected = "a dict of texts by task, such as {1: generate_text(1)}"
    texts = check_instance("texts", texts, dict, _WHERE, expected)
    paths: dict[int, tuple[Path, Path]] = {}
    contents: dict[Path, bytes] = {}
    for task, both in texts.items():
        train, test = (target / file_name(check_task(task), part) for part in ("train", "test"))
        match both:
            case (str(train_text), str(test_text)):
                paths[task] = train, test
                contents |= {train: train_text.encode(), test: test_text.encode()}
            case _:
                raise unexpected("texts", both, _WHERE, "a tuple of training and test text")
    with directory_lock(target):
        remove_temp_files(target)
        for path, content in contents.items():
            if path.exists() and read_bytes(path, "a text of bAbI") != content:
                raise DataError(f"{path}: already contains different text; choose another folder")
        for path, content in contents.items():
            write_atomic(path, content)
    return paths
