"""The words of generated stories, and the vocabulary of each task.

No name, place or thing is one of the published text.  Synonyms carry no meaning.  Each list is as
long as its published counterpart, so that vocabularies have the published sizes.
"""

from collections.abc import Iterable
from itertools import permutations, product

from liaf_ref.data.babi.reader import check_task, tokenize

PRONOUNS = {"Agnes": "she", "Bruno": "he", "Clara": "she", "Hugo": "he"}
PEOPLE = tuple(PRONOUNS)
ROOMS = ("attic", "cellar", "library", "pantry", "terrace", "workshop")
THINGS = ("lantern", "teapot", "violin")

MOVED = ("walked to", "strolled to", "hurried to", "headed to", "headed over to")
TOOK = ("fetched", "collected", "lifted", "gathered up")
DROPPED = ("abandoned", "released", "unloaded", "set aside")
GAVE = ("brought", "presented", "delivered")
THEN = ("Later", "Next", "Soon after", "Right after")

# Tasks 10 and 14 are about other people, in town.
NEIGHBORS = ("Dora", "Felix", "Greta", "Oskar")
PLACES = ("bakery", "harbor", "market", "museum", "stadium", "theater")
TIMES = ("yesterday", "this morning", "this afternoon", "this evening")

COUNTS = ("none", "one", "two", "three")

# Tasks 15 and 16: kinds in the plural and in the singular; who belongs to one.
KINDS = {"badgers": "badger", "deer": "deer", "ferrets": "ferret", "herons": "heron"}
FEARFUL = ("Dora", "Greta", "Ilse", "Paula")
COLORED = ("Edgar", "Felix", "Nora", "Oskar", "Wanda")
CREATURES = ("beetle", "newt", "parrot", "walrus")
COLORS = ("black", "brown", "orange", "purple")

SHAPES = ("cone", "purple disc", "brown star", "black cube", "brown cube", "orange cube")

SMALLEST = (
    "biscuit",
    "tin of biscuits",
)  # the first fits into the second, the second into all of LARGER
LARGER = ("barrel", "basket", "tin", "trunk")

# Task 20: where each wish leads, and to what.
WISHES = {
    "parched": ("pantry", "lemonade"),
    "peckish": ("pantry", "pretzel"),
    "restless": ("terrace", "skates"),
    "sleepy": ("attic", "blanket"),
}


_MOVES = ("the .", PEOPLE, ROOMS, MOVED)
_CARRIED = (*_MOVES, THINGS, TOOK, DROPPED, "there")
_TOWN = ("the .", NEIGHBORS, PLACES, MOVED)

_SOURCES: dict[int, tuple[str | Iterable[str], ...]] = {
    1: (*_MOVES, "Where is ?"),
    2: (*_CARRIED, "Where is ?"),
    3: (*_CARRIED, "Where was before ?"),
    4: ("The is north south east west of the . What ?", ROOMS),
    5: (*_CARRIED, GAVE, "to What Who did bring accepted ?"),
    6: (*_CARRIED, "Is in ? yes no"),
    7: (*_CARRIED, GAVE, "How many items is holding ?", COUNTS),
    8: (*_CARRIED, "What is holding ? nothing"),
    9: (*_MOVES, "is not no longer in Is ? yes"),
    10: (*_TOWN, "is either in or Is ? yes no maybe"),
    11: (*_MOVES, THEN, "he she Where is ?"),
    12: (*_MOVES, "and Where is ?"),
    13: (*_MOVES, THEN, "and they Where is ?"),
    14: (*_TOWN, TIMES, "Yesterday This Where was before ?"),
    15: (
        "are is a afraid of . What ?",
        *((kind, kind.capitalize(), single) for kind, single in KINDS.items()),
        *((who, who.lower()) for who in FEARFUL),
    ),
    16: ("is a . What color ?", COLORED, CREATURES, COLORS),
    17: ("The is above below to the left right of . Is ? yes no", SHAPES),
    18: (
        "The goes inside the is larger than . Does go into Is ? yes no",
        (*SMALLEST, *LARGER),
    ),
    19: ("The is north south east west of the . How do you get from to ?", ROOMS),
    20: (
        "is the there . Where will go Why did to get ?",
        *((wish, *found) for wish, found in WISHES.items()),
        *((who, who.lower()) for who in PEOPLE),
        *(MOVED, TOOK),
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
        many = range(2, len(THINGS) + 1)
        return {",".join(things) for n in many for things in permutations(THINGS, n)}
    if task == 19:
        back = {"ns", "sn", "ew", "we"}
        return {",".join(way) for way in product("nsew", repeat=2) if "".join(way) not in back}
    return set()
