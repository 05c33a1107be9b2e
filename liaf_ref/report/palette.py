"""Names and colors of cells, the same in every table and figure."""

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
# Okabe and Ito's palette.
BLUE, ORANGE, GREEN, LIGHT_BLUE, PURPLE = "#0072B2", "#D55E00", "#009E73", "#56B4E9", "#CC79A7"
# LIAF and LIF, which are often in one plot, have very different colors.  Temporal baselines and
# baselines on images are never in one plot, and share colors.
CELL_COLORS = {
    "liaf": ORANGE,
    "lif": BLUE,
    "conv2d": GREEN,
    "conv3d": LIGHT_BLUE,
    "convlstm": PURPLE,
    "rnn": GREEN,
    "gru": LIGHT_BLUE,
    "lstm": PURPLE,
}
OTHER_COLORS = ("#E69F00", "#000000", "#F0E442")  # of cells registered by the user


def cell_name(cell: str) -> str:
    """Name of a cell in tables and figures."""
    return CELL_NAMES.get(cell, cell.upper())


def cell_color(cell: str) -> str:
    """The color of a cell's curves and bars."""
    return CELL_COLORS.get(cell, OTHER_COLORS[sum(cell.encode()) % len(OTHER_COLORS)])
