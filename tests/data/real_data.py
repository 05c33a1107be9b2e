"""The genuine data sets, which are not part of the project, and what is recorded of bAbI."""

import os
from pathlib import Path
from typing import NamedTuple

import pytest


def real_babi_folder() -> Path:
    """Folder that holds ``tasks_1-20_v1-2``; the test is skipped if there is none."""
    return _data_folder("tasks_1-20_v1-2")


def real_data_path(*parts: str) -> Path:
    """A file or folder of a data set of event cameras; the test is skipped without it."""
    path = _data_folder(parts[0]).joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no {path.relative_to(path.parents[len(parts) - 1])} in LIAF_REF_DATA")
    return path


def _data_folder(content: str) -> Path:
    folder = os.environ.get("LIAF_REF_DATA")
    if not folder:
        pytest.skip(f"set LIAF_REF_DATA to the folder that holds {content}")
    return Path(folder)


def real_babi_text(task: int, part: str) -> str:
    (path,) = (real_babi_folder() / "tasks_1-20_v1-2" / "en").glob(f"qa{task}_*_{part}.txt")
    return path.read_text(encoding="ascii")


class PublishedTask(NamedTuple):
    """Facts of a task, of both files; ``test_stories.py`` measures them where the text is.

    ``stories`` are those of the training file; ``majority`` is the share of the commonest
    of ``answers`` answers; ``vocab`` counts tokens and answers; ``median`` and ``T`` are
    tokens told before a question, ``T`` the most, and ``Q`` those of the longest question.
    """

    stories: int
    majority: float
    answers: int
    vocab: int
    Q: int
    median: int
    T: int


PUBLISHED_TASKS = {
    1: PublishedTask(200, 0.182, 6, 21, 4, 37, 66),
    2: PublishedTask(200, 0.199, 6, 35, 5, 86, 552),
    3: PublishedTask(200, 0.193, 6, 36, 8, 252, 1348),
    4: PublishedTask(1000, 0.175, 6, 17, 7, 16, 16),
    5: PublishedTask(200, 0.18, 7, 41, 8, 102, 627),
    6: PublishedTask(200, 0.502, 2, 37, 6, 37, 156),
    7: PublishedTask(200, 0.488, 4, 45, 7, 50, 216),
    8: PublishedTask(200, 0.34, 14, 47, 5, 49, 358),
    9: PublishedTask(200, 0.635, 2, 26, 6, 39, 74),
    10: PublishedTask(200, 0.452, 3, 27, 6, 41, 86),
    11: PublishedTask(200, 0.192, 6, 28, 4, 42, 76),
    12: PublishedTask(200, 0.174, 6, 22, 4, 49, 86),
    13: PublishedTask(200, 0.177, 6, 28, 4, 48, 85),
    14: PublishedTask(200, 0.174, 6, 29, 7, 61, 114),
    15: PublishedTask(250, 0.279, 4, 27, 6, 44, 44),
    16: PublishedTask(1000, 0.258, 4, 19, 5, 41, 41),
    17: PublishedTask(125, 0.512, 2, 22, 12, 20, 24),
    18: PublishedTask(198, 0.513, 2, 22, 10, 41, 130),
    19: PublishedTask(1000, 0.09, 12, 34, 11, 40, 40),
    20: PublishedTask(94, 0.183, 7, 41, 8, 29, 69),
}
# Spaces before the first tab.
SPACE_BEFORE_TAB = {*range(1, 4), *range(5, 15)}
# Of 2,000 genuine questions: how many of our readers' answers are the printed ones, and how many
# printed supports are enough and minimal.  Of task 3, most cite the drop in place of the take.
# Tasks 5 and 16 have questions with two answers; of task 8, some lists are in another order.
CORRECT_ANSWERS = dict.fromkeys(range(1, 21), 2000) | {5: 1996, 8: 1980, 16: 1989}
MINIMAL_SUPPORTS = dict.fromkeys(range(1, 21), 2000) | {3: 423, 8: 1980}
