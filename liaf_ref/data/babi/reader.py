r"""Reader of bAbI text files.

A line is ``ID sentence`` or ``ID question<TAB>answer<TAB>supports``.  The ID
counts all lines of a story, questions too, and falls back to 1 where the next
story starts; supports are IDs of earlier sentences of the same story.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from liaf_ref._core.errors import FormatError
from liaf_ref._core.validation import check_instance, check_path
from liaf_ref._core.validation.scalars import short_repr
from liaf_ref.data.babi.files import read_text

Tokens = tuple[str, ...]
Tokenizer = Callable[[str], Tokens]

_BASE_ENTRIES, _ENTRIES_PER_BYTE = 2**21, 12  # four times what published texts need


class Question(NamedTuple):
    """A question with the sentences before it."""

    story: tuple[Tokens, ...]  # the sentences before, without earlier questions
    query: Tokens
    answer: str  # one class even where it is a comma list
    supports: tuple[int, ...]  # IDs of the sentences that prove the answer
    line: int  # in the file, from 1
    story_index: int  # in the file, from 1


def tokenize(text: str) -> Tokens:
    """Split text into words and punctuation marks as the Keras example ``babi_rnn`` does."""
    text = check_instance("text", text, str, "bAbI", "a sentence or question")
    return tuple(piece for part in re.split(r"(\W+)", text) if (piece := part.strip()))


def max_entries(size: int) -> int:
    """Largest total of sentences, or indices, of all questions of a text."""
    # Memory would grow with the square of a text that asks a question after every sentence of
    # one story, or has one story far longer than all others.
    return _BASE_ENTRIES + _ENTRIES_PER_BYTE * size


def parse_stories(text: str, path: Path | str) -> list[Question]:
    """Parse the text of a bAbI file; ``path`` is for errors."""
    text = check_instance("text", text, str, "bAbI", "the text of a file")
    path = check_path("path", path, "bAbI")
    questions: list[Question] = []
    message: dict[str, Tokens] = {}
    split = cache(tokenize)  # the same sentences come again and again
    previous = stories = held = 0
    limit = max_entries(len(text))
    for line, content in enumerate(text.removesuffix("\n").split("\n"), start=1):
        number, _, sentence = content.partition(" ")
        if number == "1":
            message, previous, stories = {}, 0, stories + 1
        elif number != str(previous + 1):
            expected = f"{previous + 1}, or 1 for a new story" if previous else "1"
            raise FormatError(path, f"expected line ID {expected}, got {number[:20]!r}", line=line)
        previous += 1
        if "\t" in sentence:
            query, answer, supports = _parse_question(sentence, message, split, path, line)
            held += len(message)
            if held > limit:
                expected = f"expected at most {limit} sentences before the questions in all"
                raise FormatError(path, f"{expected}, got {held}", line=line)
            story = tuple(message.values())
            questions.append(Question(story, query, answer, supports, line, stories))
        else:
            message[number] = _check_statement(split(sentence), path, line)
    if not questions:
        raise FormatError(path, "no line is a question")
    return questions


def _check_statement(tokens: Tokens, path: Path | str, line: int) -> Tokens:
    if not tokens:
        raise FormatError(path, "expected a sentence after the line ID", line=line)
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
        raise FormatError(path, "expected a question before the first tab", line=line)
    if not answer or answer != answer.strip():
        reason = f"expected an answer without spaces around it, got {short_repr(answer)}"
        raise FormatError(path, reason, line=line)
    if not statements:
        raise FormatError(path, "expected a sentence before the first question", line=line)
    supports = cited.split(" ")
    for support in supports:
        if support not in statements:
            reason = f"expected supports among the earlier sentences' IDs, got {support[:20]!r}"
            raise FormatError(path, reason, line=line)
    if len(set(supports)) < len(supports):
        raise FormatError(path, f"expected each support once, got {short_repr(cited)}", line=line)
    return tokenizer(query), answer, tuple(int(support) for support in supports)


def read_stories(path: Path | str) -> list[Question]:
    """Read a bAbI file."""
    return parse_stories(read_text(path), path)
