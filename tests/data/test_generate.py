"""The generator: what a seed decides, what it writes, what it refuses."""

import hashlib
from pathlib import Path

import pytest

from liaf_ref._core.errors import DataError, InputError
from liaf_ref.data.babi import (
    TASK_NAMES,
    generate_task,
    generate_text,
    load_babi,
    write_task,
    write_texts,
)

from .rule_based_solver import split_stories

every_task = pytest.mark.parametrize("task", TASK_NAMES)
# Of both texts with seed 0: results of runs on them are published.
DIGESTS = {
    1: "e84f8ce81feb9ecbe05c7e5e723e08ba8b221a59ca3001caa98000ee4fd749c4",
    6: "f1fb44f7753c64c85e04e139cf6ca6b595ccd0a653c41ab71eb6d8cdfe2dfe16",
    11: "dc1fa2a73fe461a6f3c4c86fb07fa7eac9a998277629351b2c17cf18951cd5d2",
    12: "59cbac53b5f8341f4d61d979ea88d1825daa1abab43ff50969d8cd8f49b2a653",
    13: "fe343b176c6a08042db6f6fa7da1a4e5d5e9df2bb6233edf6fae2286e7d39c4e",
}


@pytest.mark.parametrize("task", DIGESTS)
def test_text_that_results_are_published_of_stays_the_same(task: int) -> None:
    texts = "\0".join(generate_text(task))
    assert hashlib.sha256(texts.encode()).hexdigest() == DIGESTS[task]


# Of twenty stories of each task with seed 4.
SHORT_DIGESTS = (
    "345af75d0a d6040fa0a6 4d16806dbe bb145c1675 088dc29577 e4ce2f9778 e287d489a5 "
    "c94ac364fc 1aa30c5119 93a56863bf 72ec1e7e74 6846125dfa 0cee970f10 ed0559455d "
    "133b27990b 58149771c9 dd8794d793 e57b2f9011 30f1ac6f07 a3584eaf1c"
)


def test_text_of_every_task_stays_the_same() -> None:
    found = [hashlib.sha256("\0".join(generate_text(task, 20, 4)).encode()) for task in TASK_NAMES]
    assert " ".join(digest.hexdigest()[:10] for digest in found) == SHORT_DIGESTS


@every_task
def test_a_seed_decides_everything(task: int) -> None:
    first = generate_text(task, stories=5, seed=4)
    assert first == generate_text(task, stories=5, seed=4)
    assert first != generate_text(task, stories=5, seed=5)
    assert first[0] != first[1]
    assert generate_text(task, stories=3, seed=4)[0] == "".join(
        f"{line}\n" for story in split_stories(first[0])[:3] for line in story
    )


@every_task
def test_written_files_load_as_the_generated_task(tmp_path: Path, task: int) -> None:
    train, test = write_task(tmp_path / "new", task, stories=4, seed=9)
    assert (train.read_text("ascii"), test.read_text("ascii")) == generate_text(task, 4, 9)
    loaded, generated = load_babi(task, tmp_path / "new"), generate_task(task, 4, 9)
    assert (loaded.sha256, loaded.vocab) == (generated.sha256, generated.vocab)
    assert (loaded.train.story == generated.train.story).all()
    assert sorted(train.parent.iterdir()) == sorted([train, test])


def test_other_text_is_never_overwritten(tmp_path: Path) -> None:
    train, test = write_task(tmp_path, 1, stories=2, seed=0)
    write_task(tmp_path, 1, stories=2, seed=0)
    before = train.read_bytes()
    test.unlink()
    with pytest.raises(
        DataError, match=r"qa1_single-supporting-fact_train\.txt: already contains different"
    ):
        write_task(tmp_path, 1, stories=2, seed=1)
    assert train.read_bytes() == before
    assert list(train.parent.iterdir()) == [train]


def test_of_several_tasks_none_is_written_if_one_cannot_be(tmp_path: Path) -> None:
    _, test = write_task(tmp_path, 4, stories=2, seed=0)
    before = {path: path.read_bytes() for path in test.parent.iterdir()}
    with pytest.raises(
        DataError, match=r"qa4_two-arg-relations_train\.txt: already contains different"
    ):
        write_texts(tmp_path, {task: generate_text(task, 2, 1) for task in (3, 4)})
    assert {path: path.read_bytes() for path in test.parent.iterdir()} == before
    paths = write_texts(tmp_path, {task: generate_text(task, 2, 0) for task in (3, 4)})
    assert sorted(test.parent.iterdir()) == sorted([*paths[3], *paths[4]])


def test_a_family_without_enough_stories_says_so() -> None:
    with pytest.raises(
        InputError,
        match=r"^stories of .*: expected fewer stories: task 4 has too few different beginnings",
    ):
        generate_text(4, stories=10_000)
