"""How long the sentences of the pages are, and how many are in the passive voice.

``python tools/readability.py [PAGE ...] [--longest N]`` prints a line for each page, the hardest
first.  It is a help for writers: it never fails.
"""

import argparse
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LONG = 25  # words
SKIPPED = re.compile(
    r"^```.*?^```|^:::+.*?$|^\|.*?$|^#.*?$|<!--.*?-->|<[^>]+>|\$\$.*?\$\$|^---.*?$", re.M | re.S
)
PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?\w+(?:ed|en)\b")


class Readability(NamedTuple):
    """The sentences of a page."""

    page: str
    sentences: tuple[str, ...]

    @property
    def mean_words(self) -> float:
        """Words of a sentence on average."""
        return sum(map(word_count, self.sentences)) / max(len(self.sentences), 1)

    @property
    def long(self) -> list[str]:
        """Sentences of more than LONG words, the longest first."""
        found = [one for one in self.sentences if word_count(one) > LONG]
        return sorted(found, key=word_count, reverse=True)

    @property
    def passive_share(self) -> float:
        """Share of the sentences that have a passive verb."""
        return sum(map(bool, map(PASSIVE.search, self.sentences))) / max(len(self.sentences), 1)


def read_sentences(page: str, text: str) -> Readability:
    """Split a page's prose into sentences: without code, formulas, tables and headings."""
    prose = re.sub(r"\]\([^)]*\)", "]", SKIPPED.sub("\n\n", text))
    prose = re.sub(r"`[^`\n]*`|\$[^$\n]+\$", "x", prose)
    paragraphs = re.split(r"\n\s*\n|\n\s*(?:[-*]|\d+\.)\s", prose)
    joined = (" ".join(paragraph.split()) for paragraph in paragraphs)
    found = (one for text in joined for one in re.split(r"(?<=[.!?:;])\s+", text))
    return Readability(page, tuple(one for one in found if word_count(one) > 2))


def word_count(sentence: str) -> int:
    """Words of two letters or more."""
    return len(re.findall(r"[^\W\d_]{2,}", sentence))


def main() -> None:
    """Print the pages' figures."""
    parser = argparse.ArgumentParser(
        description="Measure sentences of the documentation.",
        epilog="example: python tools/readability.py docs/use/runs.md --longest 5",
    )
    parser.add_argument("pages", nargs="*", type=Path, help="pages (default: README and docs)")
    parser.add_argument("--longest", type=int, default=0, metavar="N", help="print N of each page")
    args = parser.parse_args()
    pages = args.pages or [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
    found = [
        read_sentences(str(page.resolve().relative_to(ROOT)), page.read_text("utf-8"))
        for page in pages
    ]
    print(f"{'words':>5} {'long':>4} {'passive':>7}  page")
    for page in sorted(found, key=lambda one: -one.mean_words):
        print(
            f"{page.mean_words:5.1f} {len(page.long):4} {100 * page.passive_share:5.0f} %  "
            f"{page.page}"
        )
        for sentence in page.long[: args.longest]:
            print(f"      {word_count(sentence)} words: {sentence}")
    sentences = [one for page in found for one in page.sentences]
    total = Readability("all pages", tuple(sentences))
    print(
        f"{total.mean_words:5.1f} {len(total.long):4} {100 * total.passive_share:5.0f} %  "
        f"{len(sentences):,} sentences of {len(found)} pages; long: more than {LONG} words"
    )


if __name__ == "__main__":
    main()
