"""Compress the golden set of the package anew with Zopfli, by a tenth smaller than zlib can.

``python tools/repack.py liaf_ref/oracle/data/golden-1.zip``, after that archive was made again;
needs ``pip install zopfli`` and some minutes.  The contents of the archive stay equal.
"""

import argparse
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from liaf_ref._core.atomic import write_atomic

Deflate = Callable[[bytes], bytes]


def deflate(content: bytes) -> bytes:
    """Compress with Zopfli."""
    from zopfli import zlib  # type: ignore[import-not-found]  # noqa: PLC0415 - a tool of its own

    stream: bytes = zlib.compress(content, numiterations=5)
    return stream[2:-4]  # without the header and checksum of zlib


class Compressor:
    """Compresses a member as a whole, in place of zlib's object in ``zipfile``."""

    def __init__(self, deflate: Deflate) -> None:
        self.deflate, self.content = deflate, b""

    def compress(self, content: bytes) -> bytes:
        """Keep a piece."""
        self.content += content
        return b""

    def flush(self) -> bytes:
        """Compress all pieces."""
        return self.deflate(self.content)


def repack(archive: bytes, deflate: Deflate = deflate) -> bytes:
    """Compress every member anew; names, order and times stay."""
    packed = io.BytesIO()
    with (
        patch.object(zipfile, "_get_compressor", lambda *_: Compressor(deflate)),
        zipfile.ZipFile(io.BytesIO(archive)) as old,
        zipfile.ZipFile(packed, "w") as new,
    ):
        for member in old.infolist():
            new.writestr(member, old.read(member))
    return packed.getvalue()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path, metavar="ARCHIVE", help="golden set to compress")
    path = parser.parse_args().path
    write_atomic(path, repack(path.read_bytes()))
    print(f"{path}: {path.stat().st_size:,} bytes")
