"""Every generated story, solved again; what a seed decides; and the genuine text."""

import csv
import hashlib
import re
from collections import Counter
from functools import cache
from itertools import cycle
from pathlib import Path

import figures
import numpy as np
import pytest

from liaf_ref._core.errors import DataError, InputError
from liaf_ref.data import babi
from liaf_ref.data.babi import Task, build_task, generate_text

from . import real_data
from .rule_based_solver import (
    SolvableQuestion,
    answer_is_correct,
    parse_questions,
    split_stories,
    supports_are_minimal,
)

SEEDS = (0, 1)
every_task = pytest.mark.parametrize("task", real_data.PUBLISHED_TASKS)
# Words that any text with these questions has.
GRAMMAR = """. ? The This Is Does Where What Who Why How Yesterday a afraid and are before color
    did do either from get go he in inside is longer many maybe no none not nothing of one or
    she than the there they this three to two up was will yes you
    yesterday morning afternoon evening above below left right north south east west n s e w"""


@cache
def texts(task: int, seed: int) -> tuple[str, str]:
    return generate_text(task, seed=seed)


@cache
def encoded(task: int, seed: int) -> Task:
    return build_task(task, *texts(task, seed))


@cache
def items(task: int, seed: int) -> tuple[list[SolvableQuestion], list[SolvableQuestion]]:
    train, test = map(parse_questions, texts(task, seed))
    return train, test


def words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]+|[.?]", text))


@cache
def length(sentence: str) -> int:
    """Tokens of a sentence."""
    return len(re.findall(r"\w+|\.", sentence))


def lengths(found: list[SolvableQuestion]) -> list[int]:
    """Tokens told before each question."""
    return [sum(map(length, item.facts.values())) for item in found]


def majority(found: list[SolvableQuestion]) -> float:
    return max(Counter(item.answer for item in found).values()) / len(found)


@pytest.mark.parametrize(("task", "seed"), [*zip(real_data.PUBLISHED_TASKS, cycle(SEEDS))])
def test_answers_follow_from_the_supports_and_from_no_fewer(task: int, seed: int) -> None:
    """The commonest answer is as common as the genuine one, and no story is in both texts."""
    for part in items(task, seed):
        assert all(map(answer_is_correct, part))
        assert all(map(supports_are_minimal, part))
        figures.record("questions", len(part))
        off = abs(majority(part) - real_data.PUBLISHED_TASKS[task].majority)
        assert off <= 0.05
        figures.record("share off", off)
    if task == 20:  # a first sentence is one of 16
        train, test = ({tuple(story) for story in split_stories(t)} for t in texts(task, seed))
    else:
        train, test = ({tuple(item.facts.values()) for item in part} for part in items(task, seed))
    assert not train & test


@every_task
def test_the_vocabulary_has_the_genuine_size(task: int) -> None:
    found = {word for seed in SEEDS for word in encoded(task, seed).vocab}
    answers = {item.answer for part in items(task, 0) for item in part}
    assert encoded(task, 0).Q == real_data.PUBLISHED_TASKS[task].Q
    if task == 8:  # all orders of the things; in the genuine text, 14 of 16 come up
        assert (len(found), real_data.PUBLISHED_TASKS[task].vocab) == (49, 47)
        return
    assert len(found) == real_data.PUBLISHED_TASKS[task].vocab
    assert len(answers) == real_data.PUBLISHED_TASKS[task].answers
    train, test = map(words, texts(task, 0))
    assert train ^ test <= ({"three"} if task == 7 else set())


def test_the_page_shows_this_text_beside_the_genuine_one() -> None:
    table = (Path(__file__).parents[2] / "docs/use/generated-text.csv").read_text("utf-8")
    rows = {row[0]: row[1:] for row in csv.reader(table.splitlines())}
    for task, genuine in real_data.PUBLISHED_TASKS.items():
        both = [item for part in items(task, 0) for item in part]
        text = lengths(both)
        row = (
            (len(encoded(task, 0).vocab), genuine.vocab),
            (f"{max(text):,}", f"{genuine.T:,}"),
            (int(np.median(text)), genuine.median),
            (f"{100 * majority(both):.1f}", f"{100 * genuine.majority:.1f}"),
        )
        assert rows[str(task)] == [str(value) for pair in row for value in pair]


@every_task
def test_the_genuine_text_is_as_recorded_and_the_solver_reads_it(task: int) -> None:
    both = [real_data.real_babi_text(task, part) for part in ("train", "test")]
    found = [item for text in both for item in parse_questions(text)]
    assert sum(map(answer_is_correct, found)) == real_data.CORRECT_ANSWERS[task]
    assert sum(map(supports_are_minimal, found)) == real_data.MINIMAL_SUPPORTS[task]
    told, recorded = lengths(found), real_data.PUBLISHED_TASKS[task]
    assert len(split_stories(both[0])) == recorded.stories
    assert majority(found) == pytest.approx(recorded.majority, abs=0.0005 + 1e-9)
    assert len({item.answer for item in found}) == recorded.answers
    assert (int(np.median(told)), max(told)) == (recorded.median, recorded.T)
    assert sum(text.count("? \t") for text in both) == (
        2000 if task in real_data.SPACE_BEFORE_TAB else 0
    )
    # Our words are not the published ones.
    assert words(" ".join(encoded(task, 0).vocab)) & words("".join(both)) <= words(GRAMMAR)


# Of twenty stories of each task with seed 4.
SHORT_DIGESTS = (
    "345af75d0a d6040fa0a6 4d16806dbe bb145c1675 088dc29577 e4ce2f9778 e287d489a5 "
    "c94ac364fc 1aa30c5119 93a56863bf 72ec1e7e74 6846125dfa 0cee970f10 ed0559455d "
    "133b27990b 58149771c9 dd8794d793 e57b2f9011 30f1ac6f07 a3584eaf1c"
)


def test_text_of_every_task_stays_the_same() -> None:
    found = [
        hashlib.sha256("\0".join(babi.generate_text(task, 20, 4)).encode())
        for task in babi.TASK_NAMES
    ]
    assert " ".join(digest.hexdigest()[:10] for digest in found) == SHORT_DIGESTS


@every_task
def test_a_seed_decides_everything(task: int) -> None:
    first = babi.generate_text(task, stories=5, seed=4)
    assert first == babi.generate_text(task, stories=5, seed=4)
    assert first != babi.generate_text(task, stories=5, seed=5)
    assert first[0] != first[1]
    assert babi.generate_text(task, stories=3, seed=4)[0] == "".join(
        f"{line}\n" for story in split_stories(first[0])[:3] for line in story
    )


def write(folder: Path, task: int, stories: int, seed: int) -> tuple[Path, Path]:
    return babi.write_texts(folder, {task: babi.generate_text(task, stories, seed)})[task]


@pytest.mark.parametrize("task", [1, 8, 20])
def test_written_files_load_as_the_generated_task(tmp_path: Path, task: int) -> None:
    train, test = write(tmp_path / "new", task, 4, 9)
    assert (train.read_text("ascii"), test.read_text("ascii")) == babi.generate_text(task, 4, 9)
    loaded, generated = babi.load_babi(task, tmp_path / "new"), babi.generate_task(task, 4, 9)
    assert (loaded.sha256, loaded.vocab) == (generated.sha256, generated.vocab)
    assert (loaded.train.story == generated.train.story).all()
    assert sorted(train.parent.iterdir()) == sorted([train, test])


def test_of_several_tasks_none_is_written_if_one_cannot_be(tmp_path: Path) -> None:
    _, test = write(tmp_path, 4, 2, 0)
    assert write(tmp_path, 4, 2, 0)[1] == test  # the same text once more
    before = {path: path.read_bytes() for path in test.parent.iterdir()}
    with pytest.raises(
        DataError, match=r"qa4_two-arg-relations_train\.txt: already contains different"
    ):
        babi.write_texts(tmp_path, {task: babi.generate_text(task, 2, 1) for task in (3, 4)})
    assert {path: path.read_bytes() for path in test.parent.iterdir()} == before  # nor task 3's
    paths = babi.write_texts(tmp_path, {task: babi.generate_text(task, 2, 0) for task in (3, 4)})
    assert sorted(test.parent.iterdir()) == sorted([*paths[3], *paths[4]])


def test_a_family_without_enough_stories_says_so() -> None:
    with pytest.raises(
        InputError,
        match=r"^stories of .*: expected fewer stories: task 4 has too few different beginnings",
    ):
        babi.generate_text(4, stories=10_000)
