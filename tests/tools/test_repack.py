"""``python tools/repack.py``."""

import io
import zipfile
import zlib

from repack import repack

from liaf_ref.oracle.golden import npz

MEMBERS = {"b.json": b'{"a": 1}' * 1000, "a.bin": bytes(range(256))}


def deflate(content: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return compressor.compress(content) + compressor.flush()


def test_an_archive_has_the_same_members_from_another_compressor() -> None:
    calls: list[bytes] = []
    old = npz.archive(MEMBERS)
    new = repack(old, lambda content: calls.append(content) or deflate(content))  # type: ignore[func-returns-value]
    assert calls == list(MEMBERS.values())
    first, second = (zipfile.ZipFile(io.BytesIO(each)) for each in (old, new))
    assert second.testzip() is None
    assert {name: second.read(name) for name in second.namelist()} == MEMBERS
    facts = [
        [(m.filename, m.date_time, m.external_attr, m.CRC) for m in archive.infolist()]
        for archive in (first, second)
    ]
    assert facts[0] == facts[1]
