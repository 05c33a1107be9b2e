"""bAbI questions as index arrays, the input of the network of Fig. 5."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.text import count, short_repr
from liaf_ref._core.validation import check_instance
from liaf_ref.data.babi import reader
from liaf_ref.data.babi.reader import TASK_NAMES, Question

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class EncodedQuestions:
    """Questions of one file; index 0 is padding, on the left.

    Attributes
    ----------
    story : ndarray of int64, shape (N, T)
        All earlier sentences, joined.
    query : ndarray of int64, shape (N, Q)
        The question.
    answer : ndarray of int64, shape (N,)
        The answer's index, never 0.
    story_index : ndarray of int64, shape (N,)
        The story each question belongs to.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> questions = lr.load_babi(1).train
    >>> len(questions), questions.query.shape, questions.answer.shape
    (1000, (1000, 4), (1000,))
    """

    story: Indices
    query: Indices
    answer: Indices
    story_index: Indices

    @property
    def inputs(self) -> tuple[Indices, Indices]:
        """Story and query, the inputs of the network of Fig. 5."""
        return self.story, self.query

    @property
    def labels(self) -> Indices:
        """The answers."""
        return self.answer

    def __len__(self) -> int:
        return len(self.answer)

    def __repr__(self) -> str:
        T, Q = self.story.shape[1], self.query.shape[1]
        questions, tokens = count(len(self), "question"), count(T, "token")
        return f"EncodedQuestions({questions}, stories of {tokens}, queries of {Q})"


@dataclass(frozen=True, eq=False, repr=False)
class Task:
    """A bAbI task, encoded.

    Attributes
    ----------
    number : int
        ``1 .. 20``.
    name : str
        For example ``single-supporting-fact``.
    vocab : tuple of str
        Sorted tokens and answers of both files; ``vocab[i - 1]`` has index ``i``.
    train, test : EncodedQuestions
        Padded to the same lengths.
    sha256 : str
        Hash of the training text, a zero byte and the test text.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> task = lr.load_babi(1)
    >>> task.vocab_size, task.T, task.Q
    (22, 66, 4)
    >>> " ".join(task.vocab[i - 1] for i in task.train.query[0])
    'Where is Clara ?'
    """

    number: int
    name: str
    vocab: tuple[str, ...]
    train: EncodedQuestions
    test: EncodedQuestions
    sha256: str

    def __repr__(self) -> str:
        return (
            f"Task({self.number}, {self.name!r}, {self.vocab_size} words, "
            f"{len(self.train)} training and {count(len(self.test), 'test question')})"
        )

    @property
    def T(self) -> int:
        """Number of tokens of the longest story in both files."""
        return int(self.train.story.shape[1])

    @property
    def Q(self) -> int:
        """Number of tokens of the longest question in both files."""
        return int(self.train.query.shape[1])

    @property
    def vocab_size(self) -> int:
        """Number of indices, padding included."""
        return len(self.vocab) + 1


def _pad_left(rows: Iterable[Sequence[int]], number: int, width: int) -> Indices:
    padded = np.zeros((number, width), dtype=np.int64)
    for target, row in zip(padded, rows, strict=True):
        target[width - len(row) :] = row
    return padded


def build_task(
    task: int, train_text: str, test_text: str, paths: tuple[Path, Path] | None = None
) -> Task:
    """Parse and encode training and test text with one vocabulary; errors name ``paths``."""
    task = reader.check_task(task)
    if paths is None:
        paths = Path(reader.file_name(task, "train")), Path(reader.file_name(task, "test"))
    parts = [reader.parse_stories(train_text, paths[0]), reader.parse_stories(test_text, paths[1])]
    every = [question for part in parts for question in part]
    vocab = sorted(
        {token for q in every for sentence in (*q.story, q.query) for token in sentence}
        | {q.answer for q in every}
    )
    index = {token: i for i, token in enumerate(vocab, start=1)}
    T = max(sum(map(len, q.story)) for q in every)
    Q = max(len(q.query) for q in every)

    def encode(questions: list[Question], path: Path) -> EncodedQuestions:
        number = len(questions)
        if number * (T + Q) > reader.MAX_ENTRIES:
            expected = f"at most {reader.MAX_ENTRIES} indices with stories padded to the longest"
            reason = f"expected {expected}, got {number} questions of {T + Q} indices"
            raise FormatError(path, reason)
        stories = ([index[token] for line in q.story for token in line] for q in questions)
        queries = ([index[token] for token in q.query] for q in questions)
        answers = np.array([index[q.answer] for q in questions], dtype=np.int64)
        numbers = np.array([q.story_index for q in questions], dtype=np.int64)
        padded = _pad_left(stories, number, T), _pad_left(queries, number, Q)
        return EncodedQuestions(*padded, answers, numbers)

    digest = hashlib.sha256(f"{train_text}\0{test_text}".encode()).hexdigest()
    train, test = map(encode, parts, paths)
    return Task(task, TASK_NAMES[task], tuple(vocab), train, test, digest)


def is_published(task: Task) -> bool:
    """Whether a task is the published text that the paper uses, by its hash."""
    task = check_instance("task", task, Task, "bAbI", "a Task")
    return task.sha256 == reader.SHA256[task.number]


def load_babi(
    task: int, folder: Path | str | None = None, *, edition: str | None = None, seed: int = 0
) -> Task:
    """Load a bAbI task: the published text from a folder, or generated text without one.

    Parameters
    ----------
    task : int
        Task number, 1 to 20.
    folder : Path or str, optional
        The published folder, ``tasks_1-20_v1-2`` or one around it.
    edition : str, optional
        Published edition, ``"en"`` by default or for example ``"en-10k"``; only with a folder.
    seed : int
        Seed of the generated text; without meaning for published text.

    Returns
    -------
    Task
        ``train`` and ``test`` questions as index arrays, ``vocab``, ``vocab_size``, and the
        lengths ``T`` and ``Q`` of the longest story and question. ``train.inputs`` and
        ``train.labels`` are what :func:`liaf_ref.train` takes.

    Raises
    ------
    InputError
        If there is no such task or edition, or an edition of generated text is asked for.
    DataError
        If a file is missing.
    FormatError
        If a file cannot be read or does not follow the published format.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> task = lr.load_babi(1, seed=0)
    >>> task.name, len(task.train), task.Q
    ('single-supporting-fact', 1000, 4)
    >>> story, query = task.train.inputs
    >>> story.shape == (1000, task.T)
    True
    """
    if folder is not None:
        paths = reader.find_files(folder, task, edition)
        train_text, test_text = map(reader.read_text, paths)
        return build_task(task, train_text, test_text, paths)
    if edition is not None:
        reason = "expected no value without a folder, as the text is then generated; got "
        raise InputError.for_argument("edition", "bAbI", reason + short_repr(edition))
    from liaf_ref.data.babi.generate import generate_task  # noqa: PLC0415 - 20 modules

    return generate_task(task, seed=seed)
