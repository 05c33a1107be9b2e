"""Texts of bAbI: read, refused, and encoded."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liaf_ref._core.errors import DataError, FormatError, InputError
from liaf_ref.data import babi
from liaf_ref.data.babi import EncodedQuestions, Question, Task

from .real_data import PUBLISHED_TASKS, real_babi_folder, real_babi_text

WORDS = st.lists(st.from_regex(r"[A-Za-z]{1,6}", fullmatch=True), min_size=1, max_size=4)

GOOD = "1 Ida sat down.\n2 Ida got up.\n3 Where is Ida? \there\t2\n"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Ida sat in the hall.", ("Ida", "sat", "in", "the", "hall", ".")),
        ("Where is Ida? ", ("Where", "is", "Ida", "?")),
        ("How far, Ida?", ("How", "far", ",", "Ida", "?")),
        ("  ", ()),
    ],
)
def test_tokens(text: str, tokens: tuple[str, ...]) -> None:
    assert babi.tokenize(text) == tokens


def test_a_question_sees_the_sentences_before_it_and_no_question() -> None:
    text = GOOD + "4 Bo left.\n5 Who left?\tBo,Ida\t4 1\n1 Cy ran.\n2 Who ran?\tCy\t1\n"
    first, second, third = babi.parse_stories(text, "some.txt")
    sat, up, left = ("Ida", "sat", "down", "."), ("Ida", "got", "up", "."), ("Bo", "left", ".")
    assert first == Question((sat, up), ("Where", "is", "Ida", "?"), "here", (2,), 3, 1)
    assert second == Question((sat, up, left), ("Who", "left", "?"), "Bo,Ida", (4, 1), 5, 1)
    assert third == Question((("Cy", "ran", "."),), ("Who", "ran", "?"), "Cy", (1,), 7, 2)


TABS = "expected 2 tabs, before the answer and before the supports, got "
STORY_ID = "expected line ID 2, or 1 for a new story, got "
ASKED = GOOD + "4 Where is Ida?"
SUPPORTS = "expected supports that are IDs of earlier sentences, got "
FOREIGN = "expected printable ASCII and LF line ends, got byte "
BAD = [
    ("", None, "expected stories, got an empty file"),
    ("1 Ida sat.\n", None, "expected at least one question, got none"),
    ("2 Ida sat.\n", 1, "expected line ID 1, got '2'"),
    ("\n", 1, "expected line ID 1, got ''"),
    ("1\tIda sat.\n", 1, "expected line ID 1, got '1\\tIda'"),
    ("1 Ida sat.\n3 Bo ran.\n", 2, STORY_ID + "'3'"),
    ("1 Ida sat.\n02 Bo ran.\n", 2, STORY_ID + "'02'"),
    (f"1 Ida sat.\n{'9' * 5000}\n", 2, f"{STORY_ID}'{'9' * 20}'"),
    (GOOD + "4  \n", 4, "expected a sentence after the line ID, got none"),
    (ASKED + "\n", 4, "expected a question, a tab, the answer, a tab and the supports, got no tab"),
    (ASKED + "\there 2\n", 4, TABS + "1"),
    (
        ASKED + "\there\t2\t\n",
        4,
        "expected 2 tabs, before the answer and before the supports, got 3",
    ),
    ("1 Bo ran.\n2 Cy sat.\n2 Who?\tBo\t1\n", 3, STORY_ID.replace("2", "3") + "'2'"),
    (GOOD + "4 \there\t2\n", 4, "expected a question before the first tab, got none"),
    (ASKED + "\t here\t2\n", 4, "expected an answer without spaces around it, got ' here'"),
    (ASKED + "\t\t2\n", 4, "expected an answer without spaces around it, got ''"),
    ("1 Where is Ida?\there\t1\n", 1, "expected a sentence before the first question, got none"),
    *(
        (ASKED + f"\there\t{cited}\n", 4, f"{SUPPORTS}'{refused}'")
        for cited, refused in [("", ""), ("2  1", ""), ("02", "02"), ("1 3", "3"), ("5 1", "5")]
    ),
    (ASKED + "\there\t2 2\n", 4, "expected each support once, got '2 2'"),
    (GOOD + "1 Bo ran.\n2 Who ran?\tBo\t2\n", 5, SUPPORTS + "'2'"),
    (GOOD[:-1], 3, "expected a newline at the end, got none; the file seems truncated"),
    (GOOD.replace("\n", "\r\n", 1), 1, FOREIGN + "0x0d"),
    (GOOD.replace("here", "h\u00e9re"), 3, FOREIGN + "0xc3"),
]


@pytest.mark.parametrize(("text", "line", "reason"), BAD)
def test_a_bad_file_names_its_line(
    tmp_path: Path, text: str, line: int | None, reason: str
) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(text.encode())
    with pytest.raises(FormatError) as caught:
        babi.read_stories(path)
    place = f"{path}:{line}" if line else str(path)
    assert str(caught.value) == f"{place}: {reason}"


def test_a_story_that_is_asked_after_for_ever_or_far_too_long_is_refused() -> None:
    text = "".join(f"{line} a\n" for line in range(1, 9001))
    asked = "".join(f"{line} b ?\tc\t1\n" for line in range(9001, 10001))
    assert len(babi.parse_stories(text + asked[: asked.index("9601 ")], "some.txt")) == 600
    message = "some.txt:9933: expected at most 8388608 sentences before questions, got 8397000"
    with pytest.raises(FormatError, match=message):
        babi.parse_stories(text + asked, "some.txt")
    few = "1 Bo sat.\n2 Where?\there\t1\n"
    long = f"1 {'a ' * 3000}\n2 Where?\there\t1\n" + 697 * few
    assert babi.build_task(1, few, long).T == 3000
    message = "_train.txt: expected at most 33554432 indices.*, got 12000 questions of 3002 indices"
    with pytest.raises(FormatError, match=message):
        babi.build_task(1, few * 12_000, long)


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[str], list[Question]]:
    """Lines of one story, and what they should be read as (lines from 1)."""
    lines: list[str] = []
    text: dict[int, tuple[str, ...]] = {}
    questions = []
    for number in range(1, draw(st.integers(2, 8)) + 1):
        words = draw(WORDS)
        if number == 1 or (number > 2 and draw(st.booleans())):
            text[number] = (*words, ".")
            lines.append(f"{number} {' '.join(words)}.")
            continue
        answer = ",".join(draw(WORDS))
        cited = draw(st.lists(st.sampled_from(sorted(text)), min_size=1, unique=True))
        gap = draw(st.sampled_from(["", " "]))
        lines.append(f"{number} {' '.join(words)}?{gap}\t{answer}\t{' '.join(map(str, cited))}")
        query = (*words, "?")
        questions.append(Question(tuple(text.values()), query, answer, tuple(cited), number, 0))
    return lines, questions


def touch(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(GOOD, encoding="ascii")


@settings(max_examples=30)
@given(drawn=st.lists(stories(), min_size=1, max_size=3))
def test_what_is_written_is_read(drawn: list[tuple[list[str], list[Question]]]) -> None:
    text = "".join(f"{line}\n" for lines, _ in drawn for line in lines)
    expected, before = list[Question](), 0
    for story, (lines, questions) in enumerate(drawn, start=1):
        expected += [q._replace(line=q.line + before, story_index=story) for q in questions]
        before += len(lines)
    assert babi.parse_stories(text, "drawn.txt") == expected


def test_files_are_found_from_three_folders(tmp_path: Path) -> None:
    edition = tmp_path / "tasks_1-20_v1-2" / "en-10k"
    names = ("qa7_counting_train.txt", "qa7_counting_test.txt")
    touch(edition, *names)
    expected = tuple(edition / name for name in names)
    for folder in (tmp_path, edition.parent, edition, str(edition)):
        assert babi.find_files(folder, 7, "en-10k") == expected
    assert babi.find_files(edition, 7) == expected
    with pytest.raises(DataError, match=r"expected qa7_counting_train.* got no such files"):
        babi.find_files(edition, 7, "en")
    with pytest.raises(DataError):
        babi.find_files(edition.parent, 7)
    touch(tmp_path / "en-valid", "qa1_train.txt", "qa1_valid.txt", "qa1_test.txt")
    train, test = babi.find_files(tmp_path, 1, "en-valid")
    assert (train.name, test.name) == ("qa1_train.txt", "qa1_test.txt")
    test.unlink()
    with pytest.raises(
        DataError, match=r"expected qa1.*_test\.txt.* in one of .*, got no such file"
    ):
        babi.find_files(tmp_path, 1, "en-valid")


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


@pytest.mark.parametrize("number", range(1, 21))
def test_genuine_tasks_have_the_published_sizes(number: int) -> None:
    task = babi.load_babi(number, real_babi_folder())
    published = PUBLISHED_TASKS[number]
    assert (task.T, task.Q, task.vocab_size - 1) == (published.T, published.Q, published.vocab)
    assert (len(task.train), len(task.test)) == (1000, 1000)
    assert babi.is_published(task)
    texts = [real_babi_text(number, part) for part in ("train", "test")]
    assert task.sha256 == hashlib.sha256("\0".join(texts).encode()).hexdigest()
    assert not babi.is_published(babi.generate_task(number, 2, 0))


def test_the_place_named_last_answers_527_of_the_published_1000() -> None:
    task = babi.load_babi(1, real_babi_folder())
    places = np.unique(task.train.answer)
    last = [row[np.isin(row, places)][-1] for row in task.test.story]
    assert (np.array(last) == task.test.answer).sum() == 527
