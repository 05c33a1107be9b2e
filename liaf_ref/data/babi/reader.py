r"""The tasks of bAbI, and a reader of their files: lines of printable ASCII that end with LF.

A line is ``ID sentence`` or ``ID question<TAB>answer<TAB>supports``.  The ID
counts all lines of a story, including questions, and starts at 1 again for each
story; supports are IDs of earlier sentences of the same story.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from liaf_ref._core.errors import DataError, FormatError
from liaf_ref._core.safe_load import read_bytes
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import check_choice, check_instance, check_int, check_path

PUBLISHED_FOLDER = "tasks_1-20_v1-2"

_published = tomllib.loads(Path(__file__).with_name("published.toml").read_text("utf-8"))
EDITIONS = tuple(_published["editions"])
TASK_NAMES: dict[int, str] = {int(task): x["name"] for task, x in _published["tasks"].items()}
SHA256: dict[int, str] = {int(task): x["sha256"] for task, x in _published["tasks"].items()}


def check_task(task: object) -> int:
    """Refuse anything but a task number in ``1 .. 20``."""
    return check_int("task", task, "bAbI", 1, len(TASK_NAMES))


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
        reason = "expected a newline at the end, got none; the file seems truncated"
        raise FormatError(path, reason, line=content.count(b"\n") + 1)
    return content.decode("ascii")


Tokens = tuple[str, ...]
# Without these limits, memory could grow quadratically with the file: for one story with a question
# after every sentence, or for one story that is much longer than all others.
MAX_SENTENCES = 2**23  # before questions, summed; a sentence has several words
MAX_ENTRIES = 2**25  # of padded stories: 268 MB; the longest task of en-10k, the third, has 2e7


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


def parse_stories(text: str, path: Path | str) -> list[Question]:
    """Parse the text of a bAbI file; ``path`` names it in errors."""
    text = check_instance("text", text, str, "bAbI", "the text of a file")
    path = check_path("path", path, "bAbI")
    questions: list[Question] = []
    message: dict[str, Tokens] = {}
    split = cache(tokenize)  # the same sentences occur many times
    stories = held = line = 0
    number = "0"
    try:
        for line, content in enumerate(text.removesuffix("\n").split("\n"), start=1):
            number, sentence = _split_id(content, int(number))
            if number == "1":
                message, stories = {}, stories + 1
            if "\t" not in sentence:
                message[number] = _check_statement(split(sentence))
                continue
            query, answer, supports = _parse_question(sentence, message)
            held += len(message)
            if held > MAX_SENTENCES:
                raise _expected(f"at most {MAX_SENTENCES} sentences before questions", f"{held}")
            story = tuple(message.values())
            questions.append(Question(story, split(query), answer, supports, line, stories))
    except ValueError as error:
        raise FormatError(path, str(error), line=line) from None
    if not questions:
        raise FormatError(path, "expected at least one question, got none")
    return questions


def _expected(what: str, actual: object) -> ValueError:
    return ValueError(f"expected {what}, got {actual}")


def _split_id(line: str, previous: int) -> tuple[str, str]:
    """Split the ID from a line; it is the next one, or 1 for a new story."""
    number, _, sentence = line.partition(" ")
    if number not in {"1", str(previous + 1)}:
        known = f"{previous + 1}, or 1 for a new story" if previous else "1"
        raise _expected(f"line ID {known}", f"{number[:20]!r}")
    return number, sentence


def _check_statement(tokens: Tokens) -> Tokens:
    if not tokens:
        raise _expected("a sentence after the line ID", "none")
    if tokens[-1] == "?":
        raise _expected("a question, a tab, the answer, a tab and the supports", "no tab")
    return tokens


def _parse_question(
    sentence: str, statements: dict[str, Tokens]
) -> tuple[str, str, tuple[int, ...]]:
    """The question, its answer, and its supports."""
    query, *fields = sentence.split("\t")
    if len(fields) != 2:
        raise _expected("2 tabs, before the answer and before the supports", len(fields))
    answer, cited = fields
    supports = cited.split(" ")
    if not tokenize(query):
        raise _expected("a question before the first tab", "none")
    if not answer or answer != answer.strip():
        raise _expected("an answer without spaces around it", short_repr(answer))
    if not statements:
        raise _expected("a sentence before the first question", "none")
    if foreign := [each for each in supports if each not in statements]:
        raise _expected("supports that are IDs of earlier sentences", f"{foreign[0][:20]!r}")
    if len(set(supports)) < len(supports):
        raise _expected("each support once", short_repr(cited))
    return query, answer, tuple(map(int, supports))


def read_stories(path: Path | str) -> list[Question]:
    """Read a bAbI file."""
    return parse_stories(read_text(path), path)
