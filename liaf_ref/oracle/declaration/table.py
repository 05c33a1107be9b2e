"""The options of a declaration as a Markdown table: docs/verify/declare-your-conventions.md."""

from collections.abc import Iterator

from liaf_ref.oracle.declaration.options import (
    OPTIONS,
    RESTRICTIONS,
    SURROGATE,
    SURROGATE_ABOUT,
    SURROGATES,
)


def options_table() -> str:
    """The options that are one of some values, the paper's first."""
    return _table(("option", "value", "meaning"), _option_rows())


def lists_table() -> str:
    """The lists of what a backend has, and the surrogates."""
    rows = [(f"`{SURROGATE}`", f"{SURROGATE_ABOUT}.", _codes(SURROGATES))]
    rows += [(f"`{n}`", f"{r.about}.", _codes(r.values)) for n, r in RESTRICTIONS.items()]
    return _table(("option", "what it is", "values"), iter(rows))


def _option_rows() -> Iterator[tuple[str, str, str]]:
    for name, option in OPTIONS.items():
        for k, (value, meaning) in enumerate(option.values.items()):
            yield f"`{name}`" if k == 0 else "", f'`"{value}"`', meaning.about


def _codes(names: object) -> str:
    return ", ".join(f"`{name}`" for name in names)  # type: ignore[attr-defined]


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)
