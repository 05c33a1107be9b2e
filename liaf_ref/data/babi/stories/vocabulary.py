"""The vocabulary of the generated stories of each task."""

from collections.abc import Iterable
from itertools import permutations, product

from liaf_ref.data.babi.reader import tokenize
from liaf_ref.data.babi.stories import words as w
from liaf_ref.data.babi.tasks import check_task

_MOVES = ("the .", w.PEOPLE, w.ROOMS, w.MOVED)
_CARRIED = (*_MOVES, w.THINGS, w.TOOK, w.DROPPED, "there")
_TOWN = ("the .", w.NEIGHBORS, w.PLACES, w.MOVED)

_SOURCES: dict[int, tuple[str | Iterable[str], ...]] = {
    1: (*_MOVES, "Where is ?"),
    2: (*_CARRIED, "Where is ?"),
    3: (*_CARRIED, "Where was before ?"),
    4: ("The is north south east west of the . What ?", w.ROOMS),
    5: (*_CARRIED, w.GAVE, "to What Who did bring accepted ?"),
    6: (*_CARRIED, "Is in ? yes no"),
    7: (*_CARRIED, w.GAVE, "How many items is holding ?", w.COUNTS),
    8: (*_CARRIED, "What is holding ? nothing"),
    9: (*_MOVES, "is not no longer in Is ? yes"),
    10: (*_TOWN, "is either in or Is ? yes no maybe"),
    11: (*_MOVES, w.THEN, "he she Where is ?"),
    12: (*_MOVES, "and Where is ?"),
    13: (*_MOVES, w.THEN, "and they Where is ?"),
    14: (*_TOWN, w.TIMES, "Yesterday This Where was before ?"),
    15: (
        "are is a afraid of . What ?",
        *((kind, kind.capitalize(), single) for kind, single in w.KINDS.items()),
        *((who, who.lower()) for who in w.FEARFUL),
    ),
    16: ("is a . What color ?", w.COLORED, w.CREATURES, w.COLORS),
    17: ("The is above below to the left right of . Is ? yes no", w.SHAPES),
    18: (
        "The goes inside the is larger than . Does go into Is ? yes no",
        (*w.SMALLEST, *w.LARGER),
    ),
    19: ("The is north south east west of the . How do you get from to ?", w.ROOMS),
    20: (
        "is the there . Where will go Why did to get ?",
        *((wish, *found) for wish, found in w.WISHES.items()),
        *((who, who.lower()) for who in w.PEOPLE),
        *(w.MOVED, w.TOOK),
    ),
}


def vocabulary(task: int) -> tuple[str, ...]:
    """Sorted tokens and answers that generated stories of a task can contain."""
    task = check_task(task)
    texts = (part if isinstance(part, str) else " ".join(part) for part in _SOURCES[task])
    return tuple(
        sorted({token for text in texts for token in tokenize(text)} | _list_answers(task))
    )


def _list_answers(task: int) -> set[str]:
    """Answers that are lists with commas: things in any order, or two steps."""
    if task == 8:
        many = range(2, len(w.THINGS) + 1)
        return {",".join(things) for n in many for things in permutations(w.THINGS, n)}
    if task == 19:
        back = {"ns", "sn", "ew", "we"}
        return {",".join(way) for way in product("nsew", repeat=2) if "".join(way) not in back}
    return set()
