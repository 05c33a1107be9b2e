"""Generated files are read by programs that are not ours as they are by us."""

import re
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from liaf_ref.data.babi import TASK_NAMES, find_files, read_stories, write_task
from liaf_ref.data.babi.reader import Tokens

from .real_data import real_babi_folder

every_task = pytest.mark.parametrize("task", TASK_NAMES)


def keras_tokenize(sentence: str) -> list[str]:
    return [x.strip() for x in re.split(r"(\W+)", sentence) if x.strip()]


def keras_stories(path: Path, only_supporting: bool) -> list[tuple[list[str], list[str], str]]:
    """What the Keras example ``babi_rnn`` makes of a file, by its rules."""
    data: list[Any] = []
    story: list[Any] = []
    for raw in path.read_bytes().splitlines(keepends=True):
        number, line = raw.decode("utf-8").strip().split(" ", 1)
        if int(number) == 1:
            story = []
        if "\t" in line:
            question, answer, supporting = line.split("\t")
            if only_supporting:
                text = [story[int(i) - 1] for i in supporting.split()]
            else:
                text = [sentence for sentence in story if sentence]
            data.append((text, keras_tokenize(question), answer))
            story.append("")
        else:
            story.append(keras_tokenize(line))
    return [(reduce(lambda a, b: a + b, text), query, answer) for text, query, answer in data]


def joined(sentences: tuple[Tokens, ...]) -> list[str]:
    return [token for sentence in sentences for token in sentence]


def check_keras(path: Path) -> None:
    ours = read_stories(path)
    theirs = keras_stories(path, only_supporting=False)
    assert [(joined(q.story), list(q.query), q.answer) for q in ours] == theirs
    for (cited, query, answer), q in zip(keras_stories(path, True), ours, strict=True):
        assert cited
        assert (query, answer) == (list(q.query), q.answer)


@every_task
def test_the_keras_example_reads_what_is_written(tmp_path: Path, task: int) -> None:
    for path in write_task(tmp_path, task, stories=20):
        check_keras(path)


@every_task
def test_the_keras_example_reads_the_genuine_text_as_we_do(task: int) -> None:
    for path in find_files(real_babi_folder(), task):
        check_keras(path)


@every_task
@pytest.mark.parametrize("supporting", [False, True])
def test_torchtext_reads_what_is_written(tmp_path: Path, task: int, supporting: bool) -> None:
    torchtext = pytest.importorskip("torchtext.datasets.babi")
    field = torchtext.BABI20Field(memory_size=50)
    for path in write_task(tmp_path, task, stories=20):
        theirs = torchtext.BABI20(str(path), field, only_supporting=supporting)
        ours = read_stories(path)
        assert len(theirs) == len(ours)
        for example, q in zip(theirs, ours, strict=True):
            assert " ".join(example.query) == re.sub(r" \W", "", " ".join(q.query))
            assert example.answer == [q.answer]
            text = [" ".join(sentence[:-1]).split() for sentence in q.story]
            if supporting:
                assert len(example.story) == len(q.supports)
                assert all(sentence in text for sentence in example.story)
            else:
                assert example.story == text
