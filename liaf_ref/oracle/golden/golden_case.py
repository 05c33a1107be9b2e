"""A case with the expected answer and its tolerances."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_mapping
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.formats import check_format

if TYPE_CHECKING:
    from liaf_ref.oracle.checker.verdict import Verdict


HOW_TO_DRAW = "random_cases(..., dtype=...) draws cases whose numbers have few bits"


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
        precision = check_format("dtype", dtype, "compare")
        if precision not in self.tolerance:
            raise InputError.for_argument(
                "dtype", "compare", f"{self.name} was not drawn for {precision}: {HOW_TO_DRAW}"
            )
        return judge(lambda case: answer, self, precision)
