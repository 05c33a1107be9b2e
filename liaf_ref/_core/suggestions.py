"""Suggest a name for an unknown one: a synonym from another framework, or a similar name."""

import difflib
import re
from collections.abc import Iterable, Mapping

Synonyms = Mapping[str, tuple[str, ...]]  # names elsewhere, in lower case, by the name here

NEURON_LAYERS = "Dense{0}, Conv{0} or Direct{0}"
SYNONYMS: Synonyms = {
    "Dense": ("linear", "lazylinear", "fullyconnected"),
    'Activation(shape, "relu")': ("relu",),
    'Activation(shape, "selu")': ("selu",),
    'Activation(shape, "tanh")': ("tanh",),
    'Activation(shape, "sigmoid")': ("sigmoid",),
    "kernels.loss": ("softmax", "logsoftmax", "crossentropyloss", "categoricalcrossentropy"),
    "kernels.loss_mse": ("mseloss", "meansquarederror"),
    NEURON_LAYERS.format("LIAF"): ("liaf",),
    NEURON_LAYERS.format("LIF"): ("lif", "leaky", "lifnode", "lifcell", "lapicque"),
    "BatchNorm": ("batchnorm1d", "batchnorm2d", "batchnorm3d", "batchnormalization"),
    "LayerNorm": ("layernormalization",),
    "AveragePool": ("avgpool", "avgpool2d", "averagepooling2d"),
    "MaxPool": ("maxpool2d", "maxpooling2d"),
    "ConvLSTM": ("convlstm2d",),
    "RNN": ("simplernn", "elman", "rnncell"),
    "LSTM": ("lstmcell",),
    "GRU": ("grucell",),
    "Layer": ("module",),
    "Network": ("model",),
    "CheckpointedSequential": ("checkpoint", "checkpoint_sequential"),
    "train": ("fit", "trainer"),
    "evaluate": ("score", "predict"),
    "save_weights": ("save", "state_dict"),
    "load_weights": ("load", "load_state_dict"),
}
ARGUMENT_SYNONYMS: Synonyms = {
    "act": ("activation", "nonlinearity", "act_fn", "activation_fn"),
    "N": ("num_embeddings", "vocab_size", "input_dim"),
    "K": (
        *("in_features", "input_size", "input_dim", "in_channels"),
        *("embedding_dim", "output_dim", "dim"),  # of an embedding
    ),
    "L": ("out_features", "hidden_size", "units", "filters", "out_channels", "size"),
    "bias": ("use_bias",),
    "kernel": ("kernel_size",),
    "pad": ("padding",),
    "stride": ("strides",),
    "size": ("pool_size", "kernel_size"),
    "rate": ("p", "dropout"),
    "dropout": ("p", "rate", "dropout_rate"),
    "eps": ("epsilon",),
    "v_th": ("threshold", "v_threshold", "thr"),
    "alpha": ("decay", "leak", "tau"),
    "spike": ("surrogate", "spike_grad", "surrogate_function"),
    "mu": ("window", "width", "half_width", "a"),
    "lr": ("learning_rate", "eta"),
    "vocab_size": ("num_embeddings",),
    "embedding_dim": ("embed_dim", "emb_dim", "input_size"),
    "epochs": ("max_epochs", "num_epochs", "n_epochs", "max_iter"),
    "T": ("steps", "timesteps", "num_steps"),
    "loss": ("criterion", "loss_fn"),
    "progress": ("verbose",),
    "units": ("hidden_size", "hidden", "hidden_dim"),
    "criterion": ("loss", "loss_fn"),
    "rng": ("seed", "random_state", "generator"),
    "seed": ("rng", "random_state"),
    "params": ("parameters", "weights", "variables", "state_dict"),
    "X": ("input", "inputs", "data"),
    "dY": ("grad", "grad_output", "grad_outputs"),
    "state": ("hidden", "hx", "h0"),
    "folder": ("root", "path", "data_dir", "directory", "out", "out_dir"),
}


def suggest_name(
    name: str, known: Iterable[str], synonyms: Synonyms = ARGUMENT_SYNONYMS
) -> str | None:
    """Return the known name (or an expression that starts with one) closest to ``name``."""
    names = {own.lower(): own for own in known}
    for own, others in synonyms.items():
        if name.lower() in others and re.split(r"\W", own)[0].lower() in names:
            return own
    near = difflib.get_close_matches(name.lower(), names, n=1)
    return names[near[0]] if near else None
