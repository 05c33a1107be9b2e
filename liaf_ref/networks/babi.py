"""The network of Fig. 5: it encodes story and query separately and predicts one word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    check_choice,
    check_index_array,
    check_params,
    check_positive_int,
    validate_fields,
)
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.analysis.op_count import LayerOpCount, OpCount, count_ops
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import (
    Dense,
    Embedding,
    KernelSet,
    NeuronLayer,
    Params,
)
from liaf_ref.layers import Tape as LayerTape
from liaf_ref.layers.initializers import EMBEDDING_INITIALIZERS
from liaf_ref.layers.sequential import add_prefix, group_by_prefix, strip_prefix
from liaf_ref.layers.validation import (
    check_spike,
    check_tape,
    resolve_kernel_set,
)
from liaf_ref.networks import encoder, packing
from liaf_ref.networks.base import Network, NonFiniteTracer
from liaf_ref.networks.cells import (
    CELL_FACTORIES,
    QA1_QUERY_LENGTH,
    QA1_STORY_LENGTH,
    SPIKING_CELLS,
    CellOptions,
    check_cell,
    check_cell_has,
    check_cell_options,
)
from liaf_ref.networks.encoder import Encoder

PADDINGS = ("unmasked", "masked")
MIN_STEPS_TO_SPLIT = 128  # steps from which on it saves time to run common padding but once, and
MIN_STEPS_TO_SPLIT_SPIKING = (
    512  # of neurons, whose steps cost less and whose walk back may end early
)


class Tape(NamedTuple):
    """What the backward pass reads, and the network whose ``forward`` returned it."""

    story: encoder.Tape
    query: encoder.Tape
    head: LayerTape
    owner: Any = None


@dataclass(frozen=True, repr=False)
class BabiNetwork(Network):
    """The bAbI network of Fig. 5: it encodes story and question and predicts one word.

    Parameters
    ----------
    vocab_size : int
        Number of tokens, including padding; also the number of answers.
    cell : str
        Temporal layer: ``"liaf"`` (NTR), ``"lif"``, ``"rnn"``, ``"lstm"`` or ``"gru"``.
    embedding_dim : int
        Width of the embeddings, 50 in the paper.
    units : int
        Units of each temporal layer, 100 in the paper.
    act : str
        Activation of LIAF: ``"identity"``, or ``"relu"`` as the paper uses for QA8.
    spike : Pair
        The spike of Eq. (4) and its slope, for liaf and lif.
    padding : str
        ``"unmasked"``: padding is a token like any other; ``"masked"``: a story begins at its
        first token.
    cell_options : CellOptions
        Initial values, initializers and gates of the temporal layers.
    embedding_initializer : str
        Initial embeddings: ``"uniform"`` within 0.05, or ``"normal"``, N(0, 1).
    output : Pair, optional
        Of lif: spike of the output and its surrogate gradient; by default ``spike``.

    Raises
    ------
    InputError
        If an argument is invalid, or the cell does not have ``act``, ``spike``, ``output`` or an
        option.

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
    vocab_size: int
    cell: str
    embedding_dim: int = 50
    units: int = 100
    act: str = "identity"
    spike: Pair = field(default_factory=lambda: paper(0.5))
    padding: str = "unmasked"
    cell_options: CellOptions = field(default_factory=CellOptions)
    embedding_initializer: str = "uniform"
    output: Pair | None = None

    def __post_init__(self) -> None:
        check_choice("padding", self.padding, PADDINGS, "Fig. 5")
        check_cell(self.cell)
        check_choice("act", self.act, ACTIVATIONS, "Eq. (8)")
        if hasattr(self.vocab_size, "vocab_size"):  # a bAbI task
            reason = f"expected an integer >= 1, got {describe_value(self.vocab_size)}"
            raise InputError.for_argument("vocab_size", "Fig. 5", f"{reason}; pass task.vocab_size")
        validate_fields(
            self, ("vocab_size", "embedding_dim", "units"), check_positive_int, "Fig. 5"
        )
        check_spike("spike", self.spike)
        for name, default, cells in (
            ("act", "identity", ("liaf",)),
            ("spike", paper(0.5), SPIKING_CELLS),
        ):
            if (value := getattr(self, name)) != default:
                check_cell_has(name, value, self.cell, cells, "Fig. 5")
        if self.output is not None:
            check_spike("output", self.output)
            check_cell_has("output", self.output, self.cell, ("lif",), "Fig. 5")
        check_cell_options(self.cell, self.cell_options, "Fig. 5")
        check_choice(
            "embedding_initializer", self.embedding_initializer, EMBEDDING_INITIALIZERS, "Fig. 5"
        )
        _ = self.temporal_layer  # which checks the values of its options

    @property
    def temporal_layer(self) -> NeuronLayer[Dense]:
        """The temporal layer of each branch."""
        own = self.cell_options.given()
        if self.output is not None:
            own["output"] = self.output
        return CELL_FACTORIES[self.cell](
            self.embedding_dim, self.units, self.act, self.spike, **own
        )

    @cached_property
    def encoder(self) -> Encoder:
        """The embedding and temporal layer of each branch; the two share no parameter."""
        long = MIN_STEPS_TO_SPLIT_SPIKING if self.cell in SPIKING_CELLS else MIN_STEPS_TO_SPLIT
        plan = (
            packing.plan_masked
            if self.padding == "masked"
            else partial(packing.plan_unmasked, min_steps=long)
        )
        table = Embedding(self.vocab_size, self.embedding_dim, self.embedding_initializer)
        return Encoder(table, self.temporal_layer, plan)

    @cached_property
    def head(self) -> Dense:
        """The dense layer before the softmax."""
        return Dense(2 * self.units, self.vocab_size)

    @property
    def submodules(self) -> dict[str, Encoder | Dense]:
        """The network's submodules under the prefixes of their parameters."""
        return {"story": self.encoder, "query": self.encoder, "head": self.head}

    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name, such as ``story.W``."""
        return dict(self._param_shapes)

    @cached_property
    def _param_shapes(self) -> dict[str, tuple[int, ...]]:
        return _add_prefixes(
            {name: layer.param_shapes() for name, layer in self.submodules.items()}
        )

    @property
    def name(self) -> str:
        """Name of the network on the command line."""
        return f"babi-{self.cell}"

    @property
    def steps(self) -> int:
        """Tokens of a story in the paper's first task."""
        return QA1_STORY_LENGTH

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Draw initial parameters as Keras does by default."""
        return _add_prefixes(
            {name: layer._init(rng, dtype) for name, layer in self.submodules.items()}
        )

    def forward(
        self,
        params: Mapping[str, Array],
        story: Array,
        query: Array,
        kernel_set: KernelSet | None = None,
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
        params, story, query = self._check_inputs(params, story, query)
        kernel_set = resolve_kernel_set(kernel_set, params["head.b"].dtype, "Fig. 5")
        logits, tape = self._forward(params, story, query, kernel_set)
        return logits, tape._replace(owner=self)

    def _forward(
        self, params: Mapping[str, Array], story: Array, query: Array, kernel_set: KernelSet
    ) -> tuple[Array, Tape]:
        """Answer without checks."""
        y_story, story_tape = self.encoder.forward(strip_prefix(params, "story"), story, kernel_set)
        y_query, query_tape = self.encoder.forward(strip_prefix(params, "query"), query, kernel_set)
        joined = np.concatenate((y_story, y_query), axis=-1)
        logits, _, head_tape = self.head._forward(
            strip_prefix(params, "head"), joined, (), kernel_set
        )
        return logits, Tape(story_tape, query_tape, head_tape)

    def _check_tape(self, tape: object) -> tuple[tuple[int, ...], Any]:
        head = check_tape(tape, Tape, self).head
        return head.out_shape, head.dtype

    def _backward(self, dlogits: Array, tape: Tape) -> Params:
        """Differentiate without checks."""
        djoined, _, head = self.head._backward(dlogits, (), tape.head)
        story = self.encoder.backward(djoined[:, : self.units], tape.story)
        query = self.encoder.backward(djoined[:, self.units :], tape.query)
        return _add_prefixes({"story": story, "query": query, "head": head})

    def op_counts(self, steps: int) -> list[LayerOpCount]:
        """The operations of every layer; looking an embedding up is free but for its table."""
        table = self.encoder.embedding
        look_up = OpCount(weights=table.N * table.K)
        lengths = (
            (self.temporal_layer, steps),
            (self.temporal_layer, QA1_QUERY_LENGTH),
            (self.head, 1),
        )
        (story,), (query,), (head,) = (count_ops([layer], T) for layer, T in lengths)
        return [
            LayerOpCount("story", table.label, (table.K,), None, look_up),
            story._replace(prefix="story"),
            LayerOpCount("query", table.label, (table.K,), None, look_up),
            query._replace(prefix="query"),
            head._replace(prefix="head"),
        ]

    def example_inputs(self, steps: int) -> tuple[Array, Array]:
        """A story of that many tokens, and a query."""
        return np.zeros((1, steps), np.int64), np.zeros((1, QA1_QUERY_LENGTH), np.int64)

    def tape_parts(self, tape: Tape) -> list[tuple[str, Any]]:
        """The tapes of story, query and head."""
        return [(name, getattr(tape, name)) for name in self.submodules]

    def label_of_param_layer(self, param: str) -> str:
        """Label of the layer that has a parameter, for error messages."""
        branch, _, own = param.partition(".")
        if branch == "head":
            return self.head.label
        return self.encoder.embedding.label if own == "E" else self.temporal_layer.label

    def make_nonfinite_tracer(
        self, params: Mapping[str, Array], buffers: Mapping[str, Array] | None, *inputs: Array
    ) -> NonFiniteTracer:
        """Tracer of the first non-finite value in a batch of questions."""
        # Only here, so that nothing of it is loaded while all is well.
        from liaf_ref.networks.nonfinite.babi import NonFiniteTracer  # noqa: PLC0415

        return NonFiniteTracer(self, params, *inputs)

    def _check_inputs(
        self, params: Mapping[str, Array], story: Array, query: Array
    ) -> tuple[Params, Array, Array]:
        params = check_params(params, self._param_shapes, "Fig. 5")
        story = check_index_array("story", story, ("B", "T"), self.vocab_size, "Fig. 5")
        query = check_index_array("query", query, (len(story), "Q"), self.vocab_size, "Fig. 5")
        if 0 in (*story.shape, *query.shape):
            raise InputError(
                "story and query of Fig. 5: expected B, T and Q >= 1, "
                f"got shapes {story.shape} and {query.shape}"
            )
        return params, story, query

    def to_onnx(self, writer: Any, params: Mapping[str, str]) -> str:
        """Add tokens as inputs ``story`` and ``query``, and the nodes of both branches."""
        if self.padding != "unmasked":
            reason = (
                f"expected 'unmasked', got {self.padding!r}: ONNX has no sequences that begin at "
                "different steps; export an unmasked network with the same parameters, and run "
                "each story without its padding"
            )
            raise InputError.for_argument("padding", f"to_onnx of {self.label}", reason)
        own, ends = group_by_prefix(params), []
        for name, steps in (("story", "T"), ("query", "Q")):
            ids = writer.add_input(name, ("B", steps), np.int64)
            X = writer.embedding(own[name]["E"], ids)
            Y, _ = self.temporal_layer.to_onnx(writer, own[name], X, None)
            ends.append(writer.last(Y))
        logits, _ = self.head.to_onnx(writer, own["head"], writer.add("Concat", *ends, axis=-1), ())
        return logits


def _add_prefixes(submodules: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What each part has, under the part's name."""
    return {
        key: value
        for name, own in submodules.items()
        for key, value in add_prefix(name, own).items()
    }
