"""The clauses in docs/verify/specification.md, from ``liaf_ref.oracle.specification``.

``PYTHONPATH=tools python -m documentation.specification_tables`` writes them into the page.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import liaf_ref as lr
from documentation.map_page import equation_section
from liaf_ref.oracle import chunked
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.specification import CLAUSES, PROFILES, SECTIONS, count_cases

PAGE = Path(__file__).resolve().parents[2] / "docs" / "verify" / "specification.md"
START, END = "<!-- clauses -->\n", "<!-- end -->"
PROFILES_START = "<!-- profiles -->\n"
STEPS = 4  # of a chunk


def with_tables(page: str) -> str:
    """The page with its tables of clauses and profiles."""
    for start, text in ((PROFILES_START, _profiles()), (START, _clauses())):
        before, marker, rest = page.partition(start)
        page = f"{before}{marker}{text}{END}{rest.partition(END)[2]}"
    return page


def _profiles() -> str:
    rows = ["| profile | what it covers | published cases |", "|---|---|---:|"]
    for profile in PROFILES:
        total = sum(profile.has_case(golden.case) for golden in _published())
        rows.append(f"| {profile.name} | {_math(profile.description)} | {total} |")
    return "\n".join(rows) + "\n"


def _clauses() -> str:
    return "".join(_section(number, title) for number, title in enumerate(SECTIONS, 1))


def _section(section: int, title: str) -> str:
    return "\n".join((f"\n## {section} · {title}\n", *_rows(section), ""))


def _rows(section: int) -> Iterator[str]:
    counts = _counts()
    yield "| clause | requirement | source | cases |"
    yield "|---|---|---|---:|"
    for number, clause in CLAUSES.items():
        if clause.section == section:
            source = re.sub(
                r"\((\d+)\)",
                lambda eq: f"[{eq[0]}](../equations/{equation_section(eq[1])})",
                clause.source,
            )
            yield f"| {number} | {clause.text} | {source} | {counts[number]} |"


@cache
def _published() -> tuple[GoldenCase, ...]:
    return lr.golden_cases()


@cache
def _counts() -> dict[str, int]:
    """Of the published cases; of clauses on chunks, of the same in chunks of four steps."""
    cut = count_cases(chunked(_published(), STEPS))
    return {n: count or cut[n] for n, count in count_cases(_published()).items()}


def _math(text: str) -> str:
    names = {"V_th": "$V_{th}$", "V_reset": "$V_{reset}$", "alpha": "α", "beta": "β"}
    return re.sub("|".join(names), lambda found: names[found[0]], text)


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
