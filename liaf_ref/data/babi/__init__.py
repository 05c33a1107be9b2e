"""bAbI question answering (Weston et al., 2015): reader, encoder and generator."""

from liaf_ref.data.babi.encode import EncodedQuestions, Task, build_task
from liaf_ref.data.babi.files import find_files, read_text
from liaf_ref.data.babi.generate import generate_task, generate_text, write_task, write_texts
from liaf_ref.data.babi.load import load_babi
from liaf_ref.data.babi.published import is_published
from liaf_ref.data.babi.reader import Question, parse_stories, read_stories, tokenize
from liaf_ref.data.babi.stories.vocabulary import vocabulary
from liaf_ref.data.babi.tasks import EDITIONS, TASK_NAMES

__all__ = [
    "EDITIONS",
    "TASK_NAMES",
    "EncodedQuestions",
    "Question",
    "Task",
    "build_task",
    "find_files",
    "generate_task",
    "generate_text",
    "is_published",
    "load_babi",
    "parse_stories",
    "read_stories",
    "read_text",
    "tokenize",
    "vocabulary",
    "write_task",
    "write_texts",
]


def __dir__() -> list[str]:
    return __all__.copy()
