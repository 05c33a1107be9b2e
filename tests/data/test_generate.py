"""The generator: what a seed decides, what it writes, what it refuses."""

import hashlib
from pathlib import Path

import pytest

from liaf_ref._core.errors import DataError, InputError
from liaf_ref.data import babi

from .rule_based_solver import split_stories

every_task = pytest.mark.parametrize("task", babi.TASK_NAMES)


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


@every_task
def test_written_files_load_as_the_generated_task(tmp_path: Path, task: int) -> None:
    train, test = babi.write_task(tmp_path / "new", task, stories=4, seed=9)
    assert (train.read_text("ascii"), test.read_text("ascii")) == babi.generate_text(task, 4, 9)
    loaded, generated = babi.load_babi(task, tmp_path / "new"), babi.generate_task(task, 4, 9)
    assert (loaded.sha256, loaded.vocab) == (generated.sha256, generated.vocab)
    assert (loaded.train.story == generated.train.story).all()
    assert sorted(train.parent.iterdir()) == sorted([train, test])


def test_other_text_is_never_overwritten(tmp_path: Path) -> None:
    train, test = babi.write_task(tmp_path, 1, stories=2, seed=0)
    babi.write_task(tmp_path, 1, stories=2, seed=0)
    before = train.read_bytes()
    test.unlink()
    with pytest.raises(
        DataError, match=r"qa1_single-supporting-fact_train\.txt: already contains different"
    ):
        babi.write_task(tmp_path, 1, stories=2, seed=1)
    assert train.read_bytes() == before
    assert list(train.parent.iterdir()) == [train]


def test_of_several_tasks_none_is_written_if_one_cannot_be(tmp_path: Path) -> None:
    _, test = babi.write_task(tmp_path, 4, stories=2, seed=0)
    before = {path: path.read_bytes() for path in test.parent.iterdir()}
    with pytest.raises(
        DataError, match=r"qa4_two-arg-relations_train\.txt: already contains different"
    ):
        babi.write_texts(tmp_path, {task: babi.generate_text(task, 2, 1) for task in (3, 4)})
    assert {path: path.read_bytes() for path in test.parent.iterdir()} == before
    paths = babi.write_texts(tmp_path, {task: babi.generate_text(task, 2, 0) for task in (3, 4)})
    assert sorted(test.parent.iterdir()) == sorted([*paths[3], *paths[4]])


def test_a_family_without_enough_stories_says_so() -> None:
    with pytest.raises(
        InputError,
        match=r"^stories of .*: expected fewer stories: task 4 has too few different beginnings",
    ):
        babi.generate_text(4, stories=10_000)
