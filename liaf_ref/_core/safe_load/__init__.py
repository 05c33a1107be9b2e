"""Files of others: looked at before they are believed, never larger in memory than declared.

What is declared stands in docs/runs.md, docs/golden-format.md and docs/events.md.
"""

from liaf_ref._core.safe_load.files import MAX_TEXT_BYTES, check_file_size, read_bytes
from liaf_ref._core.safe_load.json_toml import (
    is_number,
    parse_json,
    parse_toml,
    read_json,
    read_json_object,
    read_toml,
)
from liaf_ref._core.safe_load.npy import NpyHeader, load_npy, load_npz, read_npy_header
from liaf_ref._core.safe_load.zip_members import (
    COMPRESSIONS,
    check_zip_members,
    max_decompressed_size,
    member_offset,
)

__all__ = [
    "COMPRESSIONS",
    "MAX_TEXT_BYTES",
    "NpyHeader",
    "check_file_size",
    "check_zip_members",
    "is_number",
    "load_npy",
    "load_npz",
    "max_decompressed_size",
    "member_offset",
    "parse_json",
    "parse_toml",
    "read_bytes",
    "read_json",
    "read_json_object",
    "read_npy_header",
    "read_toml",
]
