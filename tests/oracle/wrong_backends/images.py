"""The wrong backends on images."""

from oracle.wrong_backends.build import WrongBackend, changed

CONV, NORM, RUNNING = "kernels/conv.py", "kernels/norm.py", "kernels/norm_running.py"
AVERAGE, MAXIMUM = "kernels/average_pool.py", "kernels/max_pool.py"
CONVLSTM, SOFTMAX_BCE = "kernels/convlstm.py", "kernels/loss_softmax_bce.py"

FORWARD = "I += X_pad[under] @ p.W[tap]"
DW = "dW[tap] = X_pad[under].reshape(-1, K).T @ dI.reshape(-1, L)"
DX = "dX_pad[under] += dI @ p.W[tap].T"
OPPOSITE = "tuple(k - 1 - i for i, k in zip(tap, kernel, strict=True))"
PADS = (
    "X_pad = padded(X, grid.pad)\n    lead",
    "X_pad = padded(X, grid.pad)\n    db",
    "(dX_pad, grid.pad)",
)
MEAN = "m = X.mean(axis=axes, keepdims=True)"
GRADIENT = "db = sum_to(dY, p.b.shape)\n    dgamma"
LAYER = "axes = (-1,) if axes == (2, 3, 4) else axes"
FRAME = "axes = (-3, -2, -1) if axes == (-1,) and {}.ndim == 5 else axes"
STEPS = "axes = tuple(a for a in axes if a != 1)"
DX_NORM = "dX = r * (g - g.mean(axis=axes, keepdims=True) - X_hat * along)"
FLAT = "X.reshape(*X.shape[:-3], -1)"
MEANS, DH = "m = (1 - momentum) * running.m", "dh = dY[:, t] + dh"
CELL = "h[:, t + 1], c[:, t + 1] = lstm_cell.forward("
BACK = "dh, dp = conv.backward("
KERAS = "np.concatenate([np.split({0}, 4, axis=-1)[i] for i in (1, 0, 3, 2)], axis=-1)"


def _padded(pad: str) -> dict[str, str]:
    """Other zeros, in all three places."""
    return {old: old.replace("grid.pad", pad) for old in PADS}


def _normed(first: str) -> dict[str, str]:
    """Other axes, forward and backward."""
    forward, backward = first.format("X"), first.format("dY")
    return {MEAN: f"{forward}; {MEAN}", GRADIENT: f"{backward}; {GRADIENT}"}


CONVOLUTIONS = {
    CONV: {
        "convolution flipped": {
            FORWARD: FORWARD.replace("[tap]", f"[{OPPOSITE}]"),
            DW: DW.replace("[tap]", f"[{OPPOSITE}]"),
            DX: DX.replace("[tap]", f"[{OPPOSITE}]"),
        },
        "padding sides swapped": _padded("tuple(pair[::-1] for pair in grid.pad)"),
        "Conv3D not causal": _padded(
            "(grid.pad if len(grid.pad) == 2 else (((p.W.shape[0] - 1) // 2, p.W.shape[0] // 2), "
            "*grid.pad[1:]))"
        ),
        "input gradient not flipped": {DX: DX.replace("[tap]", f"[{OPPOSITE}]")},
        "first kernel entry not trained": {DW: f"{DW} * (sum(tap) > 0)"},
        "kernel gradient of the last step only": {
            DW: f"{DW} if len(kernel) != 2 or X.ndim != 5 else "
            "X_pad[under][:, -1].reshape(-1, K).T @ dI[:, -1].reshape(-1, L)"
        },
        "kernel gradient with the previous input": {
            DW: f"{DW} if len(kernel) != 2 or X.ndim != 5 else "
            "X_pad[under][:, :-1].reshape(-1, K).T @ dI[:, 1:].reshape(-1, L)"
        },
    },
}
POOLS = {
    AVERAGE: {
        "average pool as a sum": {
            "return total / math.prod(size)": "return total",
            "share = dY / math.prod(size)": "share = dY",
        },
        "gradient of the average not divided": {"share = dY / math.prod(size)": "share = dY"},
    },
    MAXIMUM: {
        "gradient to the last tied maximum": {
            "first = seen.real.argmax(axis=0)": "first = len(seen) - 1 - seen[::-1].argmax(axis=0)"
        },
        "gradient to every tied maximum": {
            "Tape(X.shape, first)": "Tape(X.shape, seen == seen.max(axis=0))",
            "(tape.first == place)": "tape.first[place]",
        },
    },
    "kernels/dropout.py": {
        "dropout not applied backward": {"return dY * M": "return dY"},
    },
    "kernel_backend.py": {
        "flattened channels first": {
            FLAT: FLAT.replace("X.", "X.swapaxes(-1, -2).swapaxes(-2, -3).", 1),
            "dY.reshape(shape)": "dY.reshape(*shape[:-3], shape[-1], *shape[-3:-1])"
            ".swapaxes(-3, -2).swapaxes(-2, -1)",
        },
    },
    "kernels/readout.py": {
        "mean readout as a sum": {
            "Y.sum(axis=1) / Y.shape[1]": "Y.sum(axis=1)",
            "dy[:, None] / T": "dy[:, None]",
        },
    },
}
NORMS = {
    NORM: {
        "layer norm over channels alone": _normed(LAYER),
        "layer norm over the frame": _normed(FRAME),
        "batch norm of each step by itself": _normed(STEPS),
        "unbiased variance in norms": {
            "r = 1 / np.sqrt(v + eps)": "r = 1 / np.sqrt(v * X.size / (X.size - v.size) + eps)",
            "- X_hat * along)": "- X_hat * along * (g.size / r.size) / (g.size / r.size - 1))",
        },
        "norm statistics detached": {DX_NORM: "dX = r * g"},
    },
    RUNNING: {
        "running variance biased": {"momentum * (n / (n - 1)) * batch.v": "momentum * batch.v"},
        "momentum convention swapped (Keras)": {
            f"    {MEANS}": f"    momentum = 1 - momentum; {MEANS}"
        },
    },
}

EPS = WrongBackend(
    "eps always 1e-5",
    {
        NORM: {"np.sqrt(v + eps)": "np.sqrt(v + 1e-5)"},
        RUNNING: {"np.sqrt(running.v + eps)": "np.sqrt(running.v + 1e-5)"},
    },
)
CLASSES_SUMMED = WrongBackend(
    "loss summed over batch and classes",
    {
        SOFTMAX_BCE: {
            ".sum() / Z.size": ".sum()",
            "-dloss * hot / P.size, -dloss * (1 - hot) / P.size": "-dloss * hot, dloss * (hot - 1)",
        },
        "kernels/loss_sigmoid_bce.py": {
            ".sum() / Z.size": ".sum()",
            "onehot(y, Z)) / Z.size": "onehot(y, Z))",
        },
        "kernels/loss_mse.py": {
            "(E * E).sum() / E.size": "(E * E).sum()",
            "tape.E / tape.E.size": "tape.E",
        },
    },
)
OTHERS = {
    CONVLSTM: {
        "ConvLSTM gates stacked i, f, c, o (Keras, PyTorch)": {
            CELL: f"a[:, t] = {KERAS.format('a[:, t]')}; {CELL}",
            BACK: f"dA[:, t] = {KERAS.format('dA[:, t]')}; {BACK}",
        },
        "truncated BPTT, k = 1": {DH: f"last = t == a.shape[1] - 1; {DH} * last; dc = dc * last"},
    },
    SOFTMAX_BCE: {
        "categorical for binary cross-entropy": {
            "(hot * log_p + (1 - hot) * log_not_p).sum() / Z.size": "(hot * log_p).sum() / len(y)",
            "-dloss * hot / P.size, -dloss * (1 - hot) / P.size": "-dloss * hot / len(y), 0 * hot",
        },
    },
}
TABLES = (CONVOLUTIONS, POOLS, NORMS, OTHERS)
IMAGES = (*(row for table in TABLES for row in changed(table)), EPS, CLASSES_SUMMED)
