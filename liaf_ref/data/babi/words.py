"""The words of generated stories; none of the published names, places or things.

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
THEN = ("Later", "Next", "Soon after", "Right after")
