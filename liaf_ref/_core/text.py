"""Values in messages: shortened, counted, described."""

import csv
import difflib
import io
import re
from collections.abc import Iterable

MAX_REPR_LENGTH = 120  # of a printed value
INVALID_XML_CHARS = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def count(number: int, singular: str, plural: str | None = None) -> str:
    """``1 case``, ``2 cases``; without a plural, that of the singular with an s."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def short_repr(value: object) -> str:
    """Return the repr of a value on one line, shortened."""
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - the value's own code may raise anything
        text = f"a value that cannot be printed ({type(error).__name__})"
    return " ".join(text.split())[:MAX_REPR_LENGTH]


def short_text(value: object) -> str:
    """Return a value of a file on one line, shortened; a string without quotes."""
    return (
        " ".join(value.split())[:MAX_REPR_LENGTH] if isinstance(value, str) else short_repr(value)
    )


def describe_value(value: object) -> str:
    """Describe the type and the value briefly."""
    import numpy as np  # noqa: PLC0415 - a help text does without

    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if value is None or type(value) in {bool, int, float}:
        return short_repr(value)
    if isinstance(value, type):
        return f"the class {value.__name__}"
    kind = type(value).__name__
    items = list(value) if isinstance(value, tuple | list) else []
    if items and all(isinstance(item, np.ndarray) for item in items):
        shapes = ", ".join(str(item.shape) for item in items)
        text = f"{kind} of {count(len(items), 'array')}: {shapes}"
    else:
        text = short_repr(value.item() if isinstance(value, np.generic) else value)  # without type
        text = text if text.startswith(f"{kind}(") else f"{kind} {text}"
    return text if len(text) <= MAX_REPR_LENGTH else text[: MAX_REPR_LENGTH - 4] + " ..."


def replace_invalid_xml_chars(text: str) -> str:
    """Replace each character that XML cannot hold, even escaped, by a question mark."""
    return INVALID_XML_CHARS.sub("?", text)


def suggest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to ``name``; None if none is close."""
    names = {own.lower(): own for own in known}
    near = difflib.get_close_matches(name.lower(), names, n=1)
    return names[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """The end of a message: the known name closest to ``name``; another text if none is close."""
    near = suggest_name(name, known)
    return f"; did you mean {near}?" if near else otherwise


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """A table as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
