"""L1: synapses and dynamics."""

from itertools import product

from liaf_ref.oracle.cases.draw import CaseSpec
from liaf_ref.oracle.cases.nodes import CELLS, cell, dense, embedding, neuron, op_node
from liaf_ref.oracle.opset import ACTIVATIONS
from liaf_ref.oracle.shapes import input_channels

ACTS = ("spike", *ACTIVATIONS)
B_T_K = (2, 6, 3)

NEURONS = [
    CaseSpec(
        f"l1_dense_{'lif' if act == 'spike' else act}{'' if bias else '_unbiased'}",
        "L1",
        "(2)-(8), (10)-(13)" + ("" if bias else ", no bias"),
        (
            dense("d", "in/X", 4, bias),
            neuron("n", "d", act=act, mode="TR" if bias or act == "spike" else "NTR", mu=0.3),
        ),
        {"X": B_T_K},
        1000 + seed,
    )
    for seed, (act, bias) in enumerate(product(ACTS, (True, False)))
]
DETACHED = [
    CaseSpec(
        f"l1_dense_{'lif' if act == 'spike' else act}_{sharing}_detached",
        "L1",
        "the reset is not differentiated",
        (
            dense("d", "in/X", 4),
            neuron("n", "d", act=act, sharing=sharing, mu=0.4, reset="detached"),
        ),
        {"X": B_T_K},
        1100 + seed,
    )
    for seed, (act, sharing) in enumerate(product(("spike", "relu"), ("all", "channel")))
]
SPATIAL = [
    CaseSpec(
        f"l1_dense_plane_{sharing}",
        "L1",
        "dense layer over the channels of a spatial input",
        (dense("d", "in/X", 2), neuron("n", "d", act="tanh", sharing=sharing, mu=0.3)),
        {"X": (2, 4, 2, 3, 3)},
        1200 + seed,
    )
    for seed, sharing in enumerate(("all", "channel", "non"))
]
RECURRENT = [
    CaseSpec(
        f"l1_{kind}{'' if bias else '_unbiased'}",
        "L1",
        f"{number} on its synapses" + ("" if bias else ", no bias"),
        (dense("d", "in/X", input_channels(kind, 3), bias), op_node(kind, "r", "d")),
        {"X": B_T_K},
        1300 + seed,
    )
    for seed, ((kind, number), bias) in enumerate(
        product((("rnn", "(14)"), ("lstm", "(15)"), ("gru", "(16)")), (True, False))
    )
]
TOKENS = [
    CaseSpec(
        f"l1_tokens_{kind}",
        "L1",
        "repeated tokens, through a temporal layer",
        (embedding("e", "in/ids", 5, 3), *cell(kind, "c", "e", 3)),
        {"ids": (3, 6)},
        1400 + seed,
    )
    for seed, kind in enumerate(CELLS)
]
READOUTS = [
    CaseSpec(
        f"l1_{readout}_{kind}",
        "L1",
        f"the {readout} over time of a layer",
        (*cell(kind, "c", "in/X", 4), op_node(readout, "r", "c")),
        {"X": B_T_K},
        1500 + seed,
    )
    for seed, (readout, kind) in enumerate(product(("last", "mean"), ("liaf", "lif", "gru")))
]
CASE_SPECS = (*NEURONS, *DETACHED, *SPATIAL, *RECURRENT, *TOKENS, *READOUTS)
