"""The words of generated stories; no name, place or thing of the published text.

Synonyms carry no meaning.  Each list is as long as its published counterpart, so
that vocabularies have the published sizes.
"""

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
