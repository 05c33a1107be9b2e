"""Names and colors of cells, variables and events, the same in every table and figure."""

# The palette of Okabe and Ito, which colour-blind readers can distinguish.
BLUE, VERMILION, GREEN, LIGHT_BLUE, PURPLE, ORANGE, YELLOW, BLACK = (
    *("#0072B2", "#D55E00", "#009E73", "#56B4E9"),
    *("#CC79A7", "#E69F00", "#F0E442", "#000000"),
)
GREY = "#7F7F7F"  # for what is neither better nor worse: input, guides, baselines

CELL_NAMES = {
    "liaf": "LIAF",
    "lif": "LIF",
    "conv2d": "Conv2D",
    "conv3d": "Conv3D",
    "convlstm": "ConvLSTM",
    "rnn": "RNN",
    "gru": "GRU",
    "lstm": "LSTM",
}
# LIAF and LIF, which are often in one plot, have very different colors.  Temporal baselines and
# baselines on images are never in one plot, and share colors.
CELL_COLORS = {
    "liaf": VERMILION,
    "lif": BLUE,
    "conv2d": GREEN,
    "conv3d": LIGHT_BLUE,
    "convlstm": PURPLE,
    "rnn": GREEN,
    "gru": LIGHT_BLUE,
    "lstm": PURPLE,
}
OTHER_COLORS = (ORANGE, BLACK, YELLOW)  # of cells registered by the user

# Variables of a neuron.  LIF sends F and LIAF sends Y, so these have the colors of the cells.
VARIABLE_COLORS = {
    "I": GREY,
    "U": GREEN,
    "F": CELL_COLORS["lif"],
    "Y": CELL_COLORS["liaf"],
    "threshold": PURPLE,
    "window": ORANGE,
}
EVENT_COLORS = {"darker": BLUE, "brighter": ORANGE}  # visible on white and on black
CODE_COLORS = {"rate": BLUE, "first spike": VERMILION, "first spike, log": GREEN}


def cell_name(cell: str) -> str:
    """Name of a cell in tables and figures."""
    return CELL_NAMES.get(cell, cell.upper())


def cell_color(cell: str) -> str:
    """The color of a cell's curves and bars."""
    return CELL_COLORS.get(cell, OTHER_COLORS[sum(cell.encode()) % len(OTHER_COLORS)])
