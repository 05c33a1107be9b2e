"""The network of Fig. 5: a story and a query encoded apart, joined, and answered by one word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.cost import OpCount, LayerOpCount, count_ops
from liaf_ref.door import (
    check_choice,
    check_float,
    check_index,
    check_parameters,
    check_positive,
    keep,
)
from liaf_ref.errors import InputError
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import (
    Dense,
    Embedding,
    Forms,
    Integrated,
    Params,
)
from liaf_ref.layers import Tape as LayerTape
from liaf_ref.layers.chain import named, part
from liaf_ref.layers.checks import check_forms, check_init, check_spike, check_tape
from liaf_ref.networks import encoder, joins
from liaf_ref.networks.cells import CELLS, QUERY, SPIKING, STORY
from liaf_ref.networks.encoder import Encoder
from liaf_ref.networks.network import Network, Tracer

PADDINGS = ("unmasked", "masked")
LONG = 128  # steps from which on it saves time to run common padding but once, and
LONG_SPIKING = 512  # of neurons, whose steps cost less and whose walk back may end early


class Tape(NamedTuple):
    """What the backward pass reads, and the network whose ``forward`` returned it."""

    story: encoder.Tape
    query: encoder.Tape
    head: LayerTape
    owner: Any = None


@dataclass(frozen=True)
class BabiNetwork(Network):
    """Fig. 5 with one of its temporal layers.

    Parameters
    ----------
    vocab : int
        Tokens, the padding included; also the number of answers.
    cell : str
        liaf (NTR), lif, rnn, lstm or gru.
    embedding : int
        Width of the embeddings, 50 in the paper.
    units : int
        Units of each temporal layer, 100 in the paper.
    act : str
        LIAF's activation: identity, or relu as the paper uses for QA8.
    spike : Pair
        S of Eq. (4) and its slope, for liaf and lif.
    padding : str
        ``"unmasked"``, a token as any other, or ``"masked"``: a story begins at its first.

    Raises
    ------
    InputError
        If one of them is not so, or a cell is given an activation or a spike that it has not.
    """

    vocab: int
    cell: str
    embedding: int = 50
    units: int = 100
    act: str = "identity"
    spike: Pair = field(default_factory=lambda: paper(0.5))
    padding: str = "unmasked"

    def __post_init__(self) -> None:
        check_choice("padding", self.padding, PADDINGS, "Fig. 5")
        check_choice("cell", self.cell, CELLS, "Fig. 5")
        check_choice("act", self.act, ACTIVATIONS, "Eq. (8)")
        keep(self, ("vocab", "embedding", "units"), check_positive, "Fig. 5")
        check_spike("spike", self.spike)
        for name, default, cells in (
            ("act", "identity", ("liaf",)),
            ("spike", paper(0.5), SPIKING),
        ):
            given = getattr(self, name)
            if given != default and self.cell not in cells:
                only = " and ".join(cells)
                reason = f"expected none with the cell {self.cell}, only {only} can have one"
                raise InputError.of(name, "Fig. 5", f"{reason}; got {given}")

    @property
    def source(self) -> str:
        """What errors call the network."""
        return f"BabiNetwork({self.vocab}, {self.cell!r}), Fig. 5"

    @property
    def layer(self) -> Integrated[Dense]:
        """The temporal layer of each branch."""
        return CELLS[self.cell](self.embedding, self.units, self.act, self.spike)

    @cached_property
    def encoder(self) -> Encoder:
        """The embedding and temporal layer of each branch; the two share no parameter."""
        long = LONG_SPIKING if self.cell in SPIKING else LONG
        plan = joins.masked if self.padding == "masked" else partial(joins.unmasked, long=long)
        return Encoder(Embedding(self.vocab, self.embedding), self.layer, plan)

    @cached_property
    def head(self) -> Dense:
        """The dense layer before the softmax."""
        return Dense(2 * self.units, self.vocab)

    @property
    def parts(self) -> dict[str, Encoder | Dense]:
        """The network's parts under the prefixes of their parameters."""
        return {"story": self.encoder, "query": self.encoder, "head": self.head}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name, such as ``story.W``."""
        return dict(self._shapes)

    @cached_property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return _under({name: layer.shapes() for name, layer in self.parts.items()})

    @property
    def name(self) -> str:
        """What commands call the network."""
        return f"babi-{self.cell}"

    @property
    def steps(self) -> int:
        """Tokens of a story in the paper's first task."""
        return STORY

    def init(self, rng: np.random.Generator | int, dtype: Any = np.float32) -> Params:
        """Draw initial parameters as Keras does by default.

        Parameters
        ----------
        rng : numpy.random.Generator or int
            Source of the draws, or the seed of one.
        dtype : dtype
            float32 for training, float64 for checking gradients.

        Returns
        -------
        dict of str to ndarray
            Parameters by name.

        Raises
        ------
        InputError
            If ``rng`` is neither a generator nor a seed, or ``dtype`` another one.
        """
        rng, dtype = check_init(rng, dtype)
        return _under({name: layer.init(rng, dtype) for name, layer in self.parts.items()})

    def forward(
        self,
        params: Mapping[str, Array],
        story: Array,
        query: Array,
        forms: Forms | None = None,
    ) -> tuple[Array, Tape]:
        """Answer a batch of questions.

        Parameters
        ----------
        params : mapping of str to array
            Parameters by name, all of one dtype; of NumPy, or of any library that
            offers ``__array__`` or ``__dlpack__``.
        story, query : array of int, shapes (B, T) and (B, Q)
            Token numbers, left padded with 0.
        forms : Forms, optional
            Kernels to run; by default the fast twins for float32.

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
        """
        params, story, query = self._check(params, story, query)
        forms = check_forms(forms, params["head.b"].dtype, "Fig. 5")
        logits, tape = self.apply(params, story, query, forms)
        return logits, tape._replace(owner=self)

    def apply(
        self, params: Mapping[str, Array], story: Array, query: Array, forms: Forms
    ) -> tuple[Array, Tape]:
        """Answer without checks."""
        y_story, story_tape = self.encoder.forward(part(params, "story"), story, forms)
        y_query, query_tape = self.encoder.forward(part(params, "query"), query, forms)
        joined = np.concatenate((y_story, y_query), axis=-1)
        logits, _, head_tape = self.head.apply(part(params, "head"), joined, (), forms)
        return logits, Tape(story_tape, query_tape, head_tape)

    def backward(self, dlogits: Array, tape: Tape) -> Params:
        """Differentiate :meth:`forward`.

        Parameters
        ----------
        dlogits : ndarray, shape (B, vocab)
            Gradient in the logits.
        tape : Tape
            From :meth:`forward`.

        Returns
        -------
        dict of str to ndarray
            Gradients in the parameters, under their names.

        Raises
        ------
        InputError
            On a wrong shape or dtype, a non-finite entry, or the tape of something else.
        """
        head = check_tape(tape, Tape, self).head
        source = "Fig. 5 (backward)"
        dlogits = check_float("dlogits", dlogits, head.out_shape, source, head.dtype)
        return self.adjoint(dlogits, tape)

    def adjoint(self, dlogits: Array, tape: Tape) -> Params:
        """Differentiate without checks."""
        djoined, _, head = self.head.adjoint(dlogits, (), tape.head)
        story = self.encoder.backward(djoined[:, : self.units], tape.story)
        query = self.encoder.backward(djoined[:, self.units :], tape.query)
        return _under({"story": story, "query": query, "head": head})

    def op_counts(self, steps: int) -> list[LayerOpCount]:
        """The operations of every layer; looking an embedding up is free but for its table."""
        table = self.encoder.embedding
        look_up = OpCount(weights=table.N * table.K)
        lengths = (self.layer, steps), (self.layer, QUERY), (self.head, 1)
        (story,), (query,), (head,) = (count_ops([layer], T) for layer, T in lengths)
        return [
            LayerOpCount("story", table.source, (table.K,), None, look_up),
            story._replace(part="story"),
            LayerOpCount("query", table.source, (table.K,), None, look_up),
            query._replace(part="query"),
            head._replace(part="head"),
        ]

    def example_inputs(self, steps: int) -> tuple[Array, Array]:
        """A story of that many tokens, and a query."""
        return np.zeros((1, steps), np.int64), np.zeros((1, QUERY), np.int64)

    def tape_parts(self, tape: Tape) -> list[tuple[str, Any]]:
        """The tapes of story, query and head."""
        return [(name, getattr(tape, name)) for name in self.parts]

    def layer_of(self, param: str) -> str:
        """What errors call the layer that has a parameter."""
        branch, _, own = param.partition(".")
        if branch == "head":
            return self.head.source
        return self.encoder.embedding.source if own == "E" else self.layer.source

    def tracer(
        self, params: Mapping[str, Array], given: Mapping[str, Array] | None, *inputs: Array
    ) -> Tracer:
        """One batch of questions, to find the first value that is not finite."""
        # Only here, so that nothing of it is loaded while all is well.
        from liaf_ref.networks.diagnosis.babi import Walk  # noqa: PLC0415

        return Walk(self, params, *inputs)

    def _check(
        self, params: Mapping[str, Array], story: Array, query: Array
    ) -> tuple[Params, Array, Array]:
        params = check_parameters(params, self._shapes, "Fig. 5")
        story = check_index("story", story, ("B", "T"), self.vocab, "Fig. 5")
        query = check_index("query", query, (len(story), "Q"), self.vocab, "Fig. 5")
        if 0 in (*story.shape, *query.shape):
            raise InputError(
                "story and query of Fig. 5: expected B, T and Q >= 1, "
                f"got shapes {story.shape} and {query.shape}"
            )
        return params, story, query


def _under(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What each part has, under the part's name."""
    return {key: value for name, own in parts.items() for key, value in named(name, own).items()}
