"""Names and colors of cells, variables and events, the same in every table and figure."""

# The palette of Okabe and Ito, which colour-blind readers can distinguish.
BLUE, VERMILION, GREEN, LIGHT_BLUE, PURPLE, ORANGE, YELLOW, BLACK = (
    *("#0072B2", "#D55E00", "#009E73", "#56B4E9"),
    *("#CC79A7", "#E69F00", "#F0E442", "#000000"),
)
GREY = "#7F7F7F"  # for what is neither better nor worse: input, guides, baselines

# LIAF and LIF, which are often in one plot, have very different colors.  Temporal baselines and
# baselines on images are never in one plot, and share colors.
CELLS = {
    "liaf": ("LIAF", VERMILION),
    "lif": ("LIF", BLUE),
    "conv2d": ("Conv2D", GREEN),
    "conv3d": ("Conv3D", LIGHT_BLUE),
    "convlstm": ("ConvLSTM", PURPLE),
    "rnn": ("RNN", GREEN),
    "gru": ("GRU", LIGHT_BLUE),
    "lstm": ("LSTM", PURPLE),
}
CELL_NAMES = {cell: name for cell, (name, _) in CELLS.items()}
CELL_COLORS = {cell: color for cell, (_, color) in CELLS.items()}
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
