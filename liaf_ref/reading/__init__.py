"""Files of others: looked at before they are believed, never larger in memory than declared.

What is declared stands in docs/runs.md, docs/golden-format.md and docs/events.md.
"""

from liaf_ref.reading.arrays import Header, load_npy, load_npz, read_header
from liaf_ref.reading.content import LONGEST, read_bytes, size_of
from liaf_ref.reading.members import METHODS, check_members, most, place
from liaf_ref.reading.text import (
    is_number,
    parse_json,
    parse_toml,
    read_json,
    read_table,
    read_toml,
)

__all__ = [
    "LONGEST",
    "METHODS",
    "Header",
    "check_members",
    "is_number",
    "load_npy",
    "load_npz",
    "most",
    "parse_json",
    "parse_toml",
    "place",
    "read_bytes",
    "read_header",
    "read_json",
    "read_table",
    "read_toml",
    "size_of",
]
