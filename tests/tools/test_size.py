"""The size is measured without docstrings and comments, and may only fall."""

import pytest
from size import code_lines, faults


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('"""Words."""\n\nx = 1  # why\n# more\n', 1),
        ('def f():\n    """Two\n    lines."""\n    return """\n# text\n"""\n', 3),
        ("", 0),
    ],
)
def test_code_is_counted_without_docstrings_and_comments(source: str, lines: int) -> None:
    assert code_lines(source) == lines


def test_a_ceiling_is_neither_broken_nor_loose() -> None:
    sizes = {"liaf_ref/fast": {"files": 10, "lines": 999, "code": 100, "words": 0}}
    assert faults(sizes, {"liaf_ref/fast": {"files": 10, "code": 102}}) == []
    (above,) = faults(sizes, {"liaf_ref/fast": {"files": 10, "code": 99}})
    assert all(word in above for word in ("liaf_ref/fast", "100", "99"))
    assert len(faults(sizes, {"liaf_ref/fast": {"files": 10, "code": 103}})) == 1
