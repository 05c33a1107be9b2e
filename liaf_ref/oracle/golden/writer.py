"""Write golden sets; an older set is replaced only when the new one is complete."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from liaf_ref._core.atomic import (
    TEMP_FILE_PATTERN,
    make_folder,
    move_files_last_commits,
    remove_temp_files,
    write_atomic,
)
from liaf_ref._core.errors import FormatError, InputError, RunError, path_error
from liaf_ref._core.locks import LOCK_FILE, directory_lock
from liaf_ref._core.safe_load import read_json_object
from liaf_ref._core.validation import check_choice, check_items, check_path
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.manifest import FORMAT, FORMATS
from liaf_ref.oracle.golden.reader import read_checksums
from liaf_ref.oracle.golden.set_files import iter_files, iter_golden_cases
from liaf_ref.oracle.golden.store import CHECKSUMS, MANIFEST, case_files, folder_store

STAGING = ".liaf-golden.new"  # the folder in which a set is written
UNFINISHED_MARKER = (
    ".liaf-golden.unfinished"  # is there while a set takes the place of an older one
)


def save(folder: Path | str, cases: Iterable[GoldenCase], formats: Iterable[str] = FORMATS) -> None:
    """Write a set."""
    path = check_path("folder", folder, "golden.save")
    each = iter_golden_cases(cases, "golden.save")
    formats = check_items(
        "formats", formats, str, "golden.save", f"formats among {', '.join(FORMATS)}"
    )
    if not formats:
        raise InputError.for_argument("formats", "golden.save", "expected one or more, got none")
    for name in formats:
        check_choice("formats", name, FORMATS, "golden.save")
    with directory_lock(path):
        try:
            old = _existing_case_files(path)
            with _staging_folder(path) as new:
                names = _write_files(new, iter_files(path, each, formats))
                _check_replaceable(path, names)
                _replace_set(path, old, new, names)
        except OSError as error:
            raise path_error(Path(error.filename or path), "written", error) from error


def _write_files(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[str]:
    """Write files as they come; their names."""
    names = []
    for name, content in files:
        if (folder / name).parent != folder:
            make_folder((folder / name).parent, parents=False)
        _write_file(folder / name, content)
        names.append(name)
    return names


def _write_file(file: Path, content: bytes) -> None:
    """Write a file of the set, and replace a symlink rather than its target."""
    if file.is_symlink():
        file.unlink()
    write_atomic(file, content)


def _existing_case_files(path: Path) -> list[str]:
    """The cases' files of an older set, or of one that was not finished; none if there is none."""
    old = case_files(path) if (path / UNFINISHED_MARKER).exists() else _listed_case_files(path)
    others = (item for item in path.iterdir() if item.name not in (LOCK_FILE, STAGING))
    if old is None and any(not item.match(TEMP_FILE_PATTERN) for item in others):
        raise RunError(
            f"{path}: expected an empty folder or a golden set, got other files; "
            "choose an empty folder"
        )
    return old or []


@contextlib.contextmanager
def _staging_folder(path: Path) -> Iterator[Path]:
    """A folder to write a set in, on the disk of its place; it is gone afterwards."""
    new = path / STAGING
    if new.is_symlink():
        new.unlink()
    make_folder(new, parents=False)
    _remove_files(new, case_files(new))
    try:
        yield new
    finally:
        with contextlib.suppress(OSError, RunError):  # what stays is removed by the next one
            _remove_files(new, case_files(new))
            new.rmdir()


def _check_replaceable(path: Path, names: list[str]) -> None:
    """Refuse, while the older set stands, what no file of the new one can replace."""
    files = {path / name for name in names}
    for place in sorted(files | {file.parent for file in files} - {path}):
        expected = "a file" if place in files else "a folder"
        stands = place.exists() and not place.is_symlink()
        if stands and place.is_dir() == (place in files):
            raise RunError(
                f"{place}: expected {expected}, got {'a folder' if place.is_dir() else 'a file'}"
            )


def _replace_set(path: Path, existing: list[str], staging: Path, names: list[str]) -> None:
    """Put a set that is written in the place of an older one."""
    _write_file(path / UNFINISHED_MARKER, b"")
    _remove_files(path, existing)
    move_files_last_commits(names, staging, path)
    (path / UNFINISHED_MARKER).unlink()


def _remove_files(path: Path, names: list[str]) -> None:
    """Remove files of a set, its manifest first, and what was left half written."""
    inside = path.resolve()
    for name in (MANIFEST, *names, CHECKSUMS):
        if (path / name).resolve().is_relative_to(inside):
            (path / name).unlink(missing_ok=True)
    for place in (path, path / "hex"):
        if place.resolve().is_relative_to(inside):
            remove_temp_files(place)
    with contextlib.suppress(OSError):  # there may be none, or a file of the user in it
        (path / "hex").rmdir()


def _listed_case_files(path: Path) -> list[str] | None:
    """The cases' files of a folder that is a golden set, of whichever version; None if not."""
    try:
        head, sums = read_json_object(path / MANIFEST), read_checksums(folder_store(path))
    except FormatError:
        return None
    return [n for n in case_files(path) if n in sums] if head.get("format") == FORMAT else None
