from .encode import EncodedQuestions as EncodedQuestions
from .encode import Task as Task
from .encode import build_task as build_task
from .encode import is_published as is_published
from .encode import load_babi as load_babi
from .generate import generate_task as generate_task
from .generate import generate_text as generate_text
from .generate import write_texts as write_texts
from .reader import EDITIONS as EDITIONS
from .reader import TASK_NAMES as TASK_NAMES
from .reader import Question as Question
from .reader import find_files as find_files
from .reader import parse_stories as parse_stories
from .reader import read_stories as read_stories
from .reader import read_text as read_text
from .reader import tokenize as tokenize

__all__: list[str]
