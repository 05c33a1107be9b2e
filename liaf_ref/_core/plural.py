"""Numbers with their nouns."""


def count(number: int, singular: str, plural: str | None = None) -> str:
    """``1 case``, ``2 cases``; without a plural, that of the singular with an s."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
