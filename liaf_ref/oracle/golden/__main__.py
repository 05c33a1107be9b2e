"""``python -m liaf_ref.oracle.golden``: make the set that comes with the package again."""

import sys
from pathlib import Path

from tqdm import tqdm

from liaf_ref.files import write_atomic
from liaf_ref.oracle.cases import RECIPES
from liaf_ref.oracle.golden import generate, pack
from liaf_ref.oracle.golden.published import ARCHIVE

if __name__ == "__main__":
    place = Path(__file__).parents[1] / "data" / ARCHIVE
    goldens = tqdm(generate(), total=len(RECIPES), unit="case", file=sys.stderr)
    write_atomic(place, pack(goldens))
    print(f"{place}: {place.stat().st_size:,} bytes")
