"""A case with the expected answer and its tolerances; its arrays as one dictionary and in files.

Safetensors, of https://github.com/huggingface/safetensors, for the dtypes of a golden set and for
float16, so that the set needs nothing but NumPy; byte for byte what that package writes.
Hexadecimal words for ``$readmemh``, of exact cases in fixed point.
"""

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from liaf_ref._core.errors import FormatError, InputError, unexpected
from liaf_ref._core.safe_load import parse_json
from liaf_ref._core.text import short_repr, short_text
from liaf_ref._core.validation import check_mapping
from liaf_ref.oracle.case import Array, ArrayMap, Case
from liaf_ref.oracle.formats import check_format, words_of

if TYPE_CHECKING:
    from liaf_ref.oracle.checker.verdict import Verdict


HOW_TO_DRAW = "RandomCases(..., dtype=...) draws cases whose numbers have few bits"


@dataclass(frozen=True)
class GoldenCase:
    """A case with the expected answer and a tolerance for each number.

    Parameters
    ----------
    case : Case
        The network and its inputs, in float64. Every value is exact in float32.
    expected : mapping of str to ndarray
        The answer in float64, by names such as ``exp/n.Y`` and ``grad/par/n.v_th``, where ``n``
        is the name of a node. The prefixes are

        - ``exp/``: outputs, spikes, potentials and loss of the forward pass, for all steps;
        - ``grad/``: the gradient in the array of the case named after the prefix;
        - ``dbg/``: the gradient at every step, to find the first wrong step;
        - ``step1/``: parameters after one optimizer step (level L4).

        :class:`liaf_ref.oracle.Case` lists the prefixes of the inputs.
    tolerance : mapping
        The largest error that rounding can explain: by dtype name (``float32``, ``float64``) and
        array name, an array of the same shape. All zero for an exact case.
    required : frozenset of str
        Names of the arrays that a backend must return. The other arrays of ``expected`` are
        compared if the backend returns them.
    exact : bool
        Whether every float32 evaluation, in any order, gives exactly this answer.
    metadata : mapping
        Entries of the manifest, such as the random seed, ``spike_margin`` by node, the number of
        neuron steps in the window, and ``frac_bits`` of an exact case.

    See Also
    --------
    liaf_ref.golden_cases : Read the golden cases.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> golden = lr.golden_case("l0_lif_all_mu0300")
    >>> golden
    GoldenCase('l0_lif_all_mu0300', L0, 7 answers)
    >>> sorted(golden.required)[:3]
    ['exp/n.Y', 'grad/in/X', 'grad/in/n.V0']
    >>> golden.expected["exp/n.F"].shape
    (2, 6, 4)
    >>> float(golden.tolerance["float32"]["exp/n.U"].max()) < 1e-6
    True
    """

    case: Case
    expected: Mapping[str, Array]
    tolerance: Mapping[str, Mapping[str, Array]]
    required: frozenset[str]
    exact: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        exact = ", exact" if self.exact else ""
        return f"GoldenCase({self.name!r}, {self.case.level}, {len(self.required)} answers{exact})"

    @property
    def name(self) -> str:
        """The name of the case."""
        return self.case.name

    def compare(self, answer: Mapping[str, Any], dtype: Any = None) -> "Verdict":
        """Compare an answer with the expected arrays.

        Parameters
        ----------
        answer : mapping of str to array
            The arrays of :attr:`required` by name. Other arrays of :attr:`expected` are optional.
        dtype : dtype, optional
            Precision of the answer, float32 or float64; it selects the tolerance. By default
            ``float64`` if every array of the answer is float64, otherwise ``float32``. A random
            case for ``"float16"``, ``"bfloat16"`` or ``"tf32"`` is compared in that format.

        Returns
        -------
        Verdict
            Its ``status`` is ``passed`` or ``failed``. It prints as one line with the first wrong
            array.

        Raises
        ------
        InputError
            If ``answer`` is not a mapping, or ``dtype`` is neither float32 nor float64.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> golden = lr.golden_case("l0_lif_all_mu0300")
        >>> answer = dict(golden.expected)
        >>> golden.compare(answer).status
        'passed'
        >>> answer["grad/in/X"] = 2 * answer["grad/in/X"]
        >>> golden.compare(answer)
        failed    l0_lif_all_mu0300  n, step 6 of 6: grad/in/X[0,5,3] expected ..., got ...
        """
        # Only here: the checker imports this module.
        from liaf_ref.oracle.checker.verdict import judge  # noqa: PLC0415

        check_mapping("answer", answer, "compare", "a dict of arrays by name")
        if dtype is None:
            names = (str(getattr(array, "dtype", None)) for array in answer.values())
            dtypes = {name.rpartition(".")[2] for name in names}  # torch.float64
            dtype = "float64" if dtypes == {"float64"} else "float32"
        return judge(lambda case: answer, self, check_is_for(self, dtype, "compare"))


def check_is_for(golden: GoldenCase, dtype: Any, where: str) -> str:
    """The name of a format, for which the case has tolerances."""
    name = check_format("dtype", dtype, where)
    if name not in golden.tolerance:
        reason = f"{golden.name} was not drawn for {name}: {HOW_TO_DRAW}"
        raise InputError.for_argument("dtype", where, reason)
    return name


ROLES = {
    "in": "input",
    "fix": "constant",
    "par": "parameter",
    "up": "upstream gradient",
    "gate": "decision",
    "exp": "expected",
    "grad": "gradient",
    "dbg": "per-step gradient",
    "step1": "parameter after a step",
    "tol": "tolerance",
}
TOLERANCE_BITS, DRAWN_BITS = 8, 4  # bits of a tolerance; of a drawn case, in steps of an eighth
CODES = {"I64": "<i8", "F64": "<f8", "F32": "<f4", "F16": "<f2"}  # in the order of the data
HEADER_LENGTH_BYTES = 8  # bytes before the header, and the alignment of what follows it
WORD_BITS = 32  # bits of a hexadecimal word, unless a case has its own fixed point
Files = Iterator[tuple[str, bytes]]  # their names and contents


def flatten(golden: GoldenCase) -> dict[str, Array]:
    """All arrays under the names they have in a file."""
    bits = DRAWN_BITS if "draw" in golden.metadata else TOLERANCE_BITS
    tolerances = {
        f"tol/{name}@{dtype}": round_up(array, bits)
        for dtype, arrays in golden.tolerance.items()
        for name, array in arrays.items()
        if not golden.exact
    }
    return {**golden.case, **golden.expected, **tolerances}


def unflatten_tolerances(
    arrays: Mapping[str, Array], expected: Mapping[str, Array], exact: bool, dtypes: Iterable[str]
) -> dict[str, ArrayMap]:
    """What :func:`flatten` put away, by dtype and name; zeros of an exact case, of its dtypes."""
    found = {name.rpartition("@")[2] for name in arrays if name.startswith("tol/")}

    def of(name: str, dtype: str) -> Array:
        given = np.zeros(expected[name].shape) if exact else arrays[f"tol/{name}@{dtype}"]
        return given.astype(np.float64)

    return {d: ArrayMap({n: of(n, d) for n in expected}) for d in sorted(found) or dtypes}


def round_up(array: Array, bits: int = TOLERANCE_BITS) -> Array:
    """A float32 of few bits that is nowhere smaller: still a bound, and shorter in a file."""
    fraction, exponent = np.frexp(array)
    shorter = np.ldexp(np.ceil(np.ldexp(fraction, bits)), exponent - bits)
    rounded = np.asarray(shorter, np.float32)
    below = rounded < array
    return np.asarray(np.where(below, np.nextafter(rounded, np.float32(np.inf)), rounded))


def with_prefix(arrays: Mapping[str, Any], *prefixes: str) -> dict[str, Any]:
    """The arrays of some roles."""
    return {n: a for n, a in arrays.items() if n.partition("/")[0] in prefixes}


def to_safetensors(arrays: Mapping[str, Array]) -> bytes:
    """Write arrays."""
    codes = {np.dtype(dtype): code for code, dtype in CODES.items()}
    header, content = {}, bytearray()
    for name in sorted(arrays, key=lambda name: ([*codes].index(arrays[name].dtype), name)):
        array, start = arrays[name], len(content)
        content += array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes(order="C")
        of = {"shape": [*array.shape], "data_offsets": [start, len(content)]}
        header[name] = {"dtype": codes[array.dtype], **of}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % HEADER_LENGTH_BYTES)
    return len(text).to_bytes(HEADER_LENGTH_BYTES, "little") + text + content


def from_safetensors(content: bytes, path: Path | str) -> dict[str, Array]:
    """Read arrays."""
    start = HEADER_LENGTH_BYTES + int.from_bytes(content[:HEADER_LENGTH_BYTES], "little")
    name = "header"
    try:
        if len(content) < start:
            raise ValueError(f"a header of {start - HEADER_LENGTH_BYTES} bytes")
        memory, arrays = memoryview(bytearray(content[start:])), {}
        for name, entry in parse_json(content[HEADER_LENGTH_BYTES:start]).items():
            if name != "__metadata__":
                arrays[name] = _read_array(memory, **entry)
    except (ValueError, AttributeError, TypeError, KeyError, OverflowError) as error:
        expected = f"array {short_text(name)}: expected the data of a safetensors file"
        reason = f"{expected}, got an error: {short_repr(error)} ({len(content)} bytes)"
        raise FormatError(path, reason) from error
    return arrays


def _read_array(memory: memoryview, dtype: Any, shape: Any, data_offsets: Any) -> Array:
    kind, (first, last) = np.dtype(CODES[dtype]), data_offsets
    if not all(type(number) is int and number >= 0 for number in (first, last, *shape)):
        raise ValueError(f"shape {shape} at {data_offsets}")
    block = np.frombuffer(memory[first:last], kind)
    if not block.nbytes == last - first == math.prod(shape) * kind.itemsize:
        raise ValueError(f"shape {shape} at {data_offsets}")
    return block.reshape(shape)


def to_hexadecimal(array: Array, frac_bits: int, bits: int = WORD_BITS) -> bytes:
    """Write an array for ``$readmemh``, a word of two's complement a line, in C order."""
    scaled = np.ldexp(array, frac_bits) if array.dtype.kind == "f" else array
    limit = 2 ** (bits - 1)
    fits = (abs(scaled + 0.5) < limit) & (scaled == np.rint(scaled))  # NaN does not
    if not fits.all():
        expected = f"numbers that fit into {bits} bits with {frac_bits} fraction bits"
        raise unexpected("array", array, "hex", expected)
    words = scaled.astype(np.int64).ravel()
    digits = -(-bits // 4)
    return "".join(f"{word % 2**bits:0{digits}x}\n" for word in words.tolist()).encode()


def hexadecimal_file(case: str, array: str) -> str:
    """Where an array of a case is: ``hex/CASE.ARRAY.hex``, with a dash for the slash."""
    return f"hex/{case}.{array.replace('/', '-')}.hex"


def to_files(golden: GoldenCase, arrays: Mapping[str, Array], formats: Collection[str]) -> Files:
    """The files of a case and their names, of those formats that it has."""
    if "safetensors" in formats:
        yield f"{golden.name}.safetensors", to_safetensors(arrays)
    if "hex" in formats and "frac_bits" in golden.metadata:
        words, frac_bits = words_of(golden.metadata), golden.metadata["frac_bits"]
        bits = WORD_BITS if words is None else words.integer_bits + words.fraction_bits
        for name, array in sorted(arrays.items()):
            yield hexadecimal_file(golden.name, name), to_hexadecimal(array, frac_bits, bits)
