r"""The tasks of bAbI, and a reader of their files: lines of printable ASCII that end with LF.

A line is ``ID sentence`` or ``ID question<TAB>answer<TAB>supports``.  The ID
counts all lines of a story, including questions, and starts at 1 again for each
story; supports are IDs of earlier sentences of the same story.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from liaf_ref._core.errors import DataError, FormatError, InputError
from liaf_ref._core.safe_load import read_bytes
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import check_choice, check_instance, check_path

PUBLISHED_FOLDER = "tasks_1-20_v1-2"

_published = tomllib.loads(Path(__file__).with_name("published.toml").read_text("utf-8"))
EDITIONS = tuple(_published["editions"])
TASK_NAMES: dict[int, str] = {int(task): x["name"] for task, x in _published["tasks"].items()}
SHA256: dict[int, str] = {int(task): x["sha256"] for task, x in _published["tasks"].items()}


def check_task(task: object) -> int:
    """Refuse anything but a task number in ``1 .. 20``; for a task name, suggest its number."""
    if isinstance(task, int | np.integer) and not isinstance(task, bool) and task in TASK_NAMES:
        return int(task)
    reason = f"expected a task number in 1 .. {len(TASK_NAMES)}, got {short_repr(task)}"
    for number, name in TASK_NAMES.items():
        if isinstance(task, str) and task.lower() in (name, f"{number}", f"qa{number}"):
            reason += f"; pass {number} for {name}"
    raise InputError.for_argument("task", "bAbI", reason)


def file_name(task: int, part: str) -> str:
    """Name of a published file."""
    return f"qa{task}_{TASK_NAMES[task]}_{part}.txt"


MAX_BYTES = 2**24  # three times the longest text of en-10k
_INVALID_BYTE = re.compile(rb"[^\t\n\x20-\x7e]")


def find_files(folder: Path | str, task: int, edition: str | None = None) -> tuple[Path, Path]:
    """Find the training and the test file of a task in the published folder or its parent."""
    task = check_task(task)
    root = check_path("folder", folder, "bAbI")
    part = "en" if edition is None else check_choice("edition", edition, EDITIONS, "bAbI")
    places = [root / PUBLISHED_FOLDER / part, root / part]
    if edition is None or root.absolute().name == edition:
        places.append(root)
    for place in places:
        for train_name in (file_name(task, "train"), f"qa{task}_train.txt"):  # second: en-valid
            train = place / train_name
            test = place / train_name.replace("_train", "_test")
            if train.is_file() and test.is_file():
                return train, test
    names = " and ".join(file_name(task, part) for part in ("train", "test"))
    looked = ", ".join(str(place) for place in places)
    raise DataError(f"bAbI task {task}: expected {names} in one of {looked}, got no such files")


def read_text(path: Path | str) -> str:
    """Read a text file of printable ASCII lines, at most 16 MB."""
    path = check_path("path", path, "bAbI")
    content = read_bytes(path, "a text of bAbI", MAX_BYTES)
    if not content:
        raise FormatError(path, "expected stories, got an empty file")
    foreign = _INVALID_BYTE.search(content)
    if foreign:
        line = content.count(b"\n", 0, foreign.start()) + 1
        reason = f"expected printable ASCII and LF line ends, got byte 0x{foreign[0].hex()}"
        raise FormatError(path, reason, line=line)
    if not content.endswith(b"\n"):
        reason = (
            "expected a newline at the end of the last line, got none; the file seems truncated"
        )
        raise FormatError(path, reason, line=content.count(b"\n") + 1)
    return content.decode("ascii")


Tokens = tuple[str, ...]
Tokenizer = Callable[[str], Tokens]

_BASE_ENTRIES, _ENTRIES_PER_BYTE = 2**21, 12  # four times what published texts need
_MAX_ENTRIES = 2**25  # 268 MB as indices; the longest task of en-10k, the third, has 2e7
_MAX_SENTENCES = 2**23  # before questions, summed; a sentence has several words
MAX_WORDS = 2**15  # different words and answers of a file; the published ones have fewer than 50
MAX_LINE_LENGTH = 2**16  # characters


class Question(NamedTuple):
    """A question and the sentences before it."""

    story: tuple[Tokens, ...]  # the sentences before, without earlier questions
    query: Tokens
    answer: str  # one class, even if it is a list with commas
    supports: tuple[int, ...]  # IDs of the sentences that prove the answer
    line: int  # in the file, from 1
    story_index: int  # in the file, from 1


def tokenize(text: str) -> Tokens:
    """Split text into words and punctuation marks as the Keras example ``babi_rnn`` does."""
    text = check_instance("text", text, str, "bAbI", "a sentence or question")
    return tuple(piece for part in re.split(r"(\W+)", text) if (piece := part.strip()))


def max_entries(size: int) -> int:
    """Limit for the total number of sentences, or indices, over all questions of a text."""
    # Without it, memory could grow quadratically with the file: for one story with a question after
    # every sentence, or for one story that is much longer than all others.
    return min(_BASE_ENTRIES + _ENTRIES_PER_BYTE * size, _MAX_ENTRIES)


def parse_stories(text: str, path: Path | str) -> list[Question]:
    """Parse the text of a bAbI file; ``path`` names it in errors."""
    text = check_instance("text", text, str, "bAbI", "the text of a file")
    path = check_path("path", path, "bAbI")
    questions: list[Question] = []
    message: dict[str, Tokens] = {}
    words: dict[str, str] = {}

    @cache  # the same sentences occur many times
    def split(sentence: str) -> Tokens:
        return tuple(words.setdefault(token, token) for token in tokenize(sentence))

    stories = held = 0
    limit = min(max_entries(len(text)), _MAX_SENTENCES)
    for line, number, sentence in _numbered_lines(text, path):
        if number == "1":
            message, stories = {}, stories + 1
        if "\t" in sentence:
            query, answer, supports = _parse_question(sentence, message, split, path, line)
            held += len(message)
            if held > limit:
                expected = (
                    f"expected at most {limit} sentences before questions, "
                    "summed over all questions"
                )
                raise FormatError(path, f"{expected}, got {held}", line=line)
            story, answer = tuple(message.values()), words.setdefault(answer, answer)
            questions.append(Question(story, query, answer, supports, line, stories))
        else:
            message[number] = _check_statement(split(sentence), path, line)
        if len(words) > MAX_WORDS:
            reason = f"expected at most {MAX_WORDS} different words and answers in a file, got more"
            raise FormatError(path, reason, line=line)
    if not questions:
        raise FormatError(path, "expected at least one question, got none")
    return questions


def _numbered_lines(text: str, path: Path | str) -> Iterator[tuple[int, str, str]]:
    """Split lines into their place in the file, their ID and the rest; check length and ID."""
    previous = 0
    for line, content in enumerate(text.removesuffix("\n").split("\n"), start=1):
        if len(content) > MAX_LINE_LENGTH:
            reason = f"expected a line of at most {MAX_LINE_LENGTH} characters, got {len(content)}"
            raise FormatError(path, reason, line=line)
        number, _, sentence = content.partition(" ")
        if number == "1":
            previous = 0
        elif number != str(previous + 1):
            expected = f"{previous + 1}, or 1 for a new story" if previous else "1"
            raise FormatError(path, f"expected line ID {expected}, got {number[:20]!r}", line=line)
        previous += 1
        yield line, number, sentence


def _check_statement(tokens: Tokens, path: Path | str, line: int) -> Tokens:
    if not tokens:
        raise FormatError(path, "expected a sentence after the line ID, got none", line=line)
    if tokens[-1] == "?":
        reason = "expected a question, a tab, the answer, a tab and the supports; got no tab"
        raise FormatError(path, reason, line=line)
    return tokens


def _parse_question(
    sentence: str, statements: dict[str, Tokens], tokenizer: Tokenizer, path: Path | str, line: int
) -> tuple[Tokens, str, tuple[int, ...]]:
    query, *fields = sentence.split("\t")
    if len(fields) != 2:
        reason = f"expected 2 tabs, before the answer and before the supports; got {len(fields)}"
        raise FormatError(path, reason, line=line)
    answer, cited = fields
    if not tokenizer(query):
        raise FormatError(path, "expected a question before the first tab, got none", line=line)
    if not answer or answer != answer.strip():
        reason = f"expected an answer without spaces around it, got {short_repr(answer)}"
        raise FormatError(path, reason, line=line)
    if not statements:
        raise FormatError(
            path, "expected a sentence before the first question, got none", line=line
        )
    supports = cited.split(" ")
    for support in supports:
        if support not in statements:
            reason = f"expected supports that are IDs of earlier sentences, got {support[:20]!r}"
            raise FormatError(path, reason, line=line)
    if len(set(supports)) < len(supports):
        raise FormatError(path, f"expected each support once, got {short_repr(cited)}", line=line)
    return tokenizer(query), answer, tuple(int(support) for support in supports)


def read_stories(path: Path | str) -> list[Question]:
    """Read a bAbI file."""
    return parse_stories(read_text(path), path)
