import hashlib
from pathlib import Path

import numpy as np
import pytest

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref.data import babi
from liaf_ref.data.babi import EncodedQuestions, Question, Task

from .published import PUBLISHED_TASKS
from .real_data import real_babi_folder, real_babi_text

TRAIN = "1 Bo ran.\n2 Cy sat down.\n3 Who ran?\tBo\t1\n"
TEST = "1 Cy ran.\n2 Who ever ran?\tCy,Bo\t1\n"


def decoded(task: Task, part: EncodedQuestions) -> list[tuple[list[str], list[str], str]]:
    words = ("", *task.vocab)
    return [
        ([words[i] for i in story if i], [words[i] for i in query if i], words[answer])
        for story, query, answer in zip(part.story, part.query, part.answer, strict=True)
    ]


def joined(questions: list[Question]) -> list[tuple[list[str], list[str], str]]:
    return [([w for s in q.story for w in s], list(q.query), q.answer) for q in questions]


def test_a_task_worked_by_hand() -> None:
    task = babi.build_task(4, TRAIN, TEST)
    assert task.vocab == (".", "?", "Bo", "Cy", "Cy,Bo", "Who", "down", "ever", "ran", "sat")
    assert (task.number, task.name) == (4, "two-arg-relations")
    assert (task.T, task.Q, task.vocab_size) == (7, 4, 11)
    assert task.train.story.tolist() == [[3, 9, 1, 4, 10, 7, 1]]
    assert task.train.query.tolist() == [[0, 6, 9, 2]]
    assert task.train.answer.tolist() == [3]
    assert task.test.story.tolist() == [[0, 0, 0, 0, 4, 9, 1]]
    assert task.test.query.tolist() == [[6, 8, 9, 2]]
    assert task.test.answer.tolist() == [5]
    assert (len(task.train), len(task.test)) == (1, 1)
    for part in (task.train, task.test):
        assert {part.story.dtype, part.query.dtype, part.answer.dtype} == {np.dtype(np.int64)}


@pytest.mark.parametrize("task", [1, 6, 13])
def test_arrays_say_what_the_text_says(task: int) -> None:
    texts = babi.generate_text(task, stories=20, seed=3)
    built = babi.build_task(task, *texts)
    for part, text in zip((built.train, built.test), texts, strict=True):
        assert decoded(built, part) == joined(babi.parse_stories(text, "generated"))
        assert (np.diff((part.story > 0).astype(int), axis=1) >= 0).all()  # padding on the left
        assert part.answer.min() > 0


def test_a_bad_text_is_named_by_its_file() -> None:
    with pytest.raises(FormatError, match=r"^qa4_two-arg-relations_test\.txt:1: "):
        babi.build_task(4, TRAIN, "x\n")
    with pytest.raises(FormatError, match=r"^mine:1: "):
        babi.build_task(4, "x\n", TEST, (Path("mine"), Path("yours")))
    with pytest.raises(InputError, match="task"):
        babi.build_task(0, TRAIN, TEST)


def test_a_story_far_longer_than_all_others_is_refused() -> None:
    few = "1 Bo sat.\n2 Where?\there\t1\n"
    long = f"1 {'a ' * 3000}\n2 Where?\there\t1\n" + 697 * few
    assert babi.build_task(1, few, long).T == 3000
    long += 150 * few
    limit = 2**21 + 12 * (len(few) + len(long))
    message = f"_test.txt: expected at most {limit} indices.*, got 849 questions of 3002 indices"
    with pytest.raises(FormatError, match=message):
        babi.build_task(1, few, long)
    with pytest.raises(FormatError, match=r"_train\.txt: expected at most"):
        babi.build_task(1, long, few)


@pytest.mark.parametrize("number", range(1, 21))
def test_genuine_tasks_have_the_published_sizes(number: int) -> None:
    task = babi.load_babi(number, real_babi_folder())
    assert (task.T, task.Q, task.vocab_size - 1) == PUBLISHED_TASKS[number].sizes
    assert (len(task.train), len(task.test)) == (1000, 1000)
    assert task.name == babi.TASK_NAMES[number]
    texts = [real_babi_text(number, part) for part in ("train", "test")]
    assert task.sha256 == hashlib.sha256("\0".join(texts).encode()).hexdigest()


def test_the_published_text_is_known_by_its_digest() -> None:
    for number in (1, 20):
        assert babi.is_published(babi.load_babi(number, real_babi_folder()))
    assert not babi.is_published(babi.generate_task(1, 2, 0))
