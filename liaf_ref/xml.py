"""What XML can hold of a text."""

import re

UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Put a question mark for each character that XML cannot hold, escaped or not.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    str
        Of the same length.
    """
    return UNPRINTABLE.sub("?", text)
