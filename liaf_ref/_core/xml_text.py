"""What XML can hold of a text."""

import re

INVALID_XML_CHARS = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def replace_invalid_xml_chars(text: str) -> str:
    """Put a question mark for each character that XML cannot hold, escaped or not."""
    return INVALID_XML_CHARS.sub("?", text)
