"""The network of Fig. 5: it encodes story and question separately and predicts one word."""

from collections.abc import Iterator
from dataclasses import KW_ONLY
from functools import cached_property
from typing import Annotated, Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError, unexpected
from liaf_ref._core.kinds import About, one_of
from liaf_ref._core.validation import check_index_array, check_params
from liaf_ref.analysis.op_count import LayerOpCount, OpCount, count_ops, network_counts
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Dense, Driven, Embedding, KernelSet, Neuron, Neurons, Params, Tape
from liaf_ref.layers import types as t
from liaf_ref.layers.kernel_set import kernel_set_for
from liaf_ref.layers.layer import Param
from liaf_ref.layers.sequential import group_by_prefix, merge
from liaf_ref.layers.types import Arrays, State
from liaf_ref.networks import cells
from liaf_ref.networks.base import Network
from liaf_ref.networks.packing import NO_SOURCE_ROW, Segment, plan_masked, plan_unmasked

PADDINGS = ("unmasked", "masked")
# Steps from which on it saves time to run common padding but once; of neurons later, whose steps
# cost less and whose walk back may end early.
MIN_STEPS = {True: 512, False: 128}


class SegmentRun(NamedTuple):
    """What was run of a piece of the sequences, and what its backward pass reads."""

    segment: Segment
    drive: Any
    saved: Any


class BabiNetwork(Network):
    """The bAbI network of Fig. 5: it encodes story and question and predicts one word.

    Parameters
    ----------
    vocab_size : int
        Number of tokens, including padding; also the number of answers.
    cell : str
        Temporal layer: ``"liaf"`` (NTR), ``"lif"``, ``"rnn"``, ``"lstm"``, ``"gru"``, or one of
        your own by :func:`liaf_ref.register_cell`.
    embedding_dim : int
        Width of the embeddings, 50 in the paper.
    units : int
        Units of each temporal layer, 100 in the paper.
    padding : str
        ``"unmasked"``: padding is a token like any other; ``"masked"``: a story begins at its
        first token.
    neuron : Neuron, optional
        Options of liaf and lif; the mode of liaf has to be NTR. Its activation in the paper is
        ReLU for QA8 and the identity for others.
    recurrent : Recurrent
        Options of rnn, lstm and gru.
    embedding_initializer : str
        Initial embeddings: ``"uniform"`` within 0.05, or ``"normal"``, N(0, 1).

    Raises
    ------
    InputError
        If an argument is invalid, or the cell does not have an option.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> task = lr.load_babi(1)
    >>> net = lr.BabiNetwork(task.vocab_size, "liaf", embedding_dim=8, units=16)
    >>> params = net.init(0)
    >>> story, question = task.train.inputs
    >>> logits, tape = net.forward(params, story[:4], question[:4])
    >>> logits.shape == (4, task.vocab_size)
    True
    >>> grads = net.backward(logits, tape)
    >>> sorted(grads) == sorted(params)
    True
    """

    equation = "Fig. 5"
    measured_steps = 16, 32  # Python's own objects are larger than fewer tokens
    vocab_size: t.Count
    cell: str
    embedding_dim: t.Count = 50
    units: t.Count = 100
    _: KW_ONLY
    padding: Annotated[str, one_of(*PADDINGS), About("what zeros before a story are")] = "unmasked"
    neuron: Neuron | None = None
    recurrent: cells.Recurrent = cells.Recurrent()
    embedding_initializer: Annotated[
        t.EmbeddingInitializer, About("initial embeddings: uniform within 0.05, or normal, N(0, 1)")
    ] = "uniform"

    def __post_init__(self) -> None:
        if hasattr(self.vocab_size, "vocab_size"):  # a bAbI task
            hint = "; pass task.vocab_size"
            raise unexpected("vocab_size", self.vocab_size, self.where(), "an integer >= 1", hint)
        cells.check_cell(self.cell)
        super().__post_init__()

    def check_together(self) -> None:
        """A cell has the options of its kind alone."""
        cells.check_cell_options(self.cell, self.neuron, self.recurrent, self.where())
        if not isinstance(self.temporal_layer.synapse, Dense):  # whose product is looked up
            reason = f"expected a layer on Dense synapses, got {self.temporal_layer!r}"
            raise self.refuse("cell", reason)

    @cached_property
    def temporal_layer(self) -> Driven:
        """The temporal layer of each branch; the two share no parameter."""
        make = cells.CELL_FACTORIES[self.cell]
        return make(
            self.embedding_dim, self.units, self.neuron or cells.BABI_NEURON, self.recurrent
        )

    @cached_property
    def embedding(self) -> Embedding:
        """The embedding of each branch."""
        return Embedding(self.vocab_size, self.embedding_dim, self.embedding_initializer)

    @cached_property
    def head(self) -> Dense:
        """The dense layer before the softmax."""
        return Dense(2 * self.units, self.vocab_size)

    def params(self) -> dict[str, Param]:
        """Those of story, query and head, such as ``story.W``."""
        branch = self.embedding.params() | self.temporal_layer.params()
        return merge([("story", branch), ("query", branch), ("head", self.head.params())])

    @property
    def name(self) -> str:
        """Name of the network on the command line."""
        return f"babi-{self.cell}"

    @property
    def steps(self) -> int:
        """Tokens of a story in the paper's first task."""
        return cells.QA1_STORY_LENGTH

    def forward(
        self, params: Arrays, story: Array, query: Array, kernel_set: KernelSet | None = None
    ) -> tuple[Array, Tape]:
        """Answer a batch of questions.

        Parameters
        ----------
        params : mapping of str to array
            Parameters by name, all of one dtype: NumPy arrays, or arrays of any library with
            ``__array__`` or ``__dlpack__``.
        story, query : array of int, shapes (B, T) and (B, Q)
            Token numbers, left padded with 0.
        kernel_set : KernelSet, optional
            Kernels to run; by default the fast kernels for float32.

        Returns
        -------
        logits : ndarray, shape (B, vocab)
            Before the softmax.
        tape : Tape
            For :meth:`backward`.

        Raises
        ------
        InputError
            On missing, unknown, misshapen or non-finite parameters, mixed dtypes, or
            tokens outside the vocabulary.

        Notes
        -----
        The tape refers to ``params`` and does not copy them: do not change them in place before
        :meth:`backward`.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> net = lr.BabiNetwork(22, "lif")
        >>> story, query = np.ones((3, 6), int), np.ones((3, 4), int)  # 3 questions
        >>> logits, tape = net.forward(net.init(0), story, query)
        >>> logits.shape
        (3, 22)
        """
        where = self.label
        p = check_params(params, self.shapes, where)
        story = check_index_array("story", story, ("B", "T"), self.vocab_size, where)
        query = check_index_array("query", query, (len(story), "Q"), self.vocab_size, where)
        if 0 in (*story.shape, *query.shape):
            expected = "expected B, T and Q >= 1"
            given = f"got shapes {story.shape} and {query.shape}"
            raise InputError.for_argument("story and query", where, f"{expected}, {given}")
        kernels = kernel_set_for(p["head.b"].dtype, kernel_set, where)
        return self.run(p, story, query, kernels=kernels)

    def run(
        self, p: Arrays, story: Array, query: Array, *, kernels: KernelSet
    ) -> tuple[Array, Tape]:
        """Answer without checks."""
        by_part = group_by_prefix(p)
        y_story, story_runs = self.encode(by_part["story"], story, kernels)
        y_query, query_runs = self.encode(by_part["query"], query, kernels)
        joined = np.concatenate((y_story, y_query), axis=-1)
        logits, _, head = self.head.run(by_part["head"], joined, (), kernels)
        saved = story_runs, query_runs, head
        return logits, Tape(self, kernels, saved, logits.shape, logits.dtype)

    def back(self, dlogits: Array, tape: Tape) -> Params:
        """Differentiate without checks."""
        story_runs, query_runs, head_saved = tape.saved
        djoined, _, head = self.head.back(dlogits, (), head_saved, tape.kernels)
        story = self._encode_back(djoined[:, : self.units], story_runs, tape.kernels)
        query = self._encode_back(djoined[:, self.units :], query_runs, tape.kernels)
        return merge([("story", story), ("query", query), ("head", head)])

    def plan(self, ids: Array) -> list[Segment]:
        """The pieces in which a batch of sequences is run."""
        if self.padding == "masked":
            return plan_masked(ids)
        return plan_unmasked(ids, MIN_STEPS[isinstance(self.temporal_layer.dynamics, Neurons)])

    def encode(self, p: Params, ids: Array, kernels: KernelSet) -> tuple[Array, list[SegmentRun]]:
        """The last output of a branch, ``(B, L)``."""
        outputs, runs = zip(*self.iter_runs(p, ids, kernels), strict=True)
        ordered = np.empty_like(outputs[-1])  # in the order of the samples
        ordered[runs[-1].segment.rows] = outputs[-1]
        return ordered, list(runs)

    def iter_runs(
        self, p: Params, ids: Array, kernels: KernelSet, *, whole: bool = False
    ) -> Iterator[tuple[Array, SegmentRun]]:
        """The pieces of a branch, each with its last output, or with all if ``whole``."""
        synapse, dynamics = self.temporal_layer.synapse, self.temporal_layer.dynamics
        weights: Any = synapse.kernel_params(p)  # type: ignore[attr-defined]  # Dense, as checked
        padded = np.concatenate((ids, np.zeros_like(ids[:1])))
        state = dynamics.zeros(0, p["E"].dtype)
        run = dynamics.run if whole else dynamics.run_last
        for piece in self.plan(ids):
            tokens = padded[piece.rows, piece.start : piece.stop]
            A, drive = kernels.tokens.forward(tokens, p["E"], weights)
            state = tuple(_gather_state(part, piece.source_row) for part in state)
            y, state, saved = run(p, A, state, kernels)
            yield y, SegmentRun(piece, drive, saved)

    def _encode_back(self, dy: Array, runs: list[SegmentRun], kernels: KernelSet) -> Params:
        """Differentiate :meth:`encode`; token numbers have no gradient."""
        totals: Params = {}
        for _, _, grads in self.iter_back(dy, runs, kernels):
            totals = {name: totals[name] + g if totals else g for name, g in grads.items()}
        return totals

    def iter_back(self, dy: Array, runs: list[SegmentRun], kernels: KernelSet) -> Any:
        """Gradients of each piece, last first: in its drive, and in the parameters."""
        synapse, dynamics = self.temporal_layer.synapse, self.temporal_layer.dynamics
        named: Any = synapse.named  # type: ignore[attr-defined]  # Dense, as checked
        rows = runs[-1].segment.rows
        dy, d_state = dy[rows], dynamics.zeros(len(rows), dy.dtype)
        for k in reversed(range(len(runs))):
            piece, drive, saved = runs[k]
            T = piece.stop - piece.start
            dA, d_state, grads = dynamics.back_last(dy, d_state, saved, T, kernels)
            dE, dp = kernels.tokens.backward(dA, drive)
            yield piece, dA, {"E": dE} | named(dp) | grads
            if k:
                count = len(runs[k - 1].segment.rows)
                d_state = _scatter_state_grad(d_state, piece.source_row, count)
                dy = np.zeros((count, *dy.shape[1:]), dy.dtype)

    def example_inputs(self, steps: int) -> tuple[Array, Array]:
        """A story of that many tokens, and a query."""
        return np.zeros((1, steps), np.int64), np.zeros((1, cells.QA1_QUERY_LENGTH), np.int64)

    def tape_parts(self, tape: Tape) -> list[tuple[str, Any]]:
        """The tapes of story, query and head."""
        return list(zip(("story", "query", "head"), tape.saved, strict=True))

    def label_of_param_layer(self, param: str) -> str:
        """Label of the layer that has a parameter, for error messages."""
        branch, _, name = param.partition(".")
        if branch == "head":
            return self.head.label
        return self.embedding.label if name == "E" else self.temporal_layer.label


def _gather_state(state: Array, source_row: Array) -> Array:
    """The rows' states: those of their source rows, or zero."""
    after = np.zeros((len(source_row), *state.shape[1:]), state.dtype)
    goes_on = source_row != NO_SOURCE_ROW
    after[goes_on] = state[source_row[goes_on]]
    return after


def _scatter_state_grad(d_state: State, source_row: Array, num_rows: int) -> State:
    """Differentiate :func:`_gather_state`: of several that came from one row, the sum."""
    before = tuple(np.zeros((num_rows, *part.shape[1:]), part.dtype) for part in d_state)
    goes_on = source_row != NO_SOURCE_ROW
    for whole, part in zip(before, d_state, strict=True):
        np.add.at(whole, source_row[goes_on], part[goes_on])
    return before


@network_counts.register
def _(network: BabiNetwork, T: int) -> list[LayerOpCount]:
    """Every layer; looking an embedding up is free but for its table."""
    table, layer = network.embedding, network.temporal_layer
    look_up = OpCount(weights=table.count_params())
    rows = []
    for name, steps in (("story", T), ("query", cells.QA1_QUERY_LENGTH)):
        rows += [
            LayerOpCount(name, table.label, (table.K,), None, look_up),
            count_ops([layer], steps)[0]._replace(prefix=name),
        ]
    return [*rows, count_ops([network.head])[0]._replace(prefix="head")]
