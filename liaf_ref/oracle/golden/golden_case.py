"""A case with its answer, and how far a backend may be from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from liaf_ref._core.validation import check_choice
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case

if TYPE_CHECKING:
    from liaf_ref.oracle.checker.verdict import Verdict


@dataclass(frozen=True)
class GoldenCase:
    """A case with its answer.

    Parameters
    ----------
    case : Case
        The network and its inputs, in float64; every value is exact in float32.
    expected : mapping of str to ndarray
        The answer in float64: ``exp/``, ``grad/``, ``dbg/``, ``step1/``.
    tolerance : mapping
        By dtype name (``float32``, ``float64``), then by the answer's name: an array of the
        answer's shape, the largest error that rounding can explain. Zero throughout for an
        exact case.
    required : frozenset of str
        What a backend must return; the rest of ``expected`` is compared if returned.
    exact : bool
        Whether every float32 evaluation in any order gives the answer's bits.
    metadata : mapping
        Entries of the manifest: seed, ``spike_margin`` by node, number of neuron steps in the
        window, ``frac_bits`` of an exact case.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> golden = lr.golden_case("l0_lif_all_mu0300")
    >>> golden
    GoldenCase('l0_lif_all_mu0300', L0, 7 answers)
    >>> golden.expected["exp/n.F"].shape
    (2, 6, 4)
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

    def compare(self, answer: Mapping[str, Any], dtype: str = "float32") -> "Verdict":
        """Judge an answer to the case.

        Parameters
        ----------
        answer : mapping of str to array
            Arrays by the names of :attr:`required`; others of :attr:`expected` are compared
            if they are there.
        dtype : str
            ``float32`` or ``float64``: the precision of the answer, which decides the
            tolerance.

        Returns
        -------
        Verdict
            Its ``status`` is ``passed`` or ``failed``; it prints as one line that names the
            first array that is wrong.

        Raises
        ------
        InputError
            If ``dtype`` is another one.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> case = lr.golden_case("l0_lif_all_mu0300")
        >>> answer = {name: array.astype("float32") for name, array in case.expected.items()}
        >>> case.compare(answer).status
        'passed'
        >>> answer["grad/in/X"] *= 2
        >>> case.compare(answer).status
        'failed'
        """
        # Only here: the checker imports this module.
        from liaf_ref.oracle.checker.verdict import DTYPES, judge  # noqa: PLC0415

        check_choice("dtype", dtype, DTYPES, "compare")
        return judge(lambda case: answer, self, dtype)
