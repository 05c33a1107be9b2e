"""``python -m liaf_ref.oracle.golden``: make the set that comes with the package again."""

import sys
from pathlib import Path

from tqdm import tqdm

from liaf_ref._core.atomic import write_atomic
from liaf_ref.oracle.cases import CASE_SPECS
from liaf_ref.oracle.golden import generate_golden_cases, pack_archive
from liaf_ref.oracle.golden.published import ARCHIVE

if __name__ == "__main__":
    archive_path = Path(__file__).parents[1] / "data" / ARCHIVE
    goldens = tqdm(generate_golden_cases(), total=len(CASE_SPECS), unit="case", file=sys.stderr)
    write_atomic(archive_path, pack_archive(goldens))
    print(f"{archive_path}: {archive_path.stat().st_size:,} bytes")
