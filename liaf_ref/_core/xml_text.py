"""Text in XML."""

import re

INVALID_XML_CHARS = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def replace_invalid_xml_chars(text: str) -> str:
    """Replace each character that XML cannot hold, even escaped, by a question mark."""
    return INVALID_XML_CHARS.sub("?", text)
