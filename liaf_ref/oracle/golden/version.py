"""Which version of the format is written, and which are read."""

import re
from pathlib import Path

from liaf_ref._core.errors import FormatError
from liaf_ref._core.validation.scalars import short_repr

FORMAT = "liaf-golden"
# The first number changes when an expected value changes, the second when cases are added or,
# before the first release, keys renamed, the third when only descriptions change.
VERSION = "1.2.0"


def check_version(manifest: object, path: Path | str) -> None:
    """Refuse a manifest of something else, or of a version that means something else."""
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise FormatError(path, f"format: expected {FORMAT!r}, got {short_repr(_format(manifest))}")
    version = str(manifest.get("format_version"))
    if not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version):
        reason = f"expected three numbers as {VERSION}, got {short_repr(version)}"
        raise FormatError(path, f"format_version: {reason}")
    major = VERSION.partition(".")[0]
    if version.partition(".")[0] != major:
        raise FormatError(path, f"format_version: expected {major}.x, got {short_repr(version)}")


def _format(manifest: object) -> object:
    return manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
