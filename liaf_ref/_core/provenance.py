"""What made a result: versions, a digest of this package's code, the machine and its BLAS."""

import hashlib
import platform
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import liaf_ref


def library_versions() -> dict[str, str]:
    """All that could change a result besides its configuration and data, and the machine."""
    return {
        "liaf_ref": liaf_ref.__version__,
        "code": code_digest(),
        "numpy": np.__version__,
        "blas": blas_kernel(),
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
    }


@cache
def code_digest() -> str:
    """Digest of the package's source files: two edited copies of one version differ in it."""
    root, found = Path(liaf_ref.__file__).parent, hashlib.sha256()
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*.py")}
    for name in sorted(files):  # the same order on every system
        content = files[name].read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{name} {len(content)}\n".encode() + content)
    return found.hexdigest()[:16]


@cache
def blas_kernel() -> str:
    """The BLAS of NumPy and the kernel that it chose for this processor."""
    from threadpoolctl import threadpool_info  # noqa: PLC0415 - not for who only reads records

    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    pools.sort(key=lambda pool: np.__path__[0] not in pool["filepath"])  # SciPy has one of its own
    known = [f"{pool['internal_api']} {pool.get('architecture') or ''}".strip() for pool in pools]
    return known[0] if known else "unknown"


def machine_of(record: Mapping[str, Any]) -> str:
    """Machine and BLAS kernel of a recorded run, which may change its last digits."""
    versions = record.get("versions")
    found = versions if isinstance(versions, Mapping) else {}
    return ", ".join(str(found[name]) for name in ("platform", "blas") if name in found)


def describe_mixing(versions: Iterable[object], own: Mapping[str, str]) -> str:
    """Name the versions in which earlier results differ from this process; empty for none."""
    recorded = [found for found in versions if isinstance(found, Mapping)]
    facts = []
    for name, value in own.items():
        others = sorted({str(found[name]) for found in recorded if found.get(name, value) != value})
        facts += [f"{name} {', '.join(others)} there and {value} here"] if others else []
    return "; ".join(facts)
