"""Names and colours of cells, the same in every table and figure."""

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
# Okabe and Ito's palette; LIAF and LIF, which share axes, are as far apart as it has them.  A
# temporal rival has the colour of one on images, which it never stands beside.
CELL_COLORS = {
    "liaf": "#D55E00",
    "lif": "#0072B2",
    "conv2d": "#009E73",
    "conv3d": "#56B4E9",
    "convlstm": "#CC79A7",
    "rnn": "#009E73",
    "gru": "#56B4E9",
    "lstm": "#CC79A7",
}
