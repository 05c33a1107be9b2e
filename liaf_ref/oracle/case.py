"""A case: a small network as data, with its input arrays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from liaf_ref._core.errors import LiafError, unexpected
from liaf_ref._core.validation import check_items
from liaf_ref.oracle import formats

Array = formats.Array

LEVELS = {
    "L0": "node: a single operation, such as a neuron, a convolution or a loss",
    "L1": "layer: two or three nodes, such as synapses and a neuron",
    "L2": "block: layers in sequence",
    "L3": "network: with its loss",
    "L4": "training: one optimizer step, and the loss over ten",
}
BPTT = ("full", "truncated")  # through chunks
DTYPES = ("float32", "float64")  # the precisions in which a backend is checked
EXPECTED_LEVELS = "levels from L0 to L4, such as 'L0' or 'L0,L2'"


def check_levels(levels: object, where: str) -> tuple[str, ...]:
    """Levels as a text such as ``L0,L2`` or as an iterable of such; None stands for all."""
    given = ",".join(LEVELS) if levels is None else levels
    if not isinstance(given, str):
        given = ",".join(check_items("levels", given, str, where, EXPECTED_LEVELS))
    if not (found := set(given.split(","))) <= LEVELS.keys():
        raise unexpected("levels", given, where, EXPECTED_LEVELS)
    return tuple(sorted(found))


class UnknownArrayError(LiafError, KeyError):
    """An array was asked for by a name that is not there."""

    def __init__(self, name: object, known: Mapping[str, Any]) -> None:
        super().__init__(name)
        self.name, self.known = name, known

    def __str__(self) -> str:
        """Written only here: ``in`` and ``get`` of a mapping raise and drop the error."""
        return f"no array {self.name!r}; the arrays are {', '.join(self.known)}"


class ArrayMap(dict[str, Array]):
    """Arrays by name; a name that is missing is an error that lists those that are there."""

    def __missing__(self, name: str) -> Array:
        raise UnknownArrayError(name, self)


class Node(NamedTuple):
    """One operation of the network of a :class:`Case`.

    Parameters
    ----------
    name : str
        The name in its arrays: ``n`` in ``par/n.v_th``.
    op : str
        One of :data:`liaf_ref.oracle.opset.OPS`, such as ``neuron``, ``conv`` or ``softmax_ce``.
    inputs : tuple of str
        The nodes whose outputs are its inputs, or ``in/NAME`` for an array of the case.
    options : mapping
        The options of the operation, listed in the same table.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.golden_case("l1_dense_tanh").case.nodes[0]
    Node(name='d', op='dense', inputs=('in/X',), options={'units': 4, 'bias': True})
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    options: Mapping[str, Any]


def with_options(node: Node, options: Mapping[str, Any]) -> Node:
    """The node with other values of some options."""
    return node._replace(options={**node.options, **options})


class Chunks(NamedTuple):
    """A sequence that is given in chunks, as a training loop does with a long one.

    The final states of a chunk are the initial states of the next. The parameters do not change,
    and their gradients are added up.

    Parameters
    ----------
    steps : tuple of int
        The number of steps of each chunk; together they are the steps of the case.
    bptt : str
        ``full``: the gradient of the initial states of a chunk is the gradient of the final states
        of the chunk before. ``truncated``: the states are detached between chunks, so that no
        gradient passes.

    Examples
    --------
    >>> from liaf_ref.oracle import Chunks
    >>> Chunks((3, 3, 2), "truncated")
    Chunks(steps=(3, 3, 2), bptt='truncated')
    """

    steps: tuple[int, ...]
    bptt: str

    def spans(self) -> tuple[tuple[int, int], ...]:
        """Return where the chunks start and end.

        Returns
        -------
        tuple of (int, int)
            The first step of each chunk, and the step after its last, counted from 0.

        Examples
        --------
        >>> from liaf_ref.oracle import Chunks
        >>> Chunks((3, 3, 2), "full").spans()
        ((0, 3), (3, 6), (6, 8))
        """
        return tuple(pairwise(accumulate(self.steps, initial=0)))


@dataclass(frozen=True)
class Case(Mapping[str, Array]):
    """A small network with its input arrays: the question that a backend answers.

    A case is a mapping: ``case["in/X"]`` is the array ``in/X``.

    Parameters
    ----------
    name : str
        Unique in a set.
    level : str
        ``L0`` to ``L4``, see :func:`liaf_ref.golden_cases`.
    nodes : tuple of Node
        The operations, in an order in which they can be computed. The last node is the output
        or the loss.
    arrays : mapping of str to ndarray
        The arrays with the prefixes ``in/``, ``fix/``, ``par/`` and ``up/``.
    optimizer : mapping, optional
        For a case of level L4: ``name``, the options of the optimizer, and ``steps``.
    description : str
        The equations or the property that the case tests.
    chunks : Chunks, optional
        How the sequence is cut in time; None for a sequence that is computed at once.

    Notes
    -----
    A name is ``PREFIX/NODE.QUANTITY``: ``par/n.v_th`` is the threshold of node ``n``. Arrays of the
    whole network have no node: ``in/X``, ``in/ids``, ``in/y`` and ``exp/curve``.

    ========== ==================================================== ========================
    prefix     arrays                                               examples
    ========== ==================================================== ========================
    ``in/``    inputs, class labels and initial states              ``in/X``, ``in/n.V0``
    ``fix/``   inputs without a gradient: masks, running statistics ``fix/d.M``
    ``par/``   parameters                                           ``par/n.v_th``
    ``up/``    upstream gradients: of the output, of final states   ``up/n.Y``, ``up/n.VT``
    ``gate/``  decisions of a gate-forced case: spikes, maxima      ``gate/n.F``
    ``exp/``   answer: outputs, states and loss of every step       ``exp/n.Y``, ``exp/n.U``
    ``grad/``  answer: gradient in the array named after the prefix ``grad/in/X``
    ``dbg/``   answer, optional: gradient at each step              ``dbg/n.dU``
    ``step1/`` answer of L4: parameters after one optimizer step    ``step1/n.v_th``
    ========== ==================================================== ========================

    A case holds the arrays with the first five prefixes, and :attr:`GoldenCase.expected` holds the
    others. docs/verify/golden-format.md lists the quantities of every operation.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> case = lr.golden_case("l0_lif_all_mu0300").case
    >>> case
    Case('l0_lif_all_mu0300', L0, 8 arrays)
    >>> sorted(case)[:3], case["in/X"].shape
    (['in/X', 'in/n.V0', 'par/n.alpha'], (2, 6, 4))
    >>> case["X"]
    Traceback (most recent call last):
        ...
    liaf_ref.oracle.case.UnknownArrayError: no array 'X'; the arrays are in/X, ...
    """

    name: str
    level: str
    nodes: tuple[Node, ...]
    arrays: Mapping[str, Array]
    optimizer: Mapping[str, Any] | None = None
    description: str = ""
    chunks: Chunks | None = None

    def __repr__(self) -> str:
        return f"Case({self.name!r}, {self.level}, {len(self.arrays)} arrays)"

    def __getitem__(self, name: str) -> Array:
        if name not in self.arrays:
            raise UnknownArrayError(name, self.arrays)
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    @property
    def is_gate_forced(self) -> bool:
        """Whether the case gives decisions, ``gate/``, that replace comparisons."""
        return any(name.startswith("gate/") for name in self.arrays)

    def astype(self, dtype: Any) -> "Case":
        """Convert the floating-point arrays to another dtype; integer arrays do not change.

        Parameters
        ----------
        dtype : dtype
            The new dtype, as in ``ndarray.astype``; or ``"bfloat16"`` or ``"tf32"``, which round
            the numbers to 8 or 11 significant bits and represent them in float32; or fixed point
            such as ``"q4.12"``, whose numbers are represented in float64.

        Returns
        -------
        Case
            A new case with copies of the floating-point arrays.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.golden_case("l0_lif_all_mu0300").case.astype("float32")["in/X"].dtype
        dtype('float32')
        """
        floats = {name: a for name, a in self.arrays.items() if a.dtype.kind == "f"}
        return self.with_arrays({n: formats.to_format(dtype, a) for n, a in floats.items()})

    def with_arrays(self, arrays: Mapping[str, Array]) -> "Case":
        """Replace or add arrays.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            The new arrays by their full names, such as ``in/X``.

        Returns
        -------
        Case
            A new case that shares all other arrays with this one.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> case = lr.golden_case("l0_lif_all_mu0300").case
        >>> float(case.with_arrays({"in/X": 0 * case["in/X"]})["in/X"].max())
        0.0
        """
        return replace(self, arrays={**self.arrays, **arrays})

    def node_arrays(self, node: Node, prefix: str = "par") -> dict[str, Array]:
        """Return the arrays of one node with a prefix, by the name of the quantity.

        Parameters
        ----------
        node : Node
            One of :attr:`nodes`.
        prefix : str
            ``in``, ``fix``, ``par`` or ``up``.

        Returns
        -------
        dict of str to ndarray
            The arrays by quantity, such as ``v_th``; empty if the node has none.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> case = lr.golden_case("l0_lif_all_mu0300").case
        >>> sorted(case.node_arrays(case.nodes[0]))
        ['alpha', 'beta', 'v_reset', 'v_th']
        """
        start = f"{prefix}/{node.name}."
        own = (name for name in self if name.startswith(start))
        return {name.removeprefix(start): self[name] for name in own}


class Declined(LiafError):  # noqa: N818 - it is no error
    """Raised by a backend for a case that it does not support.

    A declined case neither passes nor fails.

    Parameters
    ----------
    reason : str
        The missing feature. The report groups declined cases by their reason.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import Declined, run
    >>> def backend(case):
    ...     if case.nodes[0].op == "embedding":
    ...         raise Declined("no embedding")
    ...     return run(case)
    >>> lr.check_backend(backend, levels="L0", pattern="l0_[de]*").declined
    (declined  l0_embedding  no embedding,)
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
