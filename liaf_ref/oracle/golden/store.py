"""Golden sets as files: read from a folder or from the archive of the package, and written."""

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.errors import FormatError, InputError, unexpected
from liaf_ref._core.locks import write_folder
from liaf_ref._core.safe_load import MAX_TEXT_BYTES, read_bytes, read_json_object
from liaf_ref._core.text import short_repr, suggest_name
from liaf_ref._core.validation import check_choice, check_instance, check_items, check_path
from liaf_ref.oracle.case import check_levels
from liaf_ref.oracle.golden import manifest
from liaf_ref.oracle.golden.arrays import (
    flatten,
    from_safetensors,
    hexadecimal_file,
    to_hexadecimal,
    to_safetensors,
    word_bits,
)
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.manifest import FORMAT, FORMATS, NAME_PATTERN, Entry

MANIFEST, CHECKSUMS = "manifest.json", "SHA256SUMS"
CASE_FILE_PATTERN = re.compile(rf"{NAME_PATTERN}\.safetensors|hex/{NAME_PATTERN}\.[^/]+\.hex")


class Store(NamedTuple):
    """Where a set is: its place for messages, its files by name, the names of all."""

    path: Path
    read: Callable[[str], bytes]
    names: Callable[[], list[str]]
    is_ours: bool = False  # of the package: what its manifest says is checked by `audit` alone


def folder_store(path: Path) -> Store:
    """A folder's files; none that a link has outside of it."""
    root = path.resolve()

    def read_file(name: str) -> bytes:
        file, found = path / name, (path / name).resolve()
        if not found.is_relative_to(root):
            raise FormatError(file, f"expected a file in the golden set, got a symlink to {found}")
        return read_bytes(file, "a file of the set", MAX_TEXT_BYTES)

    return Store(path, read_file, lambda: case_files(path))


def case_files(folder: Path) -> list[str]:
    """Everything in a folder that is named like a file of a case."""
    found = [*folder.glob("*"), *folder.glob("hex/*")]
    names = (path.relative_to(folder).as_posix() for path in found if path.is_file())
    return sorted(name for name in names if CASE_FILE_PATTERN.fullmatch(name))


def archive_store(path: Path, content: bytes) -> Store:
    """The files of an archive of this package."""

    def read_file(name: str) -> bytes:
        try:
            return archive.read(name)
        except Exception as error:  # a damaged file makes zipfile and zlib raise anything
            raise FormatError(path / name, f"cannot be read: {short_repr(error)}") from error

    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise FormatError(path, f"cannot be read: {error}") from error
    names = sorted(filter(CASE_FILE_PATTERN.fullmatch, archive.namelist()))
    return Store(path, read_file, lambda: names, is_ours=True)


class Filed(NamedTuple):
    """A case that is not read yet: where it is, what the manifest says, and its sha256."""

    store: Store
    entry: Entry
    digest: str | None

    def read(self) -> GoldenCase:
        """Check it and read it."""
        path = self.store.path / case_file(self.entry)
        if not self.store.is_ours:
            manifest.check_entry(self.entry, self.store.path / MANIFEST)
        content = read_checked(self.store, path.name, self.digest)
        with manifest.about_entry(self.entry, path):
            return manifest.golden_case(self.entry, from_safetensors(content, path), path)


class FiledCases(Sequence[GoldenCase]):
    """Cases of sets, each read when it is asked for; names and levels are known before."""

    def __init__(self, filed: Iterable[Filed]) -> None:
        self.filed = tuple(filed)

    def __len__(self) -> int:
        return len(self.filed)

    def __getitem__(self, k: Any) -> Any:
        return FiledCases(self.filed[k]) if isinstance(k, slice) else self.filed[k].read()

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each case."""
        return tuple(filed.entry["name"] for filed in self.filed)

    @property
    def levels(self) -> tuple[str, ...]:
        """The level of each case."""
        return tuple(filed.entry["level"] for filed in self.filed)


def load(path: Path | str) -> tuple[GoldenCase, ...]:
    """Read a set, and check every file against its sha256."""
    return tuple(filed_cases(folder_store(check_path("folder", path, "golden.load"))))


def filed_cases(*stores: Store) -> FiledCases:
    """The cases of sets."""
    found = []
    for store in stores:
        entries, formats = read_manifest(store)
        if (needed := FORMATS[0]) not in formats:
            reason = f"formats: expected {needed}, got {short_repr(formats)}"
            raise FormatError(store.path / MANIFEST, reason)
        sums = read_checksums(store)
        found += [Filed(store, entry, sums.get(case_file(entry))) for entry in entries]
    return FiledCases(found)


def read_checked(store: Store, name: str, digest: str | None) -> bytes:
    """Read a file of a set, whose sha256 is listed."""
    content = store.read(name)
    if digest != hashlib.sha256(content).hexdigest():
        what = "a checksum for this file" if digest is None else "content that matches its checksum"
        got = "none" if digest is None else "altered"
        raise FormatError(store.path / name, f"expected {what} in {CHECKSUMS}, got {got}")
    return content


def read_manifest(store: Store) -> tuple[list[Entry], list[str]]:
    """Read a set's cases and formats; the manifest must be the one that its checksums name."""
    found = manifest.loads(store.read(MANIFEST), store.path / MANIFEST)
    read_checked(store, MANIFEST, read_checksums(store).get(MANIFEST))
    return found


def read_checksums(store: Store) -> dict[str, str]:
    """The sha256 of every file that is of the set, by name."""
    lines = store.read(CHECKSUMS).decode("utf-8", "replace").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def case_file(entry: Entry) -> str:
    """The file of a case's arrays."""
    return f"{entry['name']}.safetensors"


def save(folder: Path | str, cases: Iterable[GoldenCase], formats: Iterable[str] = FORMATS) -> None:
    """Write a set; an older one is replaced when the new one is complete."""
    path, kinds = check_path("folder", folder, "golden.save"), ", ".join(FORMATS)
    formats = check_items("formats", formats, str, "golden.save", f"formats among {kinds}")
    if not formats:
        raise InputError.for_argument("formats", "golden.save", "expected one or more, got none")
    for name in formats:
        check_choice("formats", name, FORMATS, "golden.save")
    if isinstance(cases, str) or not isinstance(cases, Iterable):
        raise unexpected("cases", cases, "golden.save", "golden cases")
    write_folder(path, _files(path, cases, formats), _is_set)


def _files(
    path: Path, cases: Iterable[GoldenCase], formats: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    """Every file of a set by name."""
    entries: list[Entry] = []
    sums: dict[str, str] = {}
    for given in cases:  # they may be made one by one
        golden = check_instance("cases", given, GoldenCase, "golden.save", "golden cases only")
        arrays = flatten(golden)
        entry = manifest.check_entry(manifest.case_entry(golden, arrays), path / MANIFEST)
        if golden.name in {entry["name"] for entry in entries}:
            reason = f"case {entry['name']}: expected each name once, got it twice"
            raise FormatError(path / MANIFEST, reason)
        entries.append(entry)
        contents = {}
        if FORMATS[0] in formats:
            contents[case_file(entry)] = to_safetensors(arrays)
        if "hex" in formats and "frac_bits" in golden.metadata:
            bits, of_fraction = word_bits(golden.metadata), golden.metadata["frac_bits"]
            contents |= {
                hexadecimal_file(golden.name, name): to_hexadecimal(array, of_fraction, bits)
                for name, array in sorted(arrays.items())
            }
        for name, content in contents.items():
            sums[name] = hashlib.sha256(content).hexdigest()
            yield name, content
    content = manifest.dumps(entries, formats)
    sums[MANIFEST] = hashlib.sha256(content).hexdigest()
    yield CHECKSUMS, "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
    yield MANIFEST, content


def _is_set(path: Path) -> bool:
    """Whether a folder holds a golden set, of any version, and nothing else."""
    try:
        is_set = read_json_object(path / MANIFEST).get("format") == FORMAT
    except FormatError:
        return False
    found = {file.relative_to(path).as_posix() for file in path.rglob("*") if not file.is_dir()}
    return is_set and found <= {MANIFEST, CHECKSUMS, *case_files(path)}


ARCHIVES = ("golden-1.zip", "drawn-1.zip")


def golden_cases(
    levels: str | Iterable[str] | None = None, pattern: str = "*"
) -> tuple[GoldenCase, ...]:
    """Read the golden cases: small networks with known outputs, states and gradients.

    Parameters
    ----------
    levels : str or iterable of str, optional
        Levels to read, such as ``"L0"`` or ``"L0,L2..L4"``; all by default.
    pattern : str
        Pattern of case names, with ``*`` and ``?``. A name consists of the level, the layer and
        its options: ``l0_lif_all_mu0300`` is a LIF neuron with shared parameters and mu = 0.3.

    Returns
    -------
    tuple of GoldenCase
        ``case`` has the network and its inputs, ``expected`` the answer. Every call returns new
        arrays.

    Raises
    ------
    InputError
        If a level does not exist, or no case matches ``pattern``.
    FormatError
        If the installed file is damaged.

    Notes
    -----
    ====== ===== ===================================================================
    level  cases each is
    ====== ===== ===================================================================
    ``L0`` 239   one operation: a neuron, a convolution, a recurrent cell, a loss, ...
    ``L1`` 84    two or three operations, such as synapses and a neuron
    ``L2`` 45    a block: layers in sequence
    ``L3`` 26    a network with its loss
    ``L4`` 23    training: one optimizer step, and the loss over ten
    ====== ===== ===================================================================

    Examples
    --------
    >>> import liaf_ref as lr
    >>> for golden in lr.golden_cases("L0", "l0_lif_all_mu0*"):
    ...     print(golden.name, golden.case["in/X"].shape)
    l0_lif_all_mu0500 (2, 6, 4)
    l0_lif_all_mu0300 (2, 6, 4)
    l0_lif_all_mu0500_detached (2, 6, 4)
    """
    chosen = check_levels(levels, "golden_cases")
    check_instance("pattern", pattern, str, "golden_cases", "a pattern of names")
    known = [f for f in stored_cases().filed if f.entry["level"] in chosen]
    found = [filed for filed in known if fnmatchcase(filed.entry["name"], pattern)]
    if not found:
        raise no_match(pattern, FiledCases(known).names, chosen, "golden_cases")
    return tuple(FiledCases(found))


def golden_case(name: str) -> GoldenCase:
    """Read one golden case by name, or one of the 500 random cases of the package.

    Parameters
    ----------
    name : str
        Name of the case, such as ``l0_lif_all_mu0300`` or ``random-0-0042``.

    Returns
    -------
    GoldenCase
        The case with the expected answer and its tolerances.

    Raises
    ------
    InputError
        If no case has this name. The message suggests a similar name.
    FormatError
        If the installed file is damaged.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.golden_case("l0_lif_all_mu0300").case.level
    'L0'
    >>> lr.golden_case("l0_lif_all_mu030")
    Traceback (most recent call last):
        ...
    liaf_ref._core.errors.InputError: ... did you mean l0_lif_all_mu0300?
    """
    check_instance("name", name, str, "golden_case", "the name of a case")
    known = published_cases()
    if name not in known.names:
        reason = f"expected the name of one of the {len(known)} cases, got {short_repr(name)}"
        hint = similar_case(name, known.names)
        raise InputError.for_argument("name", "golden_case", reason + hint)
    found: GoldenCase = known[known.names.index(name)]
    return found


def no_match(pattern: str, names: Sequence[str], levels: Sequence[str], where: str) -> InputError:
    """The error for a pattern that no case of some levels matches."""
    reason = f"expected a pattern that matches a golden case of {', '.join(levels)}"
    hint = similar_case(pattern, names)
    return InputError.for_argument("pattern", where, f"{reason}, got {pattern!r}{hint}")


def similar_case(name: str, known: Sequence[str]) -> str:
    """The end of a message: the case that begins with a text, or the most similar one."""
    text = name.strip("*")
    longer = [k for k in known if k.startswith(text)] or [k for k in known if text in k]
    similar = longer[0] if longer else suggest_name(name, known)
    return f"; did you mean {similar}?" if similar else "; golden_cases() lists all"


def published_stores() -> list[Store]:
    """The sets of the package: the golden cases, and 500 drawn ones."""
    folder = files("liaf_ref.oracle") / "data"
    places = (folder / name for name in ARCHIVES)
    return [archive_store(Path(str(place)), place.read_bytes()) for place in places]


def stored_cases() -> FiledCases:
    """The golden cases, of which none is read yet."""
    return filed_cases(published_stores()[0])


def published_cases() -> FiledCases:
    """The golden cases, and the drawn ones."""
    return filed_cases(*published_stores())
