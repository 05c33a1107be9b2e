"""Safe loading of untrusted files: nothing is unpickled, and memory is limited."""

from liaf_ref._core.safe_load.files import (
    MAX_JSON_BYTES,
    MAX_RECORD_BYTES,
    MAX_TEXT_BYTES,
    MAX_TOML_BYTES,
    check_file_size,
    max_decompressed_size,
    read_bytes,
)
from liaf_ref._core.safe_load.json_toml import (
    is_number,
    parse_json,
    parse_toml,
    read_json,
    read_json_object,
    read_toml,
)
from liaf_ref._core.safe_load.npy import load_npy, load_npz

__all__ = [
    "MAX_JSON_BYTES",
    "MAX_RECORD_BYTES",
    "MAX_TEXT_BYTES",
    "MAX_TOML_BYTES",
    "check_file_size",
    "is_number",
    "load_npy",
    "load_npz",
    "max_decompressed_size",
    "parse_json",
    "parse_toml",
    "read_bytes",
    "read_json",
    "read_json_object",
    "read_toml",
]
