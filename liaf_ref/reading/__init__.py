"""Files of others: looked at before they are believed, never larger in memory than declared.

What is declared stands in docs/runs.md, docs/golden-format.md and docs/events.md.
"""

from liaf_ref.reading.arrays import NpyHeader, load_npy, load_npz, read_npy_header
from liaf_ref.reading.content import MAX_TEXT_BYTES, read_bytes, check_file_size
from liaf_ref.reading.members import COMPRESSIONS, check_zip_members, max_decompressed_size, member_offset
from liaf_ref.reading.text import (
    is_number,
    parse_json,
    parse_toml,
    read_json,
    read_json_object,
    read_toml,
)

__all__ = [
    "MAX_TEXT_BYTES",
    "COMPRESSIONS",
    "NpyHeader",
    "check_zip_members",
    "is_number",
    "load_npy",
    "load_npz",
    "max_decompressed_size",
    "parse_json",
    "parse_toml",
    "member_offset",
    "read_bytes",
    "read_npy_header",
    "read_json",
    "read_json_object",
    "read_toml",
    "check_file_size",
]
