"""Comments of the people who made the runs, read from a TOML file."""

from pathlib import Path
from typing import Any

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import read_toml
from liaf_ref._core.validation.scalars import short_repr, short_text
from liaf_ref.report.content import Report

EXPECTED_FORMAT = 'lists of texts by section, such as table06 = ["Tried: ..."]'


def with_comments(report: Report, path: Path) -> Report:
    """Add the comments of a file to their sections."""
    document, _ = read_toml(path, EXPECTED_FORMAT)
    known = [section.name for section in report.sections]
    for name in document:
        if name not in known:
            raise FormatError(
                path, f"expected sections among {', '.join(known)}, got {short_text(name)}"
            )
    remarks = {name: _check_texts(path, name, value) for name, value in document.items()}
    sections = (s._replace(comments=remarks.get(s.name, ())) for s in report.sections)
    return report._replace(sections=tuple(sections))


def _check_texts(path: Path, name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(t, str) and t.strip() for t in value):
        raise FormatError(path, f"{name}: expected {EXPECTED_FORMAT}, got {short_repr(value)}")
    return tuple(value)
